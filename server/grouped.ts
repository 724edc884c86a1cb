/** With commas between thousands, as in `50,890`, rounded to an integer. Used wherever numbers are shown. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
