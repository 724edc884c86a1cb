/** Numbers as people read them. */

/** As in `0.4 s`, `18 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  if (minutes > 0) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${whole} s`;
}

/** Thousands apart by a comma: `50,890`. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A share of one as a percentage: `95.62 %`. */
export function percent(share: number | null | undefined): string {
  return typeof share === "number" && Number.isFinite(share) ? `${(100 * share).toFixed(2)} %` : "–";
}

/** Four significant digits, in exponents only where it is very small or large. */
export function value(number: number | null | undefined): string {
  if (number === null || number === undefined) return "not finite";
  if (number === 0 || !Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  if (size < 1e-4 || size >= 1e6) return number.toExponential(2);
  return size >= 1000 ? number.toFixed(0) : number.toPrecision(4);
}

/** As wide as the widest cell of each column; columns of numbers are to be padded by whoever makes them. */
export function table(
  rows: readonly (readonly string[])[],
  { alignRight = [] as readonly number[] } = {},
): string[] {
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return alignRight.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
