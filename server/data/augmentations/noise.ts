import { number } from "../../parameters/parameter.ts";
import { generator, normals } from "../random.ts";
import { blend } from "./augmentation.ts";
import { forEachPart } from "./change.ts";

export const noise = blend({
  description: "Adds Gaussian noise to each value, after normalisation.",
  hint: "Add Gaussian noise.",
  parameters: {
    std: number("Standard deviation of the noise, in normalised units.", {
      exclusiveMinimum: 0,
      examples: [0.1],
    }),
  },
  change: ({ std }, use, shape) => ({
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
  }),
});
