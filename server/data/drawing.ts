import { noLabel } from "./labels.ts";
import { generator, shuffle } from "./random.ts";
import { type Samples, selectOfSource } from "./samples.ts";

/** A part of a source that is not its beginning. */
export interface Drawing {
  readonly take: number;
  /** Chooses them at random; absent: the first ones. */
  readonly takeSeed?: number | undefined;
  /** As many of each class as there are, at most. */
  readonly balanced?: boolean | undefined;
}

/** The drawing that a source says; undefined where it has all samples, or the first ones. */
export function drawingOf(source: Partial<Drawing>): Drawing | undefined {
  const { take, takeSeed, balanced } = source;
  return take === undefined || (takeSeed === undefined && balanced !== true)
    ? undefined
    : { take, takeSeed, balanced };
}

/** The drawn samples, in the order of the file. */
export function drawn(samples: Samples, { take, takeSeed, balanced = false }: Drawing): Samples {
  const all = Int32Array.from({ length: samples.count }, (_, row) => row);
  const groups = balanced ? byClass(all, samples.labels) : [all];
  const quotas = evenly(
    groups.map(({ length }) => length),
    take,
  );
  const chosen = groups.flatMap((rows, group) => {
    if (takeSeed !== undefined)
      shuffle(rows, generator({ seed: takeSeed, step: 0, use: "data.take" }, group));
    return Array.from(rows.subarray(0, quotas[group]));
  });
  return selectOfSource(samples, Int32Array.from(chosen).sort());
}

/** Samples without a label are of no class. */
function byClass(rows: Int32Array, labels: Int32Array): Int32Array[] {
  const classes = new Map<number, number[]>();
  for (const row of rows) {
    const label = labels[row] as number;
    if (label === noLabel) continue;
    const own = classes.get(label) ?? [];
    classes.set(label, own);
    own.push(row);
  }
  return [...classes.entries()].sort(([a], [b]) => a - b).map(([, own]) => Int32Array.from(own));
}

/** Shares of `total` that differ by 1 at most, save where there are fewer: then the others have more. The first ones have the rest. */
export function evenly(sizes: readonly number[], total: number): number[] {
  const quotas = sizes.map(() => 0);
  let left = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  while (left > 0) {
    const open = sizes.flatMap((size, k) => (size > (quotas[k] as number) ? [k] : []));
    const each = Math.floor(left / open.length);
    if (each === 0) {
      for (const k of open.slice(0, left)) quotas[k] = (quotas[k] as number) + 1;
      return quotas;
    }
    for (const k of open) {
      const more = Math.min(each, (sizes[k] as number) - (quotas[k] as number));
      quotas[k] = (quotas[k] as number) + more;
      left -= more;
    }
  }
  return quotas;
}
