import { accumulation, lossWeightGroup, stateName } from "../distill/names.ts";
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
 * samples, and in a mean over samples with a label, or weighted by class, by its share of these, so that the step is that of one
 * batch of all, but for what losses and norms see of the others in their batch.
 * @param fed of the step as of one batch of all
 * @param labels of its samples, as classes or −1
 * @returns as one batch would: losses are means over all, the norm is that of the sum
 */
export async function accumulatedStep(
  executor: Executor,
  { entries, terms, counted }: Pick<Distillation, "entries" | "terms" | "counted">,
  {
    fed,
    labels,
    parts,
  }: { readonly fed: NamedData; readonly labels: Int32Array; readonly parts: readonly number[] },
): Promise<NamedData> {
  const samples = parts.reduce((sum, part) => sum + part, 0);
  const counts = counted(labels);
  const means: Record<string, number> = {};
  let outputs: NamedData = {};
  let start = 0;
  for (const [i, part] of parts.entries()) {
    const name = `${i < parts.length - 1 ? "accumulate" : "train"}@${part}`;
    const inputs = entries.find((entry) => entry.name === name)?.inputs ?? {};
    const share = part / samples;
    const shares = Object.fromEntries(
      terms.map((term) => [term, shareOf(counts[term], start, part) ?? share] as const),
    );
    const own = Object.fromEntries(
      Object.keys(inputs).flatMap((input): [string, Data][] => {
        const all = fed[input];
        return all === undefined ? [] : [[input, partOf(all, { samples, start, part })]];
      }),
    );
    outputs = await executor.run(name, {
      ...own,
      ...weighed(fed, shares, share),
      [accumulation.share]: Float32Array.of(share),
      [accumulation.kept]: Float32Array.of(i === 0 ? 0 : 1),
    });
    for (const value of ["loss", ...terms])
      means[value] = (means[value] ?? 0) + (shares[value] ?? share) * (outputs[value]?.[0] ?? 0);
    start += part;
  }
  return {
    ...outputs,
    ...Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, Float32Array.of(mean)])),
  };
}

/** Share of a part in what all samples count; undefined where it is that of the samples. */
function shareOf(counts: readonly number[] | undefined, start: number, part: number): number | undefined {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const all = sum(counts ?? []);
  return counts === undefined || all === 0 ? undefined : sum(counts.slice(start, start + part)) / all;
}

/** The terms' weights for a part that counts by its share of the samples. */
const weighed = (fed: NamedData, shares: Readonly<Record<string, number>>, share: number): NamedData =>
  Object.fromEntries(
    Object.entries(shares).flatMap(([term, own]): [string, Data][] => {
      const name = stateName(lossWeightGroup, term);
      const weight = fed[name]?.[0];
      return weight === undefined || own === share ? [] : [[name, Float32Array.of((weight * own) / share)]];
    }),
  );

/** Some samples' part of a feed; one number is of the whole step. */
function partOf(
  all: Data,
  { samples, start, part }: { readonly samples: number; readonly start: number; readonly part: number },
): Data {
  if (all.length < samples) return all;
  const each = all.length / samples;
  return all.subarray(start * each, (start + part) * each);
}
