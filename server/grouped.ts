/** With commas between thousands, as in `50,890`, rounded to an integer. Used wherever numbers are shown. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** At most so many significant digits, without zeros at the end: `7.5`, `0.031`. */
export function brief(number: number, digits = 3): string {
  return Math.abs(number) >= 1000 ? grouped(number) : String(Number(number.toPrecision(digits)));
}

/** With so many digits after the point; what rounds to zero has no sign. */
export const fixed = (value: number, digits: number): string =>
  value.toFixed(digits).replace(/^-(?=[0.]+$)/, "");

/** "1 parameter", "12,345 parameters". */
export const counted = (count: number, noun = "parameter", words = grouped): string =>
  `${words(count)} ${noun}${count === 1 ? "" : "s"}`;
