import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEventLog } from "../runs/eventLog.ts";
import { createRun } from "../runs/runDirectory.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { deleteRuns } from "./delete.ts";
import { list } from "./list.ts";
import { annotate } from "./note.ts";
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

test("a folder that is no run has no note, and is not offered for deletion; a damaged run is and has", async (context) => {
  const { runsDirectory, add } = await emptyFolder(context);
  const noted = (path: string) => printed((terminal) => annotate(path, undefined, {}, terminal));
  const offered = (path: string) => printed((terminal) => deleteRuns([path], {}, terminal));
  await assert.rejects(noted(runsDirectory), { code: "not-a-run" });
  await assert.rejects(offered(runsDirectory), { code: "not-a-run" });
  const run = await add("a", { accuracy: 0.75, nll: 1, ece: 0.5 });
  await printed((terminal) => annotate(run, "keep it", {}, terminal));
  await writeFile(join(run, "job.json"), "{");
  assert.equal(await noted(run), "keep it\n");
  assert.match(await offered(run), /, unreadable\nNothing is deleted/);
});

test("a note and tags are kept with their run and listed; what is not theirs is reported and stays", async (context) => {
  const { runsDirectory, add } = await emptyFolder(context);
  const run = await add("a", { accuracy: 0.75, nll: 1, ece: 0.5 });
  const note = (text: string | undefined, options = {}) =>
    printed((terminal) => annotate(run, text, options, terminal));
  const listed = () => printed((terminal) => list({ runsDirectory }, terminal));
  assert.equal(await note(undefined), "There is no note on this run.\n");
  assert.equal(
    await note("halved\u001b[2J the rate", { tag: ["keep", "odd"] }),
    "#keep #odd halved\\u001b[2J the rate\n",
  );
  assert.equal(await note(undefined, { untag: ["odd"], tag: ["keep"] }), "#keep halved\\u001b[2J the rate\n");
  assert.match(await listed(), /#keep {2}· “halved/);
  assert.equal(await note("", { untag: ["keep"] }), "There is no note on this run.\n");
  await assert.rejects(note("x".repeat(10_001)), { code: "too-long" });
  await assert.rejects(note(undefined, { tag: ["slow", "wide, deep"] }), {
    code: "tag-comma",
    message:
      'The tag "wide, deep" has a comma, which stands between tags where they are written in one line.',
  });
  assert.equal(await note(undefined), "There is no note on this run.\n", "nothing is written");
  const file = join(run, "notes.json");
  await writeFile(file, '{ "tags": ["old, wide"] }');
  assert.equal(
    await note("kept", { tag: ["new"] }),
    "#old, wide #new kept\n",
    "one of an earlier version stays",
  );
  await writeFile(file, '{ "tags": ["a", 1] }');
  assert.match(await listed(), /notes\.json is damaged: tags\[1\] is 1; expected string/);
  await assert.rejects(note("over it"), { code: "damaged" });
  await rm(file);
  await symlink(join(runsDirectory, "elsewhere"), file);
  assert.match(await listed(), /notes\.json is a symbolic link/);
  await assert.rejects(note("through it"), { code: "link" });
});
