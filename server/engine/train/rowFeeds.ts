import { drawsFor } from "../../data/augment.ts";
import type { Change, Draws } from "../../data/augmentations/change.ts";
import { drawsGroup } from "../distill/augment.ts";
import { asGroup } from "../distill/names.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data } from "../program.ts";
import { type Feeds, stepInputs } from "./feeds.ts";
import type { Fit } from "./fitConfig.ts";
import type { StepRun } from "./stepRun.ts";

/** Most bytes of a call's feeds: there can be many random numbers of layers and noise. */
const mostBytes = 32 * 2 ** 20;

/** Row numbers and random draws, for a program with resident samples: any number of steps per call. */
export function rowFeeds(
  it: Pick<Fit, "net" | "seed" | "train" | "batchSize">,
  program: Distillation,
  changes: readonly Change[],
): Feeds {
  const perStep = stepInputs(it, program, it.batchSize).bytes + drawnBytes(changes, it.batchSize);
  const most = Math.max(1, Math.floor(mostBytes / perStep));
  let known:
    | { key: string; inputs: ReturnType<typeof stepInputs>; draws: Draws[]; feeds: Record<string, Data> }
    | undefined;
  return {
    most,
    waitedMs: 0,
    close: async () => {},
    async of(stepRun) {
      const { rows, count } = stepRun;
      const key = `${rows.length} in ${count}`;
      if (known?.key !== key) {
        const inputs = stepInputs(it, program, rows.length / count);
        const draws = changes.map((change) => drawsFor(change, rows.length));
        const named = draws.map((drawn, i) => asGroup(drawsGroup(i), drawn));
        known = { key, inputs, draws, feeds: Object.assign(inputs.allocate(count), ...named) };
      }
      const { inputs, draws, feeds } = known;
      inputs.fill(feeds, stepRun);
      for (const [i, change] of changes.entries()) drawEach(change, it.seed, stepRun, draws[i] as Draws);
      return { ...feeds, rows };
    },
  };
}

/** Draws for one step after the other. */
function drawEach(change: Change, seed: number, { step, count, rows }: StepRun, out: Draws): void {
  for (let i = 0; i < count; i++) {
    const part = <T extends Int32Array | Float32Array>(all: T) => {
      const size = all.length / count;
      return all.subarray(i * size, (i + 1) * size) as T;
    };
    const drawn = Object.fromEntries(Object.entries(out).map(([name, all]) => [name, part(all)]));
    change.draw({ seed, step: step + i, rows: part(rows) }, drawn);
  }
}

const drawnBytes = (changes: readonly Change[], batch: number) =>
  changes
    .flatMap((change) => Object.values(drawsFor(change, batch)))
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
