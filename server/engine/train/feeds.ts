import { fillNormal, fillUniform } from "../../data/random.ts";
import { sizeOf } from "../../data/samples.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data, NamedData } from "../program.ts";
import type { Fit } from "./fit.ts";

/** Some steps in a row, all of whole batches or the one of a short batch. */
export interface Stretch {
  /** Steps done before them. */
  readonly step: number;
  readonly count: number;
  /** The samples that they learn from, [count, batch]. */
  readonly rows: Int32Array;
}

/** Everything that one call is fed. The arrays are used again by the next. */
export interface Feeds {
  /** How many steps one call may take. */
  readonly most: number;
  of(stretch: Stretch): Promise<NamedData>;
}

/** What each step is fed beside its batch: the hyperparameters, and the random numbers of the layers. */
export function stepInputs({ net, seed }: Pick<Fit, "net" | "seed">, program: Distillation, batch: number) {
  const scalars = Object.keys(program.hyperparameters(0));
  const random = Object.entries(net.randomInputs(batch)).map(([layer, spec]) => ({
    name: `random/${layer}`,
    size: sizeOf(spec.shape),
    use: `random.${spec.random.use}`,
    fill: spec.random.distribution === "uniform" ? fillUniform : fillNormal,
  }));
  return {
    bytes: 4 * random.reduce((sum, { size }) => sum + size, scalars.length),
    allocate: (count: number): Record<string, Data> => ({
      ...Object.fromEntries(scalars.map((name) => [name, new Float32Array(count)])),
      ...Object.fromEntries(random.map(({ name, size }) => [name, new Float32Array(count * size)])),
    }),
    fill(feeds: NamedData, { step, count }: Pick<Stretch, "step" | "count">): void {
      for (let i = 0; i < count; i++) {
        for (const [name, value] of Object.entries(program.hyperparameters(step + i)))
          (feeds[name] as Float32Array)[i] = value;
        for (const { name, size, use, fill } of random)
          fill((feeds[name] as Float32Array).subarray(i * size, (i + 1) * size), {
            seed,
            step: step + i,
            use,
          });
      }
    },
  };
}
