import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { membersAt } from "../../server/runs/sweep.ts";
import { assertSameOutcome, outcome } from "../../test/run/outcome.ts";
import { eventsOf, type Scene, scene } from "../../test/run/support.ts";

const dense = (units: number, activation?: string) => ({
  type: "dense",
  units,
  ...(activation === undefined ? {} : { activation }),
});
const training = { steps: 160, evaluateEvery: 20, checkpointEvery: 8 };
const source = (path: string) => ({ type: "csv", path, label: "label" });
const data = {
  train: source("train.csv"),
  validation: { split: 0.2 },
  test: source("test.csv"),
  batchSize: 32,
};

/** The kinds of runs, with phases of fractions of a second. */
export const kinds = {
  /** Augmented samples differ each time, so the teacher runs in each step. */
  live: { training, baselines: { studentAlone: true } },
  /** The teacher's outputs are cached in files. */
  cached: { data, training, baselines: { studentAlone: true } },
  /** Most of the time goes into training the teacher first. */
  layers: {
    data,
    training: { ...training, steps: 80 },
    teacher: {
      type: "layers",
      layers: [dense(128, "relu"), dense(128, "relu"), dense(3)],
      train: { epochs: 40 },
    },
  },
  sweep: {
    data,
    training: { ...training, steps: 60 },
    sweep: { parameters: { temperature: [1, 2, 4] } },
  },
  /** Samples without labels come beside the others, at a rate of their own. */
  unlabelled: {
    data: { ...data, unlabelled: { type: "csv", path: "more.csv", share: 0.5 } },
    training,
  },
} as const;

export type Kind = keyof typeof kinds;

const nobody = { after() {} } as never;

export async function makeScene(folder: string, kind: Kind, engine: string): Promise<Scene> {
  const made = await scene(nobody, { folder, with: { engine, ...kinds[kind] } });
  const table = (await readFile(join(folder, "train.csv"), "utf8")).trimEnd().split("\n");
  const unlabelled = table.filter((_, row) => row === 0 || row % 3 > 0);
  await writeFile(
    join(folder, "more.csv"),
    `${unlabelled.map((row) => row.slice(0, row.lastIndexOf(","))).join("\n")}\n`,
  );
  return made;
}

/** A run and, for a sweep, its members that have begun. */
export const partsOf = (run: string): string[] => [run, ...membersAt(run).map(({ path }) => path)];

/** Results of a run; of a sweep, those of each member, and which was chosen. */
export interface Result {
  readonly runs: readonly Awaited<ReturnType<typeof outcome>>[];
  readonly swept: unknown;
}

const trainedIn = (run: string): string[] => {
  const [own, ...members] = partsOf(run);
  return members.length > 0 ? members : [own as string];
};

export async function resultOf(run: string): Promise<Result> {
  return { runs: await Promise.all(trainedIn(run).map(outcome)), swept: await sweptOf(run) };
}

export async function assertSameResult(run: string, expected: Result): Promise<void> {
  const found = trainedIn(run);
  assert.equal(found.length, expected.runs.length);
  for (const [index, result] of expected.runs.entries())
    await assertSameOutcome(found[index] as string, result);
  // A sweep's state follows from its members: one killed after they all ended has no last event.
  const swept = await sweptOf(run);
  if (swept !== undefined) assert.deepEqual(swept, expected.swept);
}

/** The last event of a sweep without names and times; undefined for other runs. */
async function sweptOf(run: string): Promise<unknown> {
  const last = (await eventsOf(run)).at(-1);
  if (last?.type !== "swept") return undefined;
  const text = JSON.stringify({ ...last, seq: 0, time: 0, crc: 0 }).replaceAll(basename(run), "");
  return JSON.parse(text, (key, value) => (key === "seconds" ? 0 : value));
}
