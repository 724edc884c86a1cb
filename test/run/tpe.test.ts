import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { memberResults } from "../../server/runs/memberResults.ts";
import { readJob, runDirectory } from "../../server/runs/runDirectory.ts";
import { fated, studentStep } from "./fate.ts";
import { kill, standing } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, type Scene, scene, succeed, until } from "./support.ts";

/**
 * Seven combinations, of which three are drawn at random and two at a time proposed; students of at most 70 parameters, and a
 * temperature for those of 4 units or more.
 */
const searchScene = (context: TestContext, more: object = {}) =>
  scene(context, {
    with: {
      jobs: 2,
      training: { epochs: 2 },
      sweep: {
        parameters: {
          "optimizer.learningRate": { min: 1e-5, max: 0.05, log: true },
          "student.layers[0].units": { min: 2, max: 12 },
          temperature: { min: 1, max: 4, integer: false },
        },
        conditions: { temperature: { "student.layers[0].units": { min: 4 } } },
        method: "tpe",
        runs: 7,
        startup: 3,
        budget: { parameters: 70 },
        ...more,
      },
    },
  });

const sweepAt = async ({ runs }: Scene): Promise<string> =>
  join(runs, (await readdir(runs)).find((name) => !/^\.|-\d\d$/.test(name)) ?? assert.fail("no sweep"));

const settingsOf = async (sweep: string): Promise<readonly object[]> =>
  ((await readJob(runDirectory(sweep))).members ?? []).map(({ settings }) => settings);

test("a search proposes runs by those before them, within the budget, and reads the test split of the best alone", {
  timeout: 600_000,
}, async (context) => {
  const it = await searchScene(context);
  const inside = { cwd: it.folder };
  const { stdout } = await succeed(["run", it.file], inside);
  assert.match(stdout, /^sweep \S+: 7 runs$/m);
  assert.match(stdout, /^run 7 of 7: /m);
  const sweep = await sweepAt(it);
  const results = await memberResults(runDirectory(sweep));
  assert.deepEqual(
    results.map(({ runId }) => runId.slice(-3)),
    ["-01", "-02", "-03", "-04", "-05", "-06", "-07"],
  );
  assert.equal(new Set(results.map(({ settings }) => JSON.stringify(settings))).size, 7);
  const units = results.map(({ settings }) => Number(settings["student.layers[0].units"]));
  assert.deepEqual(
    results.map(({ settings }) => "temperature" in settings),
    units.map((count) => count >= 4),
  );
  assert.ok(units.some((count) => count < 4) && units.some((count) => count >= 4), `${units}`);
  // 6 inputs, 3 classes: ten parameters for each unit, and 3.
  assert.ok(results.every(({ summary }) => (summary?.parameters ?? 99) <= 70));
  const group = await summarizeRun(sweep);
  assert.deepEqual([group?.state, group?.sweep?.completed, group?.sweep?.total], ["completed", 7, 7]);
  const read = results.filter(({ summary }) => summary?.metrics["test.accuracy"] !== undefined);
  assert.deepEqual(
    read.map(({ runId }) => runId),
    [group?.sweep?.best?.split("/").at(-1)],
  );
});

test("killed while it names the next runs and while these train, a search goes on with the same ones", {
  timeout: 600_000,
}, async (context) => {
  const whole = await searchScene(context);
  await succeed(["run", whole.file, "--json"], { cwd: whole.folder });
  const expected = await sweepAt(whole);

  const it = await searchScene(context);
  const inside = { cwd: it.folder };
  const names = fated({ signal: "SIGKILL", run: "-[0-9a-f]{3}$", opens: "-[0-9a-f]{3}/\\.job\\.json\\." });
  await distill(["run", it.file], { ...inside, env: names });
  const sweep = await sweepAt(it);
  assert.equal((await summarizeRun(sweep))?.state, "interrupted");
  assert.equal((await settingsOf(sweep)).length, 3, "killed before it has named the fourth");
  assert.deepEqual(
    [(await summarizeRun(sweep))?.sweep?.total, (await summarizeRun(sweep))?.sweep?.completed],
    [7, 3],
  );

  const trains = fated({ signal: "SIGSTOP", run: "-04$", event: studentStep, nth: 3 });
  await succeed(["resume", "latest", "--detach"], { ...inside, env: trains });
  const trainer = await standing(`${sweep}-04`);
  const own = await until(() => lockHolder(sweep));
  await Promise.all([kill(own.pid), kill(trainer)]);
  await succeed(["resume", sweep], inside);
  assert.deepEqual(await settingsOf(sweep), await settingsOf(expected));
  for (const number of [4, 7])
    await assertSameOutcome(`${sweep}-0${number}`, await outcome(`${expected}-0${number}`));
});

test("a search ends where no combination is left, and the seeds of one are proposed together", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    with: {
      jobs: 1,
      seed: undefined,
      seeds: [1, 2],
      training: { epochs: 1 },
      sweep: {
        parameters: { "student.layers[0].units": [2, 4, 90], temperature: [1, 4] },
        method: "tpe",
        runs: 6,
        startup: 1,
        budget: { bytes: 2000 },
      },
    },
  });
  await succeed(["run", it.file], { cwd: it.folder });
  const sweep = await sweepAt(it);
  const settings = (await settingsOf(sweep)) as readonly Record<string, number>[];
  const words = settings.map((own) =>
    [own["student.layers[0].units"], own["temperature"], own["seed"]].join(),
  );
  assert.deepEqual(words.toSorted(), [
    "2,1,1",
    "2,1,2",
    "2,4,1",
    "2,4,2",
    "4,1,1",
    "4,1,2",
    "4,4,1",
    "4,4,2",
  ]);
  assert.ok(words.every((word, index) => word.endsWith(index % 2 === 0 ? ",1" : ",2")));
  assert.deepEqual(
    [(await summarizeRun(sweep))?.state, (await summarizeRun(sweep))?.sweep?.total],
    ["completed", 8],
  );
});
