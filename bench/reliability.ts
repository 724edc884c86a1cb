/**
 * Kills trainers at random moments and makes them stand still, resumes them, and holds what comes out to an undisturbed run,
 * bit for bit. What was done is added to bench/reliability.json.
 *
 *     node bench/reliability.ts [--kills 20] [--stops 5] [--engine onnxruntime]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { summarizeRun } from "../server/runs/list.ts";
import { runDirectory } from "../server/runs/runDirectory.ts";
import { adopt, dead, goOn, kill, reborn } from "../test/run/lives.ts";
import { assertSameOutcome, outcome } from "../test/run/outcome.ts";
import { distill, onlyRun, scene } from "../test/run/support.ts";
import { signal } from "../test/support/signal.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    stops: { type: "string", default: "5" },
    engine: { type: "string", default: "onnxruntime" },
  },
});
const wanted = { kills: Number(values.kills), stops: Number(values.stops) };
const results = new URL("reliability.json", import.meta.url);
/** Longer than a trainer takes to start, so that kills fall on all that it does. */
const longestLifeMs = 1500;

const experiment = {
  engine: values.engine,
  training: { steps: 900, evaluateEvery: 40, checkpointEvery: 16 },
  baselines: { studentAlone: true },
};
const folder = await mkdtemp(join(tmpdir(), "reliability-"));
try {
  const nobody = { after() {} } as never;
  const made = async (name: string) => {
    const path = join(folder, name);
    await mkdir(path);
    return scene(nobody, { folder: path, with: experiment });
  };
  const whole = await made("whole");
  const words = (file: string) => ["run", file, "--set", "data.augment=[]"];
  await distill([...words(whole.file), "--json"]);
  const expected = await outcome(await onlyRun(whole));
  const done = { kills: 0, stops: 0, runs: 0 };
  while (done.kills < wanted.kills || done.stops < wanted.stops) {
    const broken = await made(`broken-${done.runs}`);
    await distill([...words(broken.file), "--detach"]);
    const run = runDirectory(await onlyRun(broken));
    let life = adopt(run.path);
    for (;;) {
      await sleep(Math.random() * longestLifeMs);
      if (done.stops < wanted.stops && (await summarizeRun(run.path))?.state === "running") {
        signal(life, "SIGSTOP");
        await sleep(Math.random() * 200);
        goOn(life);
        done.stops += 1;
      }
      if (done.kills < wanted.kills && (await summarizeRun(run.path))?.state === "running") {
        await kill(life);
        if ((await summarizeRun(run.path))?.state === "interrupted") done.kills += 1;
      } else await dead(life);
      if ((await summarizeRun(run.path))?.state === "completed") break;
      life = await reborn(run);
    }
    await assertSameOutcome(run.path, expected);
    done.runs += 1;
    await rm(broken.folder, { recursive: true, force: true });
  }
  const before = JSON.parse(await readFile(results, "utf8").catch(() => "{}")) as Record<string, typeof done>;
  const sum = before[values.engine] ?? { kills: 0, stops: 0, runs: 0 };
  for (const key of ["kills", "stops", "runs"] as const) sum[key] += done[key];
  await writeFile(results, `${JSON.stringify({ ...before, [values.engine]: sum }, null, 2)}\n`);
  console.log(JSON.stringify({ [values.engine]: done }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
