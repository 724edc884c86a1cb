import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { startLanguageServer, uriOf } from "../support/languageServer.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead, goOn, standing } from "./lives.ts";
import { distill, endless, eventsOf, type Scene, scene, succeed, until } from "./support.ts";

const teacher = (path: string) => ({ type: "experiment", path });
const source = (path: string) => ({ type: "csv", path, label: "label" });
const data = {
  train: source("train.csv"),
  validation: { split: 0.2 },
  test: source("test.csv"),
  batchSize: 32,
};

async function write(it: Scene, file: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const experiment = JSON.parse(await readFile(it.file, "utf8"));
  const path = join(it.folder, file);
  await writeFile(path, JSON.stringify({ ...experiment, name: file.split(".")[0], ...changes }, null, 2));
  return path;
}

/** The runs of an experiment, oldest first. */
const runsOf = async ({ runs }: Scene, name: string): Promise<string[]> =>
  (await readdir(runs).catch(() => []))
    .filter((id) => id.includes(`-${name}-`))
    .sort()
    .map((id) => join(runs, id));

const stateOf = async (run: string) => (await summarizeRun(run))?.state;
const weightsOf = (run: string) => readFile(join(run, "final", "weights.safetensors"));

test("the student of another experiment teaches: trained once, found again by content, through kills and stops", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { data } });
  await write(it, "assistant.distill.json", { data: { ...data, normalize: "fit" } });
  const small = await write(it, "small.distill.json", { teacher: teacher("assistant.distill.json") });

  // Killed once it has started the other, it finds that done when it is resumed.
  const early = fated({ run: "-small-", signal: "SIGKILL", event: { type: "progress", phase: "teacher" } });
  await succeed(["run", small, "--detach"], { env: early });
  const [run = ""] = await until(async () =>
    (await runsOf(it, "small")).length > 0 ? runsOf(it, "small") : undefined,
  );
  await dead(adopt(run));
  await succeed(["resume", run]);
  const [assistant = "", ...others] = await runsOf(it, "assistant");
  assert.deepEqual([await stateOf(assistant), others], ["completed", []]);
  assert.match(
    (await distill(["show", run])).stdout,
    /teacher +The student of assistant\.distill\.json, of run \S+-assistant-/,
  );

  // Another run finds it trained, and learns the same; the assistant as a model in a file would teach the same.
  await succeed(["run", small]);
  const [, again = ""] = await runsOf(it, "small");
  assert.deepEqual(await weightsOf(again), await weightsOf(run));
  assert.equal((await runsOf(it, "assistant")).length, 1);
  const own = (await eventsOf(assistant)).findLast(({ type }) => type === "completed");
  const seen = (await eventsOf(again)).findLast(({ type }) => type === "completed");
  assert.ok(own?.type === "completed" && seen?.type === "completed");
  assert.deepEqual(seen.summary.teacher?.["accuracy"], own.summary.test?.["accuracy"]);

  // Other settings of the assistant are another assistant, and a run that began with the first does not go on with it.
  const late = fated({ run: "-small-", signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", small, "--detach"], { env: late });
  const killed = (await until(async () => (await runsOf(it, "small"))[2])) ?? "";
  await dead(adopt(killed));
  await write(it, "assistant.distill.json", { data: { ...data, normalize: "fit" }, seed: 9 });
  assert.match((await distill(["resume", killed])).stderr, /: other teacher \(SHA-256/);
  assert.equal((await runsOf(it, "assistant")).length, 2);

  // A stop is passed on, and both go on from there.
  await write(it, "assistant.distill.json", { data, training: { steps: endless, checkpointEvery: 20 } });
  await succeed(["run", small, "--detach"]);
  const outer = (await until(async () => (await runsOf(it, "small"))[3])) ?? "";
  const inner = (await until(async () => (await runsOf(it, "assistant"))[2])) ?? "";
  await until(async () => ((await eventsOf(inner)).some(({ type }) => type === "step") ? true : undefined));
  await succeed(["stop", outer]);
  for (const path of [outer, inner])
    await until(async () => ((await stateOf(path)) === "stopped" ? true : undefined));
});

test("a network that its own run trained on what is held back here is told, as a teacher, alone and in an ensemble, and as a start", async (context) => {
  const it = await scene(context, { with: { data }, steps: 5 });
  await write(it, "whole.distill.json", { data: { ...data, validation: undefined } });
  const shares = { ...data, validation: undefined, test: { split: 0.2 } };
  for (const [name, spec] of Object.entries({
    alone: teacher("whole.distill.json"),
    both: { type: "ensemble", teachers: [teacher("whole.distill.json"), teacher("whole.distill.json")] },
  })) {
    const file = await write(it, `${name}.distill.json`, { data: shares, teacher: spec });
    const told =
      /test-in-teacher warning: All \d+ test samples are training samples of the teacher, too\..* With the same files, shares and `seed`/;
    const checked = await distill(["check", file]);
    assert.match(checked.stdout, told);
    const { code, stderr } = await distill(["run", file]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, told, "and is not said again by the trainer");
    const events = await eventsOf((await runsOf(it, name))[0] ?? "");
    const warnings = events.filter((event) => event.type === "warning" && event.code === "test-in-teacher");
    assert.equal(warnings.length, 1);
    assert.equal(checked.stdout.match(/test-in-teacher/g)?.length, 1);
  }
  const [whole = ""] = await runsOf(it, "whole");
  const named = `.distill/runs/${basename(whole)}`;
  const byRun = await write(it, "of-run.distill.json", { data: shares, teacher: teacher(named) });
  assert.match((await distill(["check", byRun])).stdout, /test-in-teacher warning: All \d+ test samples/);
  // Of what a run has learned from and is no more nothing is said.
  const rows = await readFile(join(it.folder, "train.csv"), "utf8");
  await writeFile(join(it.folder, "train.csv"), rows.replace(/\n(.*)\n(.*)\n/, "\n$2\n$1\n"));
  assert.doesNotMatch((await distill(["check", byRun])).stdout, /-in-teacher/);
  await writeFile(join(it.folder, "train.csv"), rows);
  for (const [name, student] of Object.entries({
    further: { run: named },
    after: { experiment: "whole.distill.json" },
  })) {
    const file = await write(it, `${name}.distill.json`, { data: shares, student });
    const told =
      /test-in-start warning: All \d+ test samples are training samples of the network that the student starts from, too\./;
    assert.match((await distill(["check", file])).stdout, told);
    await succeed(["run", file]);
    const events = await eventsOf((await runsOf(it, name))[0] ?? "");
    const warnings = events.filter((event) => event.type === "warning" && event.code === "test-in-start");
    assert.equal(warnings.length, 1);
  }
  const same = await write(it, "same.distill.json", { data: shares });
  await succeed(["run", same]);
  const next = await write(it, "next.distill.json", { data: shares, teacher: teacher("same.distill.json") });
  for (const command of ["check", "run"]) {
    const { stdout } = await succeed([command, next]);
    assert.doesNotMatch(stdout, /-in-teacher/, "the same seed holds the same samples back");
  }
});

test("two runs that are started at once have their teacher trained once: one waits for the other, and ends alone when it is stopped", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { data } });
  await write(it, "assistant.distill.json", {});
  const small = await write(it, "small.distill.json", { teacher: teacher("assistant.distill.json") });
  // Neither can end before both have found it.
  const env = fated({ run: "-assistant-", signal: "SIGSTOP", event: studentStep });
  const started = [0, 1].map(() => distill(["run", small, "--detach"], { env }));
  for (const { code, stderr } of await Promise.all(started)) assert.equal(code, 0, stderr);
  const outers = await until(async () => {
    const runs = await runsOf(it, "small");
    return runs.length === 2 ? runs : undefined;
  });
  const said = (run: string) =>
    until(async () => {
      const event = (await eventsOf(run)).find(({ type }) => type === "teacher");
      return event?.type === "teacher" ? event.reading : undefined;
    });
  const words = await Promise.all(outers.map(said));
  const [assistant = "", ...others] = await runsOf(it, "assistant");
  assert.deepEqual(others, []);
  assert.ok(words.includes("The student of assistant.distill.json, which is trained first."), words.join());
  const waiting = words.findIndex((reading) => reading?.includes("is training: this run waits for it"));
  assert.ok(words[waiting]?.includes(basename(assistant)), words.join());

  const trainer = await standing(assistant);
  const [first, second] = waiting === 0 ? outers.toReversed() : outers;
  await succeed(["stop", second ?? ""]);
  await until(async () => ((await stateOf(second ?? "")) === "stopped" ? true : undefined));
  goOn(trainer);
  await until(async () => ((await stateOf(first ?? "")) === "completed" ? true : undefined));
  assert.equal(await stateOf(assistant), "completed");
  await succeed(["resume", second ?? ""]);
  assert.equal((await runsOf(it, "assistant")).length, 1);
  assert.deepEqual(await weightsOf(second ?? ""), await weightsOf(first ?? ""));
  assert.ok(!(await readdir(it.runs)).includes(".starting"));
});

