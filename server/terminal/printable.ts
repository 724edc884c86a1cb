/**
 * A text as one line that only shows: names from files may hold what moves a terminal's cursor, sets its title, or turns the
 * order of what is read. Control characters (C0, DEL, C1), marks and overrides of direction, and line separators are written as
 * JSON would, so that a line of JSON stays what it was.
 */
export const printable = (text: string): string => text.replaceAll(acting, written);

/** Unicode: Cc; Bidi_Control (UAX #9); the line and paragraph separators; the byte order mark, which has no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acting = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const written = (character: string): string =>
  short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
