/**
 * A word of a command as a shell reads it. Between double quotes, which are those of every shell, unless one expands something
 * there; then between single ones, as POSIX shells have them.
 */
export function shellWord(word: string): string {
  if (/^[\p{L}\p{N}\p{M}_./:@%+,-][\p{L}\p{N}\p{M}_./:@%+,=-]*$/u.test(word)) return word;
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}

/** A command as a shell reads it. */
export const shellCommand = (words: readonly string[]): string => words.map(shellWord).join(" ");
