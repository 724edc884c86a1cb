import { negativesOf } from "../../data/negatives.ts";
import { fillNormal, fillUniform } from "../../data/random.ts";
import { sizeOf } from "../../sizeOf.ts";
import { negativesGroup, stateName } from "../distill/names.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data, NamedData } from "../program.ts";
import type { Fit } from "./fitConfig.ts";
import type { StepRun } from "./stepRun.ts";

/** Feeds of one call. The next call reuses the arrays. */
export interface Feeds {
  /** How many steps one call may take. */
  readonly most: number;
  of(stepRun: StepRun): Promise<NamedData>;
  /** Milliseconds that the last call has waited for samples to be read. */
  readonly waitedMs: number;
  close(): Promise<void>;
}

/**
 * Feeds of each step besides its batch: hyperparameters, random numbers of layers, and negatives.
 */
export function stepInputs(
  { net, seed, train }: Pick<Fit, "net" | "seed" | "train">,
  program: Distillation,
  batch: number,
) {
  const scalars = Object.keys(program.hyperparameters(0));
  const random = Object.entries(net.randomInputs(batch)).map(([layer, spec]) => ({
    name: `random/${layer}`,
    size: sizeOf(spec.shape),
    use: `random.${spec.random.use}`,
    fill: spec.random.distribution === "uniform" ? fillUniform : fillNormal,
  }));
  const sampled = Object.entries(program.negativeSampling).map(([term, { negatives, negativesFrom }]) => ({
    name: stateName(negativesGroup, term),
    size: batch * negatives,
    use: `negatives.${term}`,
    negatives: negativesOf(train.labels, negativesFrom),
  }));
  return {
    bytes: 4 * [...random, ...sampled].reduce((sum, { size }) => sum + size, scalars.length),
    allocate: (count: number): Record<string, Data> => ({
      ...Object.fromEntries(scalars.map((name) => [name, new Float32Array(count)])),
      ...Object.fromEntries(random.map(({ name, size }) => [name, new Float32Array(count * size)])),
      ...Object.fromEntries(sampled.map(({ name, size }) => [name, new Int32Array(count * size)])),
    }),
    fill(feeds: NamedData, { step, count, rows }: StepRun): void {
      for (let i = 0; i < count; i++) {
        for (const [name, value] of Object.entries(program.hyperparameters(step + i)))
          (feeds[name] as Float32Array)[i] = value;
        for (const { name, size, use, fill } of random)
          fill((feeds[name] as Float32Array).subarray(i * size, (i + 1) * size), {
            seed,
            step: step + i,
            use,
          });
        for (const { name, size, use, negatives } of sampled)
          negatives?.draw(
            rows.subarray(i * batch, (i + 1) * batch),
            (feeds[name] as Int32Array).subarray(i * size, (i + 1) * size),
            { seed, step: step + i, use },
          );
      }
    },
  };
}
