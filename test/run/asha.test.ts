import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { fated, studentStep } from "./fate.ts";
import { kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, eventsOf, type Scene, scene, succeed, until } from "./support.ts";

/** Four runs, of which half of those that have come to a rung go on, after 1, 2 and 4 epochs; the whole training is five. */
const searchScene = (context: TestContext, jobs: number) =>
  scene(context, {
    with: {
      jobs,
      training: { epochs: 5, checkpointEvery: 3 },
      sweep: {
        parameters: { "optimizer.learningRate": { min: 1e-5, max: 0.05, log: true } },
        method: "asha",
        runs: 4,
        eta: 2,
      },
    },
  });

const sweepAt = async ({ runs }: Scene): Promise<string> =>
  join(runs, (await readdir(runs)).find((name) => !/^\.|-\d\d$/.test(name)) ?? assert.fail("no sweep"));

const memberAt = (sweep: string, number: number): string => `${sweep}-0${number}`;
const numbers = [1, 2, 3, 4];

/** Where each run has ended: with its rung, or "completed". */
const endsOf = (sweep: string) =>
  Promise.all(
    numbers.map(async (number) => {
      const { state, member } = (await summarizeRun(memberAt(sweep, number))) ?? assert.fail("no run");
      return member?.halved ? member.rung : state;
    }),
  );

/** Who went on from which rung, of how many that had come there. */
const rungsOf = async (sweep: string) =>
  (await eventsOf(sweep)).flatMap((event) =>
    event.type === "rung" ? [{ epochs: event.epochs, runs: event.runs, reached: event.reached }] : [],
  );

test("a run goes on before others have begun, and bits are those of the run alone", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context, 1);
  const inside = { cwd: it.folder };
  const queued = await distill(["run", it.file, "--executor", "slurm"], inside);
  assert.equal(queued.code, 2);
  assert.match(queued.stderr, /\.json:\d+:\d+: sweep-queued `asha` goes on with each run as soon as it may/m);
  const { stdout } = await succeed(["run", it.file], inside);
  const sweep = await sweepAt(it);
  const order = (await eventsOf(sweep)).flatMap((event): readonly (string | number)[] =>
    event.type === "rung" ? ["on"] : event.type === "member" && !event.test ? [event.index] : [],
  );
  assert.deepEqual(order.slice(0, 3), [1, 2, "on"]);
  assert.ok(order[3] === 1 || order[3] === 2, `one goes on before the third begins: ${order}`);
  const rungs = await rungsOf(sweep);
  assert.deepEqual([rungs[0]?.epochs, rungs[0]?.reached], [1, 2]);
  assert.match(stdout, /^epoch 1: run \d goes on, of 2 that have come so far$/m);
  const ends = await endsOf(sweep);
  assert.ok(ends.includes("completed") && ends.includes(1), `${ends}`);
  const [best = ""] = [(await summarizeRun(sweep))?.sweep?.best];
  assert.equal((await summarizeRun(sweep))?.state, "completed");

  const alone = await scene(context, {
    folder: it.folder,
    with: { training: { epochs: 5, checkpointEvery: 3 } },
  });
  const rate = (await summarizeRun(best))?.member?.settings["optimizer.learningRate"];
  const set = `optimizer.learningRate=${rate}`;
  await succeed(["run", alone.file, "--set", set], inside);
  await assertSameOutcome(best, await outcome(join(it.runs, (await readdir(it.runs)).sort().at(-1) ?? "")));
});

test("killed while it decides and while a run goes on, with two at a time, it goes on by what was logged", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context, 2);
  const inside = { cwd: it.folder };
  const decides = fated({ signal: "SIGKILL", run: "-[0-9a-f]{3}$", event: { type: "rung" } });
  await distill(["run", it.file], { ...inside, env: decides });
  const sweep = await sweepAt(it);
  assert.equal((await summarizeRun(sweep))?.state, "interrupted");
  const decided = await rungsOf(sweep);
  assert.equal(decided.length, 1);
  const goesOn = Number(decided[0]?.runs[0]?.slice(-2));
  const goes = fated({ signal: "SIGSTOP", run: `-0${goesOn}$`, event: studentStep, nth: 5 });
  await succeed(["resume", "latest", "--detach"], { ...inside, env: goes });
  const trainer = await standing(memberAt(sweep, goesOn));
  const own = await until(() => lockHolder(sweep));
  await Promise.all([kill(own.pid), kill(trainer)]);
  const before = await rungsOf(sweep);

  await succeed(["resume", "latest"], inside);
  const after = await rungsOf(sweep);
  assert.deepEqual(after.slice(0, before.length), before);
  const words = after.flatMap(({ epochs, runs }) => runs.map((run) => `${epochs} ${run}`));
  assert.equal(new Set(words).size, words.length, "nothing is decided twice");
  const ends = await endsOf(sweep);
  assert.ok(
    ends.includes("completed") && ends.every((end) => end === "completed" || Number(end) > 0),
    `${ends}`,
  );
  assert.equal((await summarizeRun(sweep))?.state, "completed");
});
