/** Thousands apart by a comma, as in `50,890`; of a number that is not whole the nearest that is. The same everywhere it is read. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
