import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEventLog } from "../runs/eventLog.ts";
import { createRun } from "../runs/runDirectory.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";

async function printed(command: (terminal: Terminal) => Promise<unknown>): Promise<string> {
  let text = "";
  const stream = { write: (more: string) => (text += more) };
  await command({ out: stream, err: stream } as unknown as Terminal);
  return text;
}

async function emptyFolder(context: TestContext) {
  const runsDirectory = await mkdtemp(join(tmpdir(), "list-"));
  context.after(() => rm(runsDirectory, { recursive: true, force: true }));
  const add = async (id: string, measured: Record<string, number>) => {
    const experimentFile = join(runsDirectory, `${id}.distill.json`);
    const run = await createRun({ runsDirectory, experimentFile, name: id, experiment: { seed: 1 } });
    const log = openEventLog(run.events, () => 1000);
    log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 2 });
    log.append({ type: "evaluation", step: 1, epoch: 1, split: "validation", metrics: measured });
    log.close();
    return run.path;
  };
  return { runsDirectory, add };
}

test("runs are listed by the metric of their task, and those of several tasks each by its own", async (context) => {
  const { runsDirectory, add } = await emptyFolder(context);
  const run = await add("a", { rmse: 0.25, mae: 0.125, r2: 0.5 });
  const listed = () => printed((terminal) => list({ runsDirectory }, terminal));
  assert.match(await listed(), /^run +state +step +rmse +time.*\n.* validation 0\.2500 /);
  assert.match(await printed((terminal) => show(run, {}, terminal)), /^task +regression$/m);
  await add("b", { accuracy: 0.75, nll: 1, ece: 0.5 });
  const both = await listed();
  assert.match(both, /^run +state +step +metric +time/);
  assert.match(both, / rmse, validation 0\.2500 /);
  assert.match(both, / accuracy, validation 75\.00 % /);
});
