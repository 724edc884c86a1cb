import type { Distillation } from "../distill/program.ts";
import type { Data } from "../program.ts";
import { type Feeds, stepInputs } from "./feeds.ts";
import type { Fit } from "./fit.ts";

/** Bytes that one call is fed at most: random numbers of layers may be many. */
const mostBytes = 32 * 2 ** 20;

/** The numbers of the samples, for a program that holds them: any number of steps a call. */
export function rowFeeds(
  it: Pick<Fit, "net" | "seed" | "train" | "batchSize">,
  program: Distillation,
): Feeds {
  const most = Math.max(1, Math.floor(mostBytes / stepInputs(it, program, it.batchSize).bytes));
  let known: { key: string; inputs: ReturnType<typeof stepInputs>; feeds: Record<string, Data> } | undefined;
  return {
    most,
    async of(stretch) {
      const { rows, count } = stretch;
      const key = `${rows.length} in ${count}`;
      if (known?.key !== key) {
        const inputs = stepInputs(it, program, rows.length / count);
        known = { key, inputs, feeds: inputs.allocate(count) };
      }
      const { inputs, feeds } = known;
      inputs.fill(feeds, stretch);
      return { ...feeds, rows };
    },
  };
}
