import { below, generator, type RandomKey } from "./random.ts";

/** Draws samples to compare others with, by the key alone. */
export interface Negatives {
  /** Fills `out`, [rows, negatives], with numbers of samples for each of `rows`; a sample may be drawn more than once. */
  draw(rows: Int32Array, out: Int32Array, key: RandomKey): void;
}

/**
 * Negatives of other classes than the sample's own, or of all samples but itself. Undefined where some sample has none.
 * @param labels [samples]
 */
export function negativesOf(
  labels: Int32Array,
  from: "otherClasses" | "otherSamples",
): Negatives | undefined {
  return from === "otherClasses" ? ofOtherClasses(labels) : ofOtherSamples(labels.length);
}

function ofOtherSamples(samples: number): Negatives | undefined {
  if (samples < 2) return undefined;
  return {
    draw: drawing((row) => (next) => {
      const drawn = below(samples - 1, next);
      return drawn < row ? drawn : drawn + 1;
    }),
  };
}

function ofOtherClasses(labels: Int32Array): Negatives | undefined {
  const byClass = Int32Array.from(labels.keys()).sort(
    (a, b) => (labels[a] as number) - (labels[b] as number) || a - b,
  );
  // Where each class begins in that order, and where the next one does.
  const starts = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const [place, row] of byClass.entries()) {
    const label = labels[row] as number;
    if (!starts.has(label)) starts.set(label, place);
    ends.set(label, place + 1);
  }
  if (starts.size < 2) return undefined;
  return {
    draw: drawing((row) => {
      const label = labels[row] as number;
      const start = starts.get(label) as number;
      const own = (ends.get(label) as number) - start;
      return (next) => {
        const drawn = below(labels.length - own, next);
        return byClass[drawn < start ? drawn : drawn + own] as number;
      };
    }),
  };
}

const drawing =
  (drawFor: (row: number) => (next: () => number) => number): Negatives["draw"] =>
  (rows, out, key) => {
    const next = generator(key);
    const each = out.length / rows.length;
    rows.forEach((row, i) => {
      const draw = drawFor(row);
      for (let j = i * each; j < (i + 1) * each; j++) out[j] = draw(next);
    });
  };
