import type { NoiseAugmentation } from "../../../schemas/experiment.gen.ts";
import { generator, normals } from "../random.ts";
import { type Augment, forEachSample } from "./batch.ts";

/** Adds Gaussian noise to each value; `std` counts in normalised units. */
export const noise: Augment<NoiseAugmentation> = (batch, { std }, key) => {
  forEachSample(batch, (sample, row) => {
    const normal = normals(generator(key, row));
    for (let i = 0; i < sample.length; i++) sample[i] = (sample[i] as number) + std * normal();
  });
};
