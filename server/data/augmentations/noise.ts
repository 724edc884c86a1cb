import type { NoiseAugmentation } from "../../../schemas/experiment.gen.ts";
import { generator, normals, type RandomKey } from "../random.ts";
import { type Change, forEachPart } from "./change.ts";

/** Adds Gaussian noise to each value; `std` counts in normalised units. @param shape of one sample */
export const noise = (
  { std }: Pick<NoiseAugmentation, "std">,
  use: RandomKey["use"],
  shape: readonly number[],
): Change => ({
  type: "noise",
  draws: { noise: { shape, dtype: "float32" } },
  draw({ rows, seed, step }, { noise }) {
    forEachPart(noise as Float32Array, rows.length, (part, i) => {
      const normal = normals(generator({ seed, step, use }, rows[i]));
      for (let k = 0; k < part.length; k++) part[k] = std * normal();
    });
  },
  apply({ values }, { noise }) {
    for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) + (noise?.[k] as number);
  },
});
