import { accumulation } from "../distill/names.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data, Executor, NamedData } from "../program.ts";

/** How many samples of a step are computed at once: all of them, or a batch after the other where gradients are accumulated. */
export function partsOf(samples: number, batchSize: number): readonly number[] {
  const whole = Array.from({ length: Math.floor(samples / batchSize) }, () => batchSize);
  const rest = samples % batchSize;
  return rest === 0 ? whole : [...whole, rest];
}

/**
 * A step in parts: the gradients of each are added up, and the last one updates the weights. Each counts by its share of the
 * samples, so that the step is that of one batch of all, but for what losses and norms see of the others in their batch.
 * @param fed of the step as of one batch of all
 * @returns as one batch would: losses are means over all, the norm is that of the sum
 */
export async function accumulatedStep(
  executor: Executor,
  { entries, terms }: Pick<Distillation, "entries" | "terms">,
  { fed, parts }: { readonly fed: NamedData; readonly parts: readonly number[] },
): Promise<NamedData> {
  const samples = parts.reduce((sum, part) => sum + part, 0);
  const means: Record<string, number> = {};
  let outputs: NamedData = {};
  let start = 0;
  for (const [i, part] of parts.entries()) {
    const name = `${i < parts.length - 1 ? "accumulate" : "train"}@${part}`;
    const inputs = entries.find((entry) => entry.name === name)?.inputs ?? {};
    const share = part / samples;
    const own = Object.fromEntries(
      Object.keys(inputs).flatMap((input): [string, Data][] => {
        const all = fed[input];
        return all === undefined ? [] : [[input, partOf(all, { samples, start, part })]];
      }),
    );
    outputs = await executor.run(name, {
      ...own,
      [accumulation.share]: Float32Array.of(share),
      [accumulation.kept]: Float32Array.of(i === 0 ? 0 : 1),
    });
    for (const value of ["loss", ...terms])
      means[value] = (means[value] ?? 0) + share * (outputs[value]?.[0] ?? 0);
    start += part;
  }
  return {
    ...outputs,
    ...Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, Float32Array.of(mean)])),
  };
}

/** Some samples' part of a feed; one number is of the whole step. */
function partOf(
  all: Data,
  { samples, start, part }: { readonly samples: number; readonly start: number; readonly part: number },
): Data {
  if (all.length < samples) return all;
  const each = all.length / samples;
  return all.subarray(start * each, (start + part) * each);
}
