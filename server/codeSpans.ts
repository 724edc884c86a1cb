/** A part of a message: words, or what stands between backticks in it. */
export interface Span {
  readonly text: string;
  readonly isCode: boolean;
}

/** Splits a message at its pairs of backticks, which are shown as they are in a terminal alone. */
export function codeSpans(message: string): readonly Span[] {
  return message
    .split(/`([^`\n]+)`/)
    .map((text, at) => ({ text, isCode: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

/** A message for where there is no code: in quotes what stands between backticks, or as it is where it has some. */
export const inQuotes = (message: string): string =>
  codeSpans(message)
    .map(({ text, isCode }) => (isCode && !text.includes('"') ? `"${text}"` : text))
    .join("");
