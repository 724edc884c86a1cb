import { sizeOf } from "../../sizeOf.ts";
import type { Batch } from "./change.ts";
import type { Colours } from "./colours.ts";

/** Changes image `i` of a batch between black, 0, and white, 1. */
export function inUnitColours(
  { values, shape, blank, white }: Pick<Batch, "values" | "shape" | "blank" | "white">,
  i: number,
  change: (image: Colours) => void,
): void {
  if (white === undefined) throw new Error("What is white has to be known.");
  const channels = shape.at(-1) ?? 1;
  const size = sizeOf(shape);
  const image = values.subarray(i * size, (i + 1) * size);
  const black = (k: number) => blank[k % channels] as number;
  const range = (k: number) => (white[k % channels] as number) - black(k);
  const unit = Float64Array.from(image, (value, k) => (value - black(k)) / range(k));
  change(unit);
  for (let k = 0; k < image.length; k++) image[k] = black(k) + (unit[k] as number) * range(k);
}
