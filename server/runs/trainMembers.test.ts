import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type TestContext, test } from "node:test";
import timers from "node:timers/promises";
import type { NewEvent } from "../../schemas/newEvent.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { SweepStop } from "../executors/executor.ts";
import { expand } from "../sweep/expand.ts";
import { type EventLog, openEventLog } from "./eventLog.ts";
import { summarizeRun } from "./list.ts";
import { acquireLock } from "./lock.ts";
import { readEvents } from "./logReader.ts";
import { memberResults } from "./memberResults.ts";
import { createRun, type RunDirectory, readJob, writeJob } from "./runDirectory.ts";
import { memberDirectory } from "./sweep.ts";
import { trainMembers } from "./trainMembers.ts";

const source = { type: "idx", images: "x", labels: "y" } as const;
const experiment = {
  data: { train: source, test: source },
  student: { preset: "mlp", hidden: [8] },
  sweep: { parameters: { temperature: [1, 2] } },
} as const;

const ownNode = process.execPath;

/** What stands in for a trainer appends to the log of its run: the lines that the run's next turn is given. It may wait then. */
const trainer =
  '#!/bin/sh\ncd "$TURNS" || exit 1\n[ "$2" = --time ] && exec "$NODE" ../time.mjs\nfor turn in "$(basename "$2")".*; do cat "$turn" >> "$2/events.jsonl"; rm "$turn"; [ -e wait ] && exec sleep 600; exit; done\n';

interface Scene {
  readonly folder: string;
  readonly sweep: RunDirectory;
  readonly members: readonly RunDirectory[];
  /** What the trainers of a member, counted from 1, write in their turns, one after the other. */
  readonly turns: (member: number, ...turns: (readonly object[])[]) => Promise<void>;
  /** Turns that no trainer has taken. */
  readonly left: () => Promise<readonly string[]>;
  /** Trains, and gives the exit code with the events that the sweep's log has got meanwhile. */
  readonly train: (given?: {
    readonly stop?: SweepStop;
    readonly job?: Partial<Job>;
    /** Hears of each event before it is in the sweep's log. */
    readonly before?: (event: NewEvent) => unknown;
  }) => Promise<readonly [number, ...object[]]>;
}