test("experiments that teach each other in a circle, and such as cannot teach, are refused with their names", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { data } });
  const a = await write(it, "a.distill.json", { teacher: teacher("b.distill.json") });
  await write(it, "b.distill.json", {
    teacher: { type: "ensemble", teachers: [teacher("clusters.distill.json"), teacher("./c.distill.json")] },
  });
  await write(it, "c.distill.json", { teacher: teacher("b.distill.json") });
  const self = await write(it, "self.distill.json", { teacher: teacher("self.distill.json") });
  await write(it, "several.distill.json", { seed: undefined, seeds: [1, 2] });
  await write(it, "broken.distill.json", { epohcs: 3 });
  for (const [path, message] of [
    ["b.distill.json", /teacher-circle .* b\.distill\.json → c\.distill\.json → b\.distill\.json\./],
    ["self.distill.json", /teacher-circle .* self\.distill\.json → self\.distill\.json\./],
    ["several.distill.json", /experiment-several several\.distill\.json stands for several runs/],
    ["broken.distill.json", /experiment-invalid broken\.distill\.json cannot be trained: .*"epohcs"/],
    ["assistent.distill.json", /missing-file/],
    ["train.csv", /experiment-invalid|unsupported/],
  ] as const) {
    await write(it, "a.distill.json", { teacher: teacher(path) });
    const { code, stdout, stderr } = await distill(["check", path.startsWith("self") ? self : a]);
    assert.equal(code, 2);
    assert.match(stdout + stderr, message);
  }

  // The editor hears of a circle that is closed in another file, and of its end.
  await write(it, "a.distill.json", { teacher: teacher("c.distill.json") });
  await write(it, "c.distill.json", {});
  const server = await startLanguageServer((clean) => context.after(clean));
  const uri = uriOf(a);
  await server.open(uri, await readFile(a, "utf8"));
  const isWrong = (wanted: boolean) =>
    server.diagnostics(uri, 1, (all) => all.some(({ severity }) => severity === 1) === wanted);
  await isWrong(false);
  await write(it, "c.distill.json", { teacher: teacher("a.distill.json") });
  await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "teacher-circle"));
  await write(it, "c.distill.json", {});
  await isWrong(false);
});
