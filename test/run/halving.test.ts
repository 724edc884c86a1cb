import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { fated, studentStep } from "./fate.ts";
import { kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, type Scene, scene, succeed, until } from "./support.ts";

/** Six runs, of which two go on after the first epoch and one after the third; the whole training is five epochs. */
const searchScene = (context: TestContext, jobs: number) =>
  scene(context, {
    with: {
      jobs,
      training: { epochs: 5, checkpointEvery: 3 },
      sweep: {
        parameters: { "optimizer.learningRate": { min: 1e-5, max: 0.05, log: true } },
        method: "halving",
        runs: 6,
        eta: 3,
      },
    },
  });

const sweepAt = async ({ runs }: Scene): Promise<string> =>
  join(runs, (await readdir(runs)).find((name) => !/^\.|-\d\d$/.test(name)) ?? assert.fail("no sweep"));

const memberAt = (sweep: string, number: number): string => `${sweep}-0${number}`;
const numbers = [1, 2, 3, 4, 5, 6];

/** Where each run has ended: with its rung, or "completed". */
const endsOf = (sweep: string) =>
  Promise.all(
    numbers.map(async (number) => {
      const { state, member } = (await summarizeRun(memberAt(sweep, number))) ?? assert.fail("no run");
      return member?.halved ? member.rung : state;
    }),
  );

/** The runs that went on, by rung. */
const rungsOf = async (sweep: string) =>
  (await eventsOf(sweep)).flatMap((event) =>
    event.type === "rung" ? [[event.epochs, event.runs.map((id) => Number(id.slice(-2)))] as const] : [],
  );

/** The student's steps that a run has trained. */
const stepsOf = async (run: string): Promise<number> =>
  new Set(
    (await eventsOf(run)).flatMap((event) =>
      event.type === "step" && event.subject === undefined ? [event.step] : [],
    ),
  ).size;

test("halving trains a third of the runs on from each rung, the best as it would be alone", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context, 1);
  const inside = { cwd: it.folder };
  const { stdout } = await succeed(["run", it.file], inside);
  const sweep = await sweepAt(it);
  const ends = await endsOf(sweep);
  assert.deepEqual(ends.toSorted(), [1, 1, 1, 1, 3, "completed"]);
  const rungs = await rungsOf(sweep);
  assert.deepEqual(
    rungs.map(([epochs, on]) => [epochs, on.length]),
    [
      [1, 2],
      [3, 1],
    ],
  );
  assert.match(stdout, /^epoch 1: runs \d, \d go on, the others are halved$/m);
  assert.match(stdout, /^epoch 3: run \d goes on, the others are halved$/m);
  assert.match(stdout, /halved at epoch 1, at \d+\.\d\d % /);
  const listed = await distill(["list"], { cwd: it.folder });
  assert.equal(listed.stdout.match(/^ {2}\S+ +halved at epoch \d /gm)?.length, 5, listed.stdout);

  // 240 samples in batches of 32: eight steps an epoch.
  const steps = await Promise.all(numbers.map((number) => stepsOf(memberAt(sweep, number))));
  assert.deepEqual(
    steps,
    ends.map((end) => (typeof end === "number" ? 8 * end : 40)),
  );
  const atRung = await Promise.all(
    numbers.map(async (number) => {
      const events = await eventsOf(memberAt(sweep, number));
      const first = events.find((event) => event.type === "evaluation" && event.split === "validation");
      const { metrics } = first as RunEvent & { type: "evaluation" };
      return { number, accuracy: metrics["accuracy"] as number };
    }),
  );
  const on = rungs[0]?.[1] ?? [];
  const least = Math.min(...atRung.filter(({ number }) => on.includes(number)).map((own) => own.accuracy));
  assert.ok(atRung.every(({ number, accuracy }) => on.includes(number) || accuracy <= least));

  const last = (await eventsOf(memberAt(sweep, 1 + ends.indexOf(1)))).at(-1);
  assert.match(
    (last as RunEvent & { type: "stopped" }).reason,
    /^halved at epoch 1: 2 of 6 runs go on, and accuracy 0[\d.]* on validation is not among the best$/,
  );
  const best = memberAt(sweep, 1 + ends.indexOf("completed"));
  const group = await summarizeRun(sweep);
  assert.deepEqual([group?.state, group?.sweep?.best, group?.sweep?.completed], ["completed", best, 6]);

  const alone = await scene(context, {
    folder: it.folder,
    with: { training: { epochs: 5, checkpointEvery: 3 } },
  });
  const rate = (await summarizeRun(best))?.member?.settings["optimizer.learningRate"];
  await succeed(["run", alone.file, "--set", `optimizer.learningRate=${rate}`], inside);
  const single = (await readdir(it.runs)).sort().at(-1) ?? "";
  await assertSameOutcome(best, await outcome(join(it.runs, single)));
});

