/**
 * Escapes text for Markdown: no links, pictures, icons, tags or table cells. CommonMark 0.31, 2.4: any
 * ASCII punctuation may be escaped.
 */
export const plainMarkdown = (text: string): string =>
  oneLine(text).replaceAll(meaningful, (character) => `\\${character}`);

/** Also the beginnings of automatic links and of VS Code's icons. */
const meaningful = /[\\`*_{}[\]()#+!|<>~&$:@=^-]|(?<=www)\./gi;

/** A text as code, between more backticks than it has in a row (CommonMark 0.31, 6.1). Not for tables: a bar ends the cell. */
export function codeMarkdown(text: string): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** A line feed would begin another block. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
