/** A part of a message: words, or what stands between backticks in it. */
export interface Span {
  readonly text: string;
  readonly isCode: boolean;
}

/** Splits a message at its pairs of backticks, which only a terminal shows as they are. */
export function codeSpans(message: string): readonly Span[] {
  return message
    .split(/`([^`\n]+)`/)
    .map((text, at) => ({ text, isCode: at % 2 === 1 }))
    .filter(({ text }) => text !== "");
}