test("killed while it decides and while a run goes on, a search goes on with the same runs, however many train at once", {
  timeout: 600_000,
}, async (context) => {
  const whole = await searchScene(context, 1);
  await succeed(["run", whole.file, "--json"], { cwd: whole.folder });
  const expected = await sweepAt(whole);

  const it = await searchScene(context, 2);
  const inside = { cwd: it.folder };
  const decides = fated({ signal: "SIGKILL", run: "-[0-9a-f]{3}$", event: { type: "rung" } });
  await distill(["run", it.file], { ...inside, env: decides });
  const sweep = await sweepAt(it);
  assert.equal((await summarizeRun(sweep))?.state, "interrupted");
  const decided = await rungsOf(sweep);
  assert.deepEqual(
    decided.map(([epochs]) => epochs),
    [1],
  );

  const [goesOn = 0] = decided[0]?.[1] ?? [];
  const goes = fated({ signal: "SIGSTOP", run: `-0${goesOn}$`, event: studentStep, nth: 5 });
  await succeed(["resume", "latest", "--detach"], { ...inside, env: goes });
  const trainer = await standing(memberAt(sweep, goesOn));
  const own = await until(() => lockHolder(sweep));
  await Promise.all([kill(own.pid), kill(trainer)]);

  await succeed(["resume", "latest"], inside);
  assert.deepEqual(await rungsOf(sweep), await rungsOf(expected));
  assert.deepEqual(await endsOf(sweep), await endsOf(expected));
  const best = 1 + (await endsOf(expected)).indexOf("completed");
  await assertSameOutcome(memberAt(sweep, best), await outcome(memberAt(expected, best)));
});

test("runs of a search that were deleted are trained again as far as they had come", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context, 1);
  const inside = { cwd: it.folder };
  await succeed(["run", it.file], inside);
  const sweep = await sweepAt(it);
  const ends = await endsOf(sweep);
  for (const end of [1, 3, "completed"] as const) {
    await succeed(["delete", memberAt(sweep, 1 + ends.indexOf(end)), "--yes"], inside);
  }
  const rungs = await rungsOf(sweep);
  await succeed(["resume", sweep], inside);
  assert.equal((await summarizeRun(sweep))?.state, "completed");
  assert.deepEqual(await endsOf(sweep), ends);
  assert.deepEqual(await rungsOf(sweep), rungs, "nothing is decided again");
});

test("a stopped search goes on to the same rung, and a halved run that a person resumes trains to its end", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context, 1);
  const inside = { cwd: it.folder };
  const asks = fated({ signal: "SIGSTOP", run: "-03$", event: studentStep, nth: 4 });
  await succeed(["run", it.file, "--detach"], { ...inside, env: asks });
  const sweep = await sweepAt(it);
  const trainer = await standing(memberAt(sweep, 3));
  await kill(trainer);
  await until(() => lockHolder(sweep) === undefined || undefined);
  assert.deepEqual(await rungsOf(sweep), [], "nothing is decided while a run is missing");
  await succeed(["resume", "latest"], inside);
  const ends = await endsOf(sweep);
  assert.deepEqual(ends.toSorted(), [1, 1, 1, 1, 3, "completed"]);

  const halved = memberAt(sweep, 1 + ends.indexOf(1));
  await succeed(["resume", halved], inside);
  assert.equal((await summarizeRun(halved))?.state, "completed");
  assert.equal(await stepsOf(halved), 40);
});
