/** With commas between thousands, as in `50,890`, rounded to an integer. Used wherever numbers are shown. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** At most so many significant digits, without zeros at the end: `7.5`, `0.031`. */
export function brief(number: number, digits = 3): string {
  return Math.abs(number) >= 1000 ? grouped(number) : String(Number(number.toPrecision(digits)));
}

/** With a minus as wide as a plus before negative numbers. @param words of the size */
export const signed = (value: number, words: (size: number) => string, plus: "+" | "" = ""): string =>
  `${value < 0 ? "−" : plus}${words(Math.abs(value))}`;

/** A share of one as a percentage: `95.62 %`. */
export const percent = (share: number | null | undefined, digits = 2): string =>
  typeof share === "number" && Number.isFinite(share)
    ? signed(Number((100 * share).toFixed(digits)), (size) => `${size.toFixed(digits)} %`)
    : "–";

/** Four significant digits, in exponents only where it is very small or large. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined) return "not finite";
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return signed(value, (size) => {
    if (size < 1e-4 || size >= 1e6) return size.toExponential(2);
    return size >= 999.95 ? grouped(size) : size.toPrecision(4);
  });
}

/** "1 parameter", "12,345 parameters". */
export const counted = (count: number, noun = "parameter", words = grouped): string =>
  `${words(count)} ${noun}${count === 1 ? "" : "s"}`;