async function scene(context: TestContext, more: object = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "members-"));
  const turnsFolder = join(folder, "turns");
  context.after(async () => {
    process.execPath = ownNode;
    delete process.env["TURNS"];
    delete process.env["NODE"];
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(turnsFolder);
  const program = join(folder, "node");
  await writeFile(program, trainer);
  await chmod(program, 0o755);
  process.execPath = program;
  process.env["TURNS"] = turnsFolder;
  process.env["NODE"] = ownNode;
  const content = { ...experiment, ...more };
  const sweep = await createRun({
    runsDirectory: join(folder, "runs"),
    experimentFile: join(folder, "a.distill.json"),
    name: "a",
    experiment: content,
    members: expand(content),
    overrides: { epochs: 3 },
  });
  const members = ((await readJob(sweep)).members ?? []).map((member) => memberDirectory(sweep, member));
  const seqs = new Map<string, number>();
  const numbers = new Map<string, number>();
  return {
    folder,
    sweep,
    members,
    turns: async (number, ...turns) => {
      // Those that are proposed later, too.
      const id = `${sweep.id}-${String(number).padStart(2, "0")}`;
      for (const events of turns) {
        const lines = events.map((event) => {
          const seq = seqs.get(id) ?? 0;
          seqs.set(id, seq + 1);
          return `${JSON.stringify({ seq, time: 1000 * (seq + 1), ...event })}\n`;
        });
        const nth = numbers.get(id) ?? 1;
        numbers.set(id, nth + 1);
        await writeFile(join(turnsFolder, `${id}.${nth}`), lines.join(""));
      }
    },
    left: () => readdir(turnsFolder),
    train: async ({ stop = {}, job = {}, before: hear = () => {} } = {}) => {
      const own: EventLog = openEventLog(sweep.events, () => 1);
      const log: EventLog = {
        append(event) {
          hear(event);
          return own.append(event);
        },
        nextSeq: own.nextSeq,
        close: () => own.close(),
      };
      const before = (await readEvents(sweep.events)).offset;
      try {
        const code = await trainMembers(sweep, { ...(await readJob(sweep)), ...job }, { log, stop });
        const { events } = await readEvents(sweep.events, before);
        return [code, ...events.map(({ seq: _, time: __, ...event }) => event)];
      } finally {
        log.close();
      }
    },
  };
}

const started: NewEvent = { type: "started", runId: "r", mode: "start", step: 0, totalSteps: 9 };
const result = { runId: "r", steps: 9, epochs: 1, seconds: 1, engine: "", device: "", parameters: 7 };
/** @param test of a run whose test split was read */
const completed = (accuracy: number, test?: number): NewEvent => ({
  type: "completed",
  summary: {
    ...result,
    best: { step: 9, metrics: { accuracy } },
    ...(test === undefined ? {} : { test: { accuracy: test } }),
  },
});
const failed = (code: string): NewEvent => ({ type: "failed", code, message: "It went wrong." });
const stopped: NewEvent = { type: "stopped", reason: "SIGTERM", step: 3 };

const turn = ({ id }: RunDirectory, index: number, settings: object, more: object = {}) => ({
  type: "member",
  runId: id,
  index,
  count: 2,
  settings,
  from: 0,
  ...more,
});

test("each run is trained in its turn, the test split is read for the best, and the sweep is complete", async (context) => {
  const it = await scene(context);
  const [first, second] = it.members;
  assert.ok(first && second);
  await it.turns(1, [started, completed(0.5)]);
  await it.turns(2, [started, completed(0.75)], [completed(0.75, 0.7)]);
  const size = 2 * JSON.stringify({}).length;
  const [code, ...events] = await it.train();
  const from = (events[2] as { readonly from: number }).from;
  assert.deepEqual(
    [code, events],
    [
      0,
      [
        turn(first, 1, { temperature: 1 }),
        turn(second, 2, { temperature: 2 }),
        turn(second, 2, { temperature: 2 }, { test: true, from }),
        { type: "swept", runs: 2 },
      ],
    ],
  );
  assert.ok(from > size, "from where the log of the run ended");
  assert.deepEqual(await it.left(), []);
  const jobs = [await readJob(first), await readJob(second)];
  assert.deepEqual(
    jobs.map(({ mode, test, overrides, sweep }) => [mode, test, overrides, sweep]),
    [
      [
        "start",
        "held",
        { epochs: 3, temperature: 1 },
        { id: it.sweep.id, index: 1, settings: { temperature: 1 } },
      ],
      [
        "resume",
        "asked",
        { epochs: 3, temperature: 2 },
        { id: it.sweep.id, index: 2, settings: { temperature: 2 } },
      ],
    ],
  );
  assert.equal(JSON.parse(await readFile(second.experiment, "utf8")).losses[0].temperature, 2);
  assert.deepEqual(
    (await memberResults(it.sweep)).map(({ runId, settings, summary }) => [runId, settings, summary?.state]),
    [
      [first.id, { temperature: 1 }, "completed"],
      [second.id, { temperature: 2 }, "completed"],
    ],
  );
  assert.deepEqual(await memberResults(first), [], "a run by itself");
  assert.deepEqual(await it.train(), [0, { type: "swept", runs: 2 }], "once more: nothing is left");
});

test("the test split is each run's own where there is nothing to choose, none to read, or all are asked for", async (context) => {
  for (const more of [
    { sweep: { parameters: { temperature: [1] } }, seeds: [1, 2] },
    { data: { train: source } },
    { sweep: undefined, seeds: [1, 2] },
    { sweep: { ...experiment.sweep, test: "all" } },
  ]) {
    const it = await scene(context, more);
    for (const number of [1, 2]) await it.turns(number, [started, completed(0.5)]);
    const [code, ...events] = await it.train();
    assert.deepEqual([code, events.length, events.at(-1)], [0, 3, { type: "swept", runs: 2 }]);
    for (const member of it.members) assert.equal((await readJob(member)).test, undefined);
  }
});

test("a run that fails takes none of the others with it, and is gone on with alone", async (context) => {
  const it = await scene(context);
  const [first, second] = it.members;
  assert.ok(first && second);
  await it.turns(1, [started, failed("disk-full")]);
  await it.turns(2, [started, completed(0.75)]);
  const broken = (state: string) => ({
    type: "failed",
    code: "runs-failed",
    message: `1 of 2 runs did not complete. ${first.id}: ${state}`,
    hint: `Fix the cause, then train the missing runs: distill resume ${it.sweep.id}`,
    step: 1,
  });
  const [code, ...events] = await it.train();
  assert.deepEqual([code, events.slice(2)], [1, [broken("It went wrong.")]]);
  assert.equal((await readJob(second)).test, "held", "not all are trained");
  await it.turns(1, [started]);
  const job = { mode: "resume", overrides: { device: "cpu", engine: "onnxruntime", epochs: 4 } } as const;
  const [again, ...more] = await it.train({ job });
  assert.deepEqual([again, more.length], [1, 2]);
  assert.match((more[1] as { message: string }).message, /^1 of 2 runs did not complete\. \S+: The trainer/);
  const { mode, overrides } = await readJob(first);
  assert.deepEqual(
    [mode, overrides],
    ["resume", { epochs: 3, temperature: 1, device: "cpu", engine: "onnxruntime" }],
  );
  await it.turns(1, [started, completed(0.9)], [completed(0.9, 0.8)]);
  const [last, ...rest] = await it.train({ job: { mode: "start", overrides: { device: "gpu" } } });
  assert.deepEqual([last, rest.at(-1)], [0, { type: "swept", runs: 2 }]);
  assert.equal((await readJob(first)).overrides?.["device"], "cpu", "a start changes nothing");
  assert.deepEqual(await it.left(), []);
});

test("a run that diverged will do so again: the best of the others is read", async (context) => {
  const it = await scene(context);
  await it.turns(1, [started, failed("not-finite")]);
  await it.turns(2, [started, completed(0.5)], [completed(0.5, 0.4)]);
  const [code, ...events] = await it.train();
  assert.deepEqual([code, events.length], [1, 4]);
  assert.equal((await readJob(it.members[1] ?? assert.fail())).test, "asked");
});

test("a test split that could not be read is asked for again by whoever goes on", async (context) => {
  const it = await scene(context);
  await it.turns(1, [started, completed(0.9)], [started, failed("disk-full")]);
  await it.turns(2, [started, completed(0.5)]);
  const [code, ...events] = await it.train();
  assert.deepEqual([code, events.length], [1, 4]);
  await it.turns(1, [started, completed(0.9, 0.8)]);
  const job = { mode: "resume", overrides: { device: "cpu" } } as const;
  const [again, ...more] = await it.train({ job });
  assert.deepEqual([again, more.length, more.at(-1)], [0, 2, { type: "swept", runs: 2 }]);
  const { test, overrides } = await readJob(it.members[0] ?? assert.fail());
  assert.deepEqual([test, overrides?.["device"]], ["asked", "cpu"]);
});

test("a sweep whose runs were stopped is stopped, not failed", async (context) => {
  const it = await scene(context);
  await it.turns(1, [started, stopped]);
  await it.turns(2, [started, completed(0.5)]);
  const [code, ...events] = await it.train();
  assert.deepEqual(
    [code, events.at(-1)],
    [0, { type: "stopped", reason: "runs of it were stopped", step: 1 }],
  );
});

test("a sweep that is asked to stop starts no further run", async (context) => {
  const it = await scene(context);
  assert.deepEqual(await it.train({ stop: { requested: "SIGINT" } }), [
    0,
    { type: "stopped", reason: "SIGINT", step: 0 },
  ]);
  for (const member of it.members) await assert.rejects(stat(member.path), { code: "ENOENT" });
  await it.turns(1, [started, completed(0.5)]);
  await it.turns(2, [started, completed(0.5)]);
  const first = it.members[0]?.events ?? assert.fail();
  const stop: SweepStop = {
    get requested(): string | undefined {
      // Between two runs, so that nobody is there to be stopped.
      return existsSync(first) && readFileSync(first, "utf8").includes("completed") ? "SIGTERM" : undefined;
    },
  } as SweepStop;
  const [code, ...events] = await it.train({ stop });
  assert.deepEqual(
    [code, events.length, events.at(-1)],
    [0, 2, { type: "stopped", reason: "SIGTERM", step: 1 }],
  );
  await assert.rejects(stat(it.members[1]?.path ?? ""), { code: "ENOENT" });
});

test("an experiment that is none is told before anything is trained", async (context) => {
  const it = await scene(context);
  await writeFile(it.sweep.experiment, '{"students":1}');
  await assert.rejects(it.train(), {
    code: "damaged",
    message: `${it.sweep.experiment} is damaged: data is missing.`,
  });
});

test("without validation nothing is chosen, and the sweep is complete without the test split", async (context) => {
  const it = await scene(context);
  const unmeasured: NewEvent = { type: "completed", summary: result };
  for (const number of [1, 2]) await it.turns(number, [started, unmeasured]);
  const [code, ...events] = await it.train();
  assert.deepEqual([code, events.length, events.at(-1)], [0, 3, { type: "swept", runs: 2 }]);
});

test("of the best combination the seeds that did not diverge are read", async (context) => {
  const it = await scene(context, { seeds: [1, 2] });
  for (const number of [1, 2]) await it.turns(number, [started, completed(0.5)]);
  await it.turns(3, [started, completed(0.9)], [completed(0.9)]);
  await it.turns(4, [started, failed("not-finite")]);
  assert.equal((await it.train())[0], 1);
  const asked = await Promise.all(it.members.map(async (run) => (await readJob(run)).test));
  assert.deepEqual(asked, ["held", "held", "asked", "held"]);
});

test("a sweep that is stopped before all that it chose is read is not complete", async (context) => {
  const it = await scene(context, { seeds: [1, 2] });
  for (const number of [1, 2]) await it.turns(number, [started, completed(0.9)], [completed(0.9, 0.8)]);
  for (const number of [3, 4]) await it.turns(number, [started, completed(0.5)]);
  const stop: SweepStop = {};
  const reading = (event: NewEvent) => {
    if (event.type === "member" && event.test) stop.requested = "SIGTERM";
  };
  const [code, ...events] = await it.train({ stop, before: reading });
  assert.deepEqual([code, events.at(-1)], [0, { type: "stopped", reason: "SIGTERM", step: 4 }]);
  const [again, ...more] = await it.train();
  assert.deepEqual([again, more.at(-1)], [0, { type: "swept", runs: 4 }]);
});

test("a stop that is passed ends the run that is training", { timeout: 60_000 }, async (context) => {
  const it = await scene(context);
  await writeFile(join(it.folder, "turns", "wait"), "");
  for (const number of [1, 2]) await it.turns(number, [started]);
  const stop: SweepStop = {};
  const pass = ({ type }: NewEvent) => type === "member" && stop.pass?.({ force: false });
  const [code, ...events] = await it.train({ stop, before: pass });
  assert.deepEqual([code, events.length], [1, 3]);
  assert.match((events[2] as { message: string }).message, /^2 of 2 runs did not complete/);
});

test("a stop that is asked for while a run is started ends it at once", {
  timeout: 60_000,
}, async (context) => {
  const it = await scene(context);
  await writeFile(join(it.folder, "turns", "wait"), "");
  await it.turns(1, [started]);
  const stop: SweepStop = {};
  const ask = () => {
    stop.requested = "SIGTERM";
  };
  const [code, ...events] = await it.train({ stop, before: ask });
  assert.deepEqual(
    [code, events.length, events.at(-1)],
    [0, 2, { type: "stopped", reason: "SIGTERM", step: 0 }],
  );
});

test("a run that somebody else's trainer is at is waited for, unless the sweep is to stop", async (context) => {
  const it = await scene(context, { data: { train: source } });
  await it.turns(1, [started]);
  await it.turns(2, [started, completed(0.5)]);
  assert.equal((await it.train())[0], 1, "the first was interrupted");
  await it.turns(1, [started, completed(0.5)]);
  const lock = acquireLock(it.members[0]?.path ?? assert.fail());
  context.after(() => lock.release());
  assert.deepEqual(await it.train({ stop: { requested: "SIGINT" } }), [
    0,
    { type: "stopped", reason: "SIGINT", step: 1 },
  ]);
  const waited: unknown[] = [];
  context.mock.method(timers, "setTimeout", async (milliseconds: number) => {
    if (waited.push(milliseconds) === 1) lock.release();
  });
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const [code, ...events] = await it.train();
  assert.deepEqual([code, events.at(-1)], [0, { type: "swept", runs: 2 }]);
  assert.ok(waited.length > 0 && waited.every((milliseconds) => milliseconds === 200));
});

/** A run with this many parameters, whose teacher has 95 % on validation. */
const sized = (accuracy: number, parameters: number, test?: number): NewEvent => {
  const { summary, ...own } = completed(accuracy, test) as NewEvent & { summary: object };
  const validation = { teacher: { accuracy: 0.95 } };
  return { ...own, summary: { ...summary, parameters, validation } } as unknown as NewEvent;
};

test("the test split is read for the smallest student within the tolerance of its teacher, and then for the best", async (context) => {
  const it = await scene(context, { sweep: { parameters: { temperature: [1, 2, 3] } } });
  await it.turns(1, [started, sized(0.99, 300)], [sized(0.99, 300, 0.9)]);
  await it.turns(2, [started, sized(0.93, 100)]);
  await it.turns(3, [started, sized(0.945, 200)], [sized(0.945, 200, 0.9)]);
  await writeJob(it.sweep, { ...(await readJob(it.sweep)), tolerance: 1 });
  const [code, ...events] = await it.train();
  assert.equal(code, 0);
  const read = events.flatMap((event) => {
    const { test, index } = event as { readonly test?: true; readonly index?: number };
    return test ? [index] : [];
  });
  assert.deepEqual(read, [3, 1]);
  assert.deepEqual(await it.left(), []);
  const summary = await summarizeRun(it.sweep.path);
  assert.match(
    summary?.sweep?.answer ?? "",
    /^smallest within 1 point .* temperature=3, 200 parameters, .*; test 90.00 %$/,
  );
  assert.equal(summary?.state, "completed");
});

test("with a wider tolerance a smaller one is read, and a sweep whose smallest is still to be read is not complete", async (context) => {
  const it = await scene(context);
  await it.turns(1, [started, sized(0.99, 300)], [sized(0.99, 300, 0.9)]);
  await it.turns(2, [started, sized(0.93, 100)], [failed("disk")]);
  await writeJob(it.sweep, { ...(await readJob(it.sweep)), tolerance: 2.5 });
  assert.equal((await it.train())[0], 1);
  assert.equal((await summarizeRun(it.sweep.path))?.state, "failed");
  await it.turns(2, [sized(0.93, 100, 0.8)]);
  assert.equal((await it.train())[0], 0);
  const summary = await summarizeRun(it.sweep.path);
  assert.match(summary?.sweep?.answer ?? "", /^smallest within 2.5 points .*; test 80.00 %$/);
});

/** Students of so many units, of which each takes a millisecond, in place of what the engine measures. */
async function timedScene(
  context: TestContext,
  sweep: object,
  more: object = {},
): Promise<Scene & { readonly asked: () => Promise<string> }> {
  const it = await scene(context, {
    student: {
      layers: [
        { type: "dense", units: 4 },
        { type: "dense", units: 2 },
      ],
    },
    sweep,
    ...more,
  });
  const header = (...sizes: number[]) => [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size])];
  await writeFile(join(it.folder, "x"), Uint8Array.of(...header(4, 2, 1), ...Array(8).fill(0)));
  await writeFile(join(it.folder, "y"), Uint8Array.of(...header(4), 0, 1, 0, 1));
  await writeFile(
    join(it.folder, "time.mjs"),
    `import { appendFileSync } from "node:fs";
process.once("message", ({ students }) => {
  const ms = students.map(({ layers: [{ units }] }) => units);
  const given = ms.map((of) => (of === 13 ? { code: "unlucky", message: "It is broken." } : of));
  appendFileSync("../asked", ms.join(" ") + "\\n");
  process.send({ ms: given }, () => process.disconnect());
});
`,
  );
  return { ...it, asked: () => readFile(join(it.folder, "asked"), "utf8") };
}

