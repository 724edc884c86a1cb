import type { Spread } from "./spread.ts";

/** How a number is written, as in `91.00 %`, and of how many values it could be. */
interface SpreadWords {
  readonly worded: (number: number) => string;
  readonly of: number;
}

/** `91.00 ± 0.50 %`: the unit once. With the number of values, where there are fewer than could be. */
export function spreadText({ mean, std, count }: Spread, { worded, of }: SpreadWords): string {
  const some = count < of ? ` (${count} of ${of})` : "";
  // Summing equal numbers may leave a rounding error.
  if (std === undefined || std <= Math.abs(mean) * 1e-12) return worded(mean) + some;
  const [number = "", ...unit] = worded(mean).split(" ");
  const [deviation = "", ...other] = worded(std).replace(/^\+/, "").split(" ");
  const isSame = unit.join(" ") === other.join(" ");
  return (isSame ? [number, "±", deviation, ...unit].join(" ") : `${worded(mean)} ± ${worded(std)}`) + some;
}
