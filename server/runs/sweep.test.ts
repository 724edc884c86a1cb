import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRun, readJob, writeJob } from "./runDirectory.ts";
import { trainedExperiment } from "./runExperiment.ts";
import { createMember, membersAt } from "./sweep.ts";

async function sweepOf(context: TestContext, members?: readonly object[]) {
  const folder = await mkdtemp(join(tmpdir(), "sweep-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const experimentFile = join(folder, "a.distill.json");
  const experiment = {
    data: { train: { type: "idx", images: "x", labels: "y" } },
    student: { preset: "mlp", hidden: [8] },
  };
  const runsDirectory = join(folder, "runs");
  const sweep = await createRun({
    runsDirectory,
    experimentFile,
    name: "a",
    experiment,
    members: members as readonly Record<string, unknown>[] | undefined,
  });
  const job = await readJob(sweep);
  const make = (at: number) =>
    createMember(sweep, job, {
      member: job.members?.[at] ?? assert.fail(),
      experiment,
      isTestWithheld: false,
    });
  return { sweep, job, make, experiment };
}

test("the runs of a sweep are those that it names and that name it, as far as they have begun and can be read", async (context) => {
  const { sweep, job, make } = await sweepOf(context, [{ alpha: 0.1 }, { alpha: 0.2 }, { alpha: 0.3 }]);
  const ids = () => membersAt(sweep.path).map(({ id }) => id);
  assert.deepEqual(ids(), []);
  const [first, , third] = [await make(0), await make(1), await make(2)];
  const all = (job.members ?? []).map(({ runId }) => runId);
  assert.deepEqual(ids(), all);
  await writeFile(first.job, "{");
  await writeJob(third, { ...(await readJob(third)), sweep: { id: "another", index: 1, settings: {} } });
  assert.deepEqual(ids(), [all[1]]);
  assert.deepEqual(membersAt(third.path), [], "a run by itself has none");
  await writeFile(sweep.job, "{");
  assert.deepEqual(membersAt(sweep.path), [], "a sweep that cannot be read names none");
  await rm(sweep.job);
  assert.deepEqual(membersAt(sweep.path), []);
});

test("a member's job says which it is of which sweep, and takes from the sweep's what a person accepted", async (context) => {
  const { sweep, job, make, experiment } = await sweepOf(context, [{ alpha: 0.1 }, { alpha: 0.2 }]);
  const { askedAt, ...own } = await readJob(await make(1));
  assert.ok(askedAt >= job.askedAt);
  const { format: _, writtenBy: __, ...said } = own;
  assert.deepEqual(said, {
    mode: "start",
    runId: `${sweep.id}-02`,
    name: "a",
    experimentFile: job.experimentFile,
    baseDirectory: job.baseDirectory,
    isApart: true,
    overrides: { alpha: 0.2 },
    sweep: { id: sweep.id, index: 2, settings: { alpha: 0.2 } },
    secondsBefore: 0,
  });
  const member = job.members?.[0] ?? assert.fail();
  const given = { member, experiment, isTestWithheld: true };
  const accepted = await createMember(sweep, { ...job, acceptChangedData: true }, given);
  const { acceptChangedData, test } = await readJob(accepted);
  assert.deepEqual([acceptChangedData, test], [true, "held"]);
  const { members: ___, ...memberless } = job;
  const stray = await createMember(sweep, memberless, given);
  assert.equal(JSON.parse(await readFile(stray.job, "utf8")).sweep.index, 0);
  assert.equal((await trainedExperiment(stray)).training.epochs, 10, "with every default");
});

test("a member that cannot be made is told in a sentence", async (context) => {
  const { sweep, job, make, experiment } = await sweepOf(context, [{ alpha: 0.1 }]);
  const member = { runId: "n".repeat(300), settings: {} };
  await assert.rejects(createMember(sweep, job, { member, experiment, isTestWithheld: false }), {
    code: "io",
    message: /^Could not create \/.*\/n+: ENAMETOOLONG/,
  });
  const path = join(sweep.path, "..", job.members?.[0]?.runId ?? "");
  await mkdir(path);
  assert.equal((await make(0)).path, path, "left half made: made whole");
});