const units = "student.layers[0].units";

const settingsIn = async (sweep: RunDirectory) =>
  ((await readJob(sweep)).members ?? []).map(({ settings }) => settings);

test("a student that takes too long is not trained, and is timed once", async (context) => {
  const it = await timedScene(context, {
    parameters: { [units]: [3, 9, 5], temperature: [1, 2] },
    budget: { latencyMs: 5 },
  });
  const stop = { requested: "SIGTERM" };
  assert.equal((await it.train({ stop }))[0], 0);
  assert.equal((await settingsIn(it.sweep)).length, 6, "stopped before anything was known");
  const [code, ...events] = await it.train();
  assert.equal(code, 1, "the trainers of this scene write nothing");
  assert.deepEqual(events[0], {
    type: "warning",
    code: "sweep-budget",
    message: `Slower than 5 ms a prediction, so not trained: ${units}=9 · temperature=1 and 1 more with its layers (9 ms)`,
  });
  const four = [3, 5].flatMap((of) => [1, 2].map((temperature) => ({ [units]: of, temperature })));
  assert.deepEqual(await settingsIn(it.sweep), four);
  const { latency } = await readJob(it.sweep);
  assert.deepEqual(
    latency?.nets.map(({ ms, refused }) => [ms, refused?.length]),
    [
      [3, undefined],
      [9, 2],
      [5, undefined],
    ],
  );
  assert.deepEqual(
    (await summarizeRun(it.sweep.path))?.warnings?.map(({ code }) => code),
    ["sweep-budget"],
  );
  const [, ...more] = await it.train();
  assert.ok(!more.some(({ type }: { type?: string }) => type === "warning"));
  assert.deepEqual([await settingsIn(it.sweep), await it.asked()], [four, "3 9 5\n"]);
});

