import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { packageRoot } from "../packageRoot.ts";
import { userFolder } from "../userFolder.ts";
import { slurmSettings } from "./slurmSettings.ts";

/** With this content of executors.json; undefined: there is none. */
async function given(context: TestContext, content: unknown): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "settings-"));
  const before = { ...process.env };
  context.after(async () => {
    process.env = before;
    await rm(home, { recursive: true, force: true });
  });
  // The folder of application data is in one of these, by platform.
  process.env = { ...before, HOME: home, XDG_DATA_HOME: home, LOCALAPPDATA: home };
  const folder = join(userFolder("data"), "distillery");
  await mkdir(folder, { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  if (content !== undefined) await writeFile(join(folder, "executors.json"), text);
}

test("without settings a run has one processor and the cluster's defaults", async (context) => {
  await given(context, undefined);
  assert.deepEqual(await slurmSettings({ runs: true }), {
    options: ["--cpus-per-task=1"],
    cpus: 1,
    secondsToStop: 60,
  });
});

test("settings are options of sbatch; the sweep's own process takes no card and one processor", async (context) => {
  const slurm = {
    partition: "a b",
    time: "2:00:00",
    memory: "4G",
    gres: "gpu:1",
    cpus: 4,
    extra: ["--exclude=n1"],
  };
  await given(context, { slurm });
  const common = ["--partition=a b", "--time=2:00:00", "--mem=4G"];
  assert.deepEqual((await slurmSettings({ runs: true })).options, [
    ...common,
    "--gres=gpu:1",
    "--cpus-per-task=4",
    "--exclude=n1",
  ]);
  assert.deepEqual((await slurmSettings({ runs: false })).options, [
    ...common,
    "--cpus-per-task=1",
    "--exclude=n1",
  ]);
});

test("the settings in docs/cluster.md are options of sbatch", async (context) => {
  const page = await readFile(join(packageRoot(), "docs", "cluster.md"), "utf8");
  const [, block] = /```json\n(.*?)```/s.exec(page) ?? [];
  await given(context, block);
  assert.deepEqual(await slurmSettings({ runs: true }), {
    options: [
      "--partition=gpu",
      "--account=vision",
      "--time=4:00:00",
      "--mem=8G",
      "--gres=gpu:1",
      "--cpus-per-task=2",
      "--exclude=n7",
    ],
    cpus: 2,
    secondsToStop: 120,
  });
});

for (const [slurm, words] of [
  [{ partitoin: "a" }, /slurm\.partitoin .* expected one of partition, /],
  [{ partition: "-p" }, /slurm\.partition .* without a leading dash/],
  [{ account: "a\n--wrap=b" }, /slurm\.account .* one line/],
  [{ cpus: 0 }, /slurm\.cpus .* a whole number above 0/],
  [{ secondsToStop: "60" }, /slurm\.secondsToStop .* a whole number/],
  [{ extra: "--a" }, /slurm\.extra .* a list/],
  [{ extra: ["-p"] }, /slurm\.extra .* options such as/],
  [{ extra: ["--wrap=rm"] }, /slurm\.extra .* that do not say which job/],
] as const)
  test(`refused: ${JSON.stringify(slurm)}`, async (context) => {
    await given(context, { slurm });
    await assert.rejects(slurmSettings({ runs: true }), { code: "executor-settings", message: words });
  });

test("refused: a file that is no JSON", async (context) => {
  await given(context, "{");
  await assert.rejects(slurmSettings({ runs: true }), { code: "executor-settings", message: /is no JSON/ });
});
