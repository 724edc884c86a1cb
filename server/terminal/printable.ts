/**
 * Escapes text for one line of a terminal: names from files may move the cursor, set the title, or reverse text. Control
 * characters (C0, DEL, C1), bidirectional controls, and line separators are escaped as in JSON, so that a line of JSON keeps
 * its value.
 */
export const printable = (text: string): string => text.replaceAll(acting, written);

/** Unicode: Cc; Bidi_Control (UAX #9); the line and paragraph separators; the byte order mark, which has no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acting = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const written = (character: string): string =>
  short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