test("a student that cannot be timed is trained, and the sweep says why it was not", async (context) => {
  const it = await timedScene(context, { parameters: { [units]: [3, 13] }, budget: { latencyMs: 5 } });
  const [, first] = await it.train();
  assert.deepEqual(first, {
    type: "warning",
    code: "sweep-budget",
    message: `Not timed, so trained however slow: ${units}=13 (It is broken.)`,
  });
  assert.equal((await settingsIn(it.sweep)).length, 2);
});

test("another student is drawn in place of one that takes too long", async (context) => {
  const it = await timedScene(context, {
    parameters: { [units]: { min: 1, max: 40 } },
    method: "random",
    runs: 5,
    budget: { latencyMs: 20 },
  });
  await it.train();
  const drawn = await settingsIn(it.sweep);
  assert.equal(drawn.length, 5);
  assert.ok(drawn.every(({ [units]: of }) => (of as number) <= 20));
  const asked = (await it.asked()).trim().split(/\s/).map(Number);
  assert.ok(asked.some((ms) => ms > 20) && new Set(asked).size === asked.length);
});

test("a search proposes students that are fast enough, and goes on with them and with what it has measured", async (context) => {
  const it = await timedScene(
    context,
    {
      parameters: { [units]: { min: 1, max: 40 }, temperature: [1, 2, 3] },
      method: "tpe",
      runs: 8,
      startup: 3,
      budget: { latencyMs: 30 },
    },
    { jobs: 1 },
  );
  const known = await readJob(it.sweep);
  await writeJob(it.sweep, { ...known, members: known.members?.slice(0, 3) ?? [], planned: 8 });
  const runs = [1, 2, 3, 4, 5, 6, 7, 8];
  const measured = async () => (await it.asked()).trim().split(/\s/).map(Number);
  // The sixth is stopped once.
  for (const run of runs) await it.turns(run, [started, run === 6 ? stopped : completed(0.5 + run / 100)]);
  assert.equal((await it.train({ job: { planned: 8 } }))[0], 0);
  const first = await settingsIn(it.sweep);
  assert.equal(first.length, 6);
  const drawn = (await measured()).length;

  await it.turns(6, [completed(0.56)]);
  await it.turns(8, [completed(0.58, 0.5)]);
  assert.equal((await it.train())[0], 0);
  const all = await settingsIn(it.sweep);
  assert.deepEqual(all.slice(0, first.length), first, "the same ones");
  assert.equal(new Set(all.map((own) => JSON.stringify(own))).size, 8);
  assert.ok(
    all.every(({ [units]: of }) => (of as number) <= 30),
    JSON.stringify(all),
  );
  const asked = await measured();
  assert.equal(new Set(asked).size, asked.length, "each net once, whatever was stopped");
  assert.ok(asked.length > drawn, "proposals are timed, too");
  const { latency } = await readJob(it.sweep);
  const slow = asked.filter((ms) => ms > 30);
  assert.ok(
    asked.slice(3).some((ms) => ms > 30),
    "some proposals are too slow",
  );
  assert.deepEqual(
    latency?.nets.flatMap(({ ms, refused }) => (refused ? [ms] : [])).toSorted((a, b) => a - b),
    slow.toSorted((a, b) => a - b),
    "and every one that was too slow is named",
  );
  assert.equal((await summarizeRun(it.sweep.path))?.state, "completed");
});

test("a sweep without a student that is fast enough says which is the fastest", async (context) => {
  const it = await timedScene(context, { parameters: { [units]: [9, 7] }, budget: { latencyMs: 5 } });
  for (let time = 0; time < 2; time++)
    await assert.rejects(it.train(), {
      code: "sweep-budget",
      message: "No student is within the budget of 5 ms a prediction: the fastest that was timed takes 7 ms.",
    });
  assert.equal(await it.asked(), "9 7\n");
});

test("where students cannot be timed, the sweep says so", async (context) => {
  const it = await timedScene(context, { parameters: { [units]: [9, 7] }, budget: { latencyMs: 5 } });
  await writeFile(join(it.folder, "time.mjs"), 'console.error("no engine"); process.exitCode = 3;');
  await assert.rejects(it.train(), {
    code: "not-timed",
    message: "The students could not be timed: their process ended with code 3.",
    hint: "It said: no engine. Without sweep.budget.latencyMs none is timed.",
  });
});
