/** Fewer texts may look like anything. */
const fewestTexts = 5;
const numberForms = /^[+-]?(\d+(\.\d{3})*,\d+|\d+(,\d{3})*(\.\d+)?)\s*%?$/;
const dateForms =
  /^(\d{1,2}([./-])\d{1,2}\2\d{2,4}|\d{4}([./-])\d{1,2}\3\d{1,2}|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2}\.?[ -][A-Z][a-z]{2,8}\.?[ -]\d{2,4})([ T,].*)?$/;

/** What texts seem to be that are written in a form which is not read. */
export function looksOf(texts: readonly string[]): "numbers" | "dates" | undefined {
  if (texts.length < fewestTexts) return undefined;
  if (texts.every((text) => numberForms.test(text))) return "numbers";
  return texts.every((text) => dateForms.test(text)) ? "dates" : undefined;
}

/** How they are read. */
export const readForms = "Numbers are read as 1234.5, dates as 2024-05-31";
