import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { readEvents } from "../../server/runs/eventLog.ts";
import { type RunDirectory, runDirectory } from "../../server/runs/runDirectory.ts";
import { adopt, dead, kill, reborn } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, onlyRun, scene } from "./support.ts";

type Moment = (event: RunEvent) => boolean;

const enters =
  (phase: string, subject?: string): Moment =>
  (event) =>
    event.type === "phase" && event.phase === phase && event.subject === subject;
const trains =
  (subject?: string): Moment =>
  (event) =>
    event.type === "step" && event.subject === subject;

/** What a run does one after the other, and how many milliseconds after its first sign the process is killed. */
const moments: readonly (readonly [string, Moment, number])[] = [
  ["looking at the data", enters("preflight"), 0],
  ["opening the teacher", enters("teacher"), 0],
  ["training the teacher", trains("teacher"), 0],
  ["training the teacher, later", trains("teacher"), 150],
  ["asking the teacher", enters("cache"), 0],
  ["storing what the teacher said", enters("cache"), 20],
  ["training the student", trains(), 100],
  ["training the student alone", trains("studentAlone"), 100],
  ["evaluating", enters("evaluate"), 0],
  ["evaluating, later", enters("evaluate"), 15],
];

test("a run that is killed in each of its phases ends as if it had never been disturbed", {
  timeout: 300_000,
}, async (context) => {
  const dense = (units: number) => ({ type: "dense", units, activation: "relu" });
  const experiment = {
    name: "phases",
    baselines: { studentAlone: true },
    teacher: {
      type: "layers",
      layers: [dense(256), dense(256), { type: "dense", units: 3 }],
      train: { epochs: 60 },
    },
    student: {
      layers: [dense(192), { type: "dropout", rate: 0.2 }, dense(192), { type: "dense", units: 3 }],
    },
    training: { steps: 400, evaluateEvery: 40, checkpointEvery: 16 },
  };
  // Noise would keep the teacher's answers from being kept: every sample is another one each time.
  const cached = async () => {
    const it = await scene(context, { with: experiment });
    const test = join(it.folder, "test.csv");
    const [header, ...rows] = (await readFile(test, "utf8")).trim().split("\n");
    // Large enough that measuring takes a while.
    await writeFile(test, `${[header, ...Array(300).fill(rows).flat()].join("\n")}\n`);
    return { ...it, words: [it.file, "--set", "data.augment=[]"] };
  };
  const whole = await cached();
  assert.equal((await distill(["run", ...whole.words, "--json"])).code, 0);
  const expected = await outcome(await onlyRun(whole));

  const broken = await cached();
  assert.equal((await distill(["run", ...broken.words, "--detach"])).code, 0);
  const run = runDirectory(await onlyRun(broken));
  let life = await adopt(run);
  let from = 0;
  const hit: string[] = [];
  for (const [name, moment, delay] of moments) {
    if (!(await seen(run, from, moment))) break;
    await sleep(delay);
    from = (await readEvents(run.events)).offset;
    await kill(life);
    if (await completed(run)) break;
    hit.push(name);
    life = await reborn(run);
  }
  await dead(life);
  context.diagnostic(`killed while ${hit.join("; ")}`);
  assert.ok(hit.length >= moments.length - 1, "every phase was hit; the last kill may come too late");
  await assertSameOutcome(run.path, expected);
});

/** Waits for an event of this life that is such a moment; false when the run ended without one. */
async function seen(run: RunDirectory, from: number, moment: Moment): Promise<boolean> {
  for (;;) {
    const { events } = await readEvents(run.events, from);
    if (events.some(moment)) return true;
    if (events.some(({ type }) => type === "completed" || type === "failed")) return false;
    await sleep(2);
  }
}

const completed = async (run: RunDirectory): Promise<boolean> =>
  (await readEvents(run.events)).events.some(({ type }) => type === "completed");
