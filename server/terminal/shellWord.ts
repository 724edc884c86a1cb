import process from "node:process";

/**
 * A word of a command as a shell reads it. Between double quotes, which are those of every shell, unless one expands something
 * there; then between single ones, as POSIX shells have them, but not Windows, where a backslash stands in paths.
 */
export function shellWord(word: string, platform: NodeJS.Platform = process.platform): string {
  const isPlain = /^[\p{L}\p{N}\p{M}_./:@%+,-][\p{L}\p{N}\p{M}_./:@%+,=-]*$/u;
  if (platform === "win32") return isPlain.test(word.replaceAll("\\", "/")) ? word : `"${word}"`;
  if (isPlain.test(word)) return word;
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}

/** A command as a shell reads it. */
export const shellCommand = (words: readonly string[]): string =>
  words.map((word) => shellWord(word)).join(" ");
