import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { cachedOutputs, dyingShard } from "../run/shards.ts";
import { distill, scene, succeed, until } from "../run/support.ts";
import { startCluster } from "./cluster.ts";

const folder = await mkdtemp(join(tmpdir(), "slurm-"));
const cluster = await startCluster(folder);
after(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("parts of a teacher's outputs are a job array, and what dies is computed again, to the bits of one process", {
  timeout: 600_000,
}, async (context) => {
  const source = (path: string) => ({ type: "csv", path, label: "label" });
  const data = { train: source("train.csv"), validation: { split: 0.2 }, batchSize: 16 };
  const here = await scene(context, { with: { data } });
  await succeed(["run", here.file, "--teacher-only"]);
  await succeed(["teacher", here.file, "--shard", "1/1"]);

  const it = await scene(context, { with: { data } });
  const own = { ...cluster.environment, XDG_DATA_HOME: it.folder };
  const fill = async (env: NodeJS.ProcessEnv = own) => {
    const words = ["teacher", it.file, "--shards", "3", "--executor", "slurm"];
    const { code, stdout, stderr } = await distill(words, { env });
    return { code, said: `${stdout}${stderr}` };
  };
  const untrained = await fill();
  assert.deepEqual([untrained.code, /not been trained yet/.test(untrained.said)], [1, true]);
  await succeed(["run", it.file, "--teacher-only"]);

  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=DOWN");
  const first = await fill({ ...own, ...dyingShard("2/3") });
  assert.equal(first.code, 0, first.said);
  assert.match(first.said, /^Parts 1-3 of 3 are job array \d+ of Slurm\.\n/);
  const again = await fill();
  assert.match(again.said, /^Parts 1-3 of 3 are in the queue, or at work\.\n/);
  assert.doesNotMatch(again.said, /job array/);

  const done = () => until(async () => ((await cluster.slurm("squeue", "-h")) === "" ? true : undefined));
  await cluster.slurm("scontrol", "update", "PartitionName=main", "State=UP");
  await done();
  const lost = await fill();
  assert.match(
    lost.said,
    /^Part 2 of 3 has died: Its memory is gone\.\nPart 2 of 3 is job array \d+ of Slurm\./,
  );
  await done();
  assert.deepEqual(await fill(), { code: 0, said: "All 3 parts are in the cache.\n" });
  assert.deepEqual(await cachedOutputs(it), await cachedOutputs(here));
});
