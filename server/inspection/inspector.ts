import type {
  InspectedCell,
  InspectedSample,
  InspectQuery,
  SampleOrder,
  SampleSet,
  TaskOverview,
} from "../protocol.ts";

/** What a task makes of the predictions for a split, sample by sample. */
export interface Inspector {
  readonly overview: TaskOverview;
  /** @param output of several numbers the one that is looked at, here and below */
  sets(output?: number): SampleSets;
  /** Samples that no task of this kind has are in no cell. */
  inCell(cell: InspectedCell, output?: number): Holds;
  /** What samples are ordered by, the largest first. */
  ranks(query: Pick<InspectQuery, "cell" | "output">): Ranks;
  said(sample: number, output?: number): Pick<InspectedSample, "truth" | "predicted">;
}

export type Holds = (sample: number) => boolean;
export type Rank = (sample: number) => number;
export type SampleSets = Readonly<Partial<Record<SampleSet, Holds>>>;
export type Ranks = Readonly<Partial<Record<SampleOrder, Rank>>>;

/** How many samples are in each set. */
export const setSizes = (sets: SampleSets, samples: number): Readonly<Partial<Record<SampleSet, number>>> =>
  Object.fromEntries(Object.entries(sets).map(([name, holds]) => [name, countOf(samples, holds)]));

function countOf(samples: number, holds: Holds): number {
  let found = 0;
  for (let k = 0; k < samples; k++) if (holds(k)) found++;
  return found;
}

/**
 * The numbers of these samples, the one of the largest rank first; equal ones, and all without a rank, by number. A million take a
 * quarter of a second: what is sorted are doubles that hold both, of ranks as many bits as numbers leave.
 */
export function rowsInOrder(
  samples: number,
  { holds, rank = () => 0 }: { readonly holds: Holds; readonly rank?: Rank | undefined },
): Int32Array {
  const bitsOfNumber = Math.ceil(Math.log2(Math.max(2, samples)));
  const places = 2 ** bitsOfNumber;
  const left = 2 ** Math.max(0, 32 + bitsOfNumber - 53);
  const keys = new Float64Array(countOf(samples, holds));
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  let at = 0;
  for (let k = 0; k < samples; k++) {
    if (!holds(k)) continue;
    float[0] = -rank(k) + 0;
    const [own = 0] = bits;
    // The bits of floats are in their order, those of negative ones in the other.
    const inOrder = (own & signBit) === 0 ? (own | signBit) >>> 0 : ~own >>> 0;
    keys[at++] = Math.floor(inOrder / left) * places + k;
  }
  return Int32Array.from(keys.sort(), (key) => key % places);
}

const signBit = 0x80000000;
