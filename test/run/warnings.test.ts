import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import { fated, studentStep } from "./fate.ts";
import { misled } from "./misled.ts";
import { distill, onlyRun, scene, succeed } from "./support.ts";

async function shown(run: string): Promise<RunSummary> {
  const { stdout } = await distill(["show", run, "--json"]);
  return JSON.parse(stdout) as RunSummary;
}

const codesOf = ({ warnings = [] }: RunSummary): string[] => warnings.map(({ code }) => code);

test("what a finished run was warned of is known, however long its log is, and told by every reader", {
  timeout: 600_000,
}, async (context) => {
  const it = await misled(context, { steps: 500 });
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  assert.ok((await stat(join(run, "events.jsonl"))).size > 64 << 10, "more than is read of its ends");
  const summary = await shown(run);
  assert.deepEqual(codesOf(summary), ["teacher-chance", "teacher-worse"]);
  const { stdout } = await distill(["show", run]);
  for (const { message } of summary.warnings ?? []) assert.ok(stdout.includes(message), stdout);
});

test("a student that has learned nothing is told of as soon as the run ends, and by whoever shows it", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { optimizer: { type: "sgd", learningRate: 1e-12 } } });
  const { code, stdout, stderr } = await distill(["run", it.file]);
  assert.equal(code, 0, stderr);
  const [warning, ...others] = (await shown(await onlyRun(it))).warnings ?? [];
  assert.equal(warning?.code, "student-chance");
  assert.match(warning.message, /^The student is right for \d\d\.\d % of 90 test samples; /);
  assert.deepEqual(others, []);
  assert.ok((stdout + stderr).includes(warning.message), stdout + stderr);
  assert.ok((await distill(["show", await onlyRun(it)])).stdout.includes(warning.message));
});

test("a run that was killed has its warnings, and resumed it is warned anew, once, of what still holds", {
  timeout: 600_000,
}, async (context) => {
  const it = await misled(context);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await distill(["run", it.file], { env });
  const run = await onlyRun(it);
  const killed = await shown(run);
  assert.deepEqual([killed.state, codesOf(killed)], ["interrupted", ["teacher-chance"]]);
  await succeed(["resume", run]);
  assert.deepEqual(codesOf(await shown(run)), ["teacher-chance", "teacher-worse"]);
});

test("a teacher that does not know augmented samples is told of with both figures, the same once resumed", {
  timeout: 600_000,
}, async (context) => {
  const { data } = JSON.parse(await readFile((await scene(context)).file, "utf8"));
  const it = await scene(context, {
    with: { data: { ...data, augment: [{ type: "noise", std: 1.5 }] } },
  });
  await distill(["run", it.file], { env: fated({ signal: "SIGKILL", event: studentStep, nth: 20 }) });
  const run = await onlyRun(it);
  const { state, warnings: [warning, ...others] = [] } = await shown(run);
  assert.deepEqual([state, warning?.code, others], ["interrupted", "teacher-augmented", []]);
  const figures =
    /^The teacher is right for (.*) % of 240 training samples, and right for (.*) % of them once/;
  const [plain = 0, augmented = 100] = (figures.exec(warning?.message ?? "") ?? []).slice(1).map(Number);
  assert.ok(plain > 70 && augmented < 55, warning?.message);
  await succeed(["resume", run]);
  const { warnings = [] } = await shown(run);
  assert.deepEqual(
    warnings.filter(({ code }) => code === "teacher-augmented"),
    [warning],
  );
});

test("a sweep says each kind of warning once, and how many of its runs were warned", {
  timeout: 600_000,
}, async (context) => {
  const it = await misled(context, { with: { sweep: { parameters: { temperature: [1, 4] } } } });
  await succeed(["run", it.file]);
  const [sweep = ""] = (await readdir(it.runs)).sort();
  const { warnings = [] } = await shown(join(it.runs, sweep));
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, /\((.*)\)$/.exec(message)?.[1]]),
    [
      ["teacher-chance", "2 of 2 runs"],
      ["teacher-worse", "2 of 2 runs"],
    ],
  );
});
