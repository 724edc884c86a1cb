import assert from "node:assert/strict";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { latestCheckpoint } from "../../server/runs/checkpoints.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { type Manifest, readManifest } from "../../server/runs/manifest.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { filesIn } from "../support/dataFiles.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { distill, eventsOf, onlyRun, type Scene, type SceneOptions, scene, succeed } from "./support.ts";

/** A run that was killed behind a checkpoint of its student. */
async function killed(context: TestContext, options: SceneOptions = {}): Promise<Killed> {
  const it = await scene(context, options);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await dead(adopt(run));
  const { step } = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  return { ...it, run, step };
}

interface Killed extends Scene {
  readonly run: string;
  /** Of the checkpoint. */
  readonly step: number;
}

const manifestOf = async (run: string): Promise<Manifest> =>
  (await readManifest(runDirectory(run))) ?? assert.fail("no manifest");

const lastOf = async (run: string): Promise<RunEvent> =>
  (await eventsOf(run)).at(-1) ?? assert.fail("no event");

const edit = async (path: string, change: (rows: string[]) => string[]) =>
  writeFile(path, change((await readFile(path, "utf8")).trimEnd().split("\n")).join("\n"));

const reversed = (rows: string[]) => [
  rows[0] ?? "",
  ...rows.slice(1).map((row) => row.replace(/\d$/, (label) => String(2 - Number(label)))),
];

const changes = [
  ["train.csv", reversed, /: other training data: other labels \(SHA-256 \w{12} → \w{12}\)\./],
  ["test.csv", (rows: string[]) => [...rows, ...rows.slice(-1)], /: other test data: 91 samples, not 90 \(/],
  [
    "train.csv",
    ([head = "", , ...rows]: string[]) => [head, "9,9,9,9,9,9,0", ...rows],
    /: other training data: other values \(/,
  ],
  ["train.csv", (rows: string[]) => rows.slice(0, -30), /: other training data: 270 of 300 samples \(/],
] as const;

test("other data after a kill: a resume is refused and changes nothing, goes on when they are accepted, and is marked", {
  timeout: 600_000,
}, async (context) => {
  const it = await killed(context);
  const { run, step, folder } = it;
  const before = await manifestOf(run);
  for (const [file, change, words] of changes) {
    const path = join(folder, file);
    const whole = await readFile(path);
    await edit(path, change);
    const { code, stderr } = await distill(["resume", run]);
    assert.equal(code, 1);
    assert.match(stderr, words);
    assert.match(stderr, /Restore the file, start again with `distill run .*`, or .*--accept-changed-data/);
    const last = await lastOf(run);
    assert.equal(last.type === "failed" && last.code, "changed-data");
    assert.deepEqual(pick(await manifestOf(run)), pick(before));
    if (change !== changes.at(-1)?.[1]) await writeFile(path, whole);
  }

  await succeed(["resume", run, "--accept-changed-data"]);
  const { history = [], data } = await manifestOf(run);
  assert.deepEqual(
    history.map((era) => era.step),
    [0, step],
  );
  assert.deepEqual(history[0], before.history?.[0]);
  assert.deepEqual(history[1]?.data, data);
  assert.notDeepEqual(data, before.data);

  await succeed(["run", it.file]);
  await edit(join(folder, "test.csv"), (rows) => rows.slice(0, -10));
  await succeed(["run", it.file]);
  const [marked = "", second = "", third = ""] = (await readdir(it.runs)).sort();
  // The experiment's teacher learns from the same samples.
  const changed = `from step ${step}: other training data: 270 of 300 samples; other teacher`;
  const differs = "other test data: 80 of 90 samples";
  const say = async (...words: string[]) => (await distill(words, { cwd: folder })).stdout;
  const list = (await say("list")).split("\n");
  const lineOf = (id: string) => list.find((line) => line.startsWith(id)) ?? assert.fail(id);
  assert.match(lineOf(marked), new RegExp(`· ${changed}$`));
  assert.match(lineOf(second), /clusters\.distill\.json$/);
  assert.match(lineOf(third), new RegExp(`· differs from ${second}: ${differs}$`));
  assert.match(await say("show", marked), new RegExp(`^changed +${changed}$`, "m"));
  assert.match(await say("show", third), new RegExp(`^differs +from ${second}: ${differs}$`, "m"));
  assert.match(await say("show", third), /^training data +270 samples · \w{12}$/m);
  const compared = await say("compare", marked, second, third);
  assert.match(compared, /^test data +90 samples · (\w{12}) +90 samples · \1 +80 samples · \w{12}$/m);
  assert.doesNotMatch(compared, /^training data/m);
  assert.match(compared, new RegExp(`^${marked}: ${changed}$`, "m"));
  assert.match(compared, new RegExp(`^${third}: differs from ${marked}: ${differs}$`, "m"));
});

const pick = ({ data, teacher, student, history }: Manifest) => ({ data, teacher, student, history });

test("a file that is put back, and one rewritten with the same content, let a run go on unmarked", {
  timeout: 600_000,
}, async (context) => {
  const { run, folder } = await killed(context);
  const before = await manifestOf(run);
  const path = join(folder, "train.csv");
  const whole = await readFile(path, "utf8");
  await edit(path, reversed);
  assert.equal((await distill(["resume", run])).code, 1);
  await writeFile(path, whole.replaceAll("\n", "\r\n"));
  await succeed(["resume", run]);
  assert.deepEqual(pick(await manifestOf(run)), pick(before));
});

/** Changes the last float in its last digits. */
const flip = async (path: string) => {
  const bytes = await readFile(path);
  bytes[bytes.length - 4] = (bytes.at(-4) ?? 0) ^ 0x40;
  await writeFile(path, bytes);
};

test("a byte of the teacher's file: a resume is refused, and accepted the run says from where it had another teacher", {
  timeout: 600_000,
}, async (context) => {
  const teacher = await scene(context);
  await succeed(["run", teacher.file]);
  const out = join(teacher.folder, "teacher");
  const words = ["export", await onlyRun(teacher), "--format", "tfjs", "--out", out];
  await succeed(words);
  const { run, step } = await killed(context, {
    with: { teacher: { type: "tfjs", path: join(out, "model.json") } },
  });
  const before = await manifestOf(run);
  await flip(join(out, "weights.bin"));
  const damaged = await distill(["resume", run]);
  assert.equal(damaged.code, 1);
  assert.match(
    damaged.stderr,
    /weights\.bin: damaged: .* SHA256SUMS has .* where the change is meant, delete/,
  );
  await rm(join(out, "SHA256SUMS"));
  const { code, stderr } = await distill(["resume", run]);
  assert.equal(code, 1);
  assert.match(stderr, /: other teacher \(SHA-256 \w{12} → \w{12}\)\./);
  assert.deepEqual(pick(await manifestOf(run)), pick(before));
  await succeed(["resume", run, "--accept-changed-data"]);
  const summary = await summarizeRun(run);
  assert.deepEqual(summary?.changed, [`from step ${step}: other teacher`]);
});

test("a byte of the student's starting weights: a resume is refused before its first step is kept, and its student teaches no more", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context);
  await succeed(["run", it.file]);
  const weights = join(it.folder, "start.safetensors");
  await copyFile(join(await onlyRun(it), "best", "weights.safetensors"), weights);
  const base = JSON.parse(await readFile(it.file, "utf8"));
  const write = async (name: string, keys: object) => {
    const path = join(it.folder, `${name}.distill.json`);
    await writeFile(path, JSON.stringify({ ...base, name, ...keys }));
    return path;
  };
  const further = await write("further", {
    student: { ...base.student, weights: "start.safetensors" },
    teacher: { ...base.teacher, train: { epochs: 4 } },
  });
  const dies = (nth: number) => ({ env: fated({ signal: "SIGKILL", event: studentStep, nth }) });
  await succeed(["run", further, "--detach"], dies(1));
  const name = (await readdir(it.runs)).find((id) => id.includes("-further-")) ?? assert.fail();
  const run = join(it.runs, name);
  await dead(adopt(run));
  assert.equal(await latestCheckpoint(run), undefined);
  const before = await manifestOf(run);
  await flip(weights);
  const { code, stderr } = await distill(["resume", run]);
  assert.equal(code, 1);
  assert.match(stderr, /: other starting weights \(SHA-256 \w{12} → \w{12}\)\./);
  assert.deepEqual(pick(await manifestOf(run)), pick(before));

  // Accepted before a step is kept, it is the only beginning; later the run says from where another one counts.
  const accept = ["resume", run, "--accept-changed-data"];
  await succeed([...accept, "--detach"], dies(20));
  await dead(adopt(run));
  const { student, history } = await manifestOf(run);
  assert.notDeepEqual(student, before.student);
  assert.deepEqual(
    history?.map((era) => [era.step, era.student]),
    [[0, student]],
  );
  const { step } = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  await flip(weights);
  await succeed(accept);
  assert.deepEqual((await summarizeRun(run))?.changed, [`from step ${step}: other starting weights`]);

  const experiment = await write("taught", { teacher: { type: "experiment", path: "further.distill.json" } });
  const ask = () => distill(["teacher", experiment, "--out", join(it.folder, "said.npz")]);
  const asked = await ask();
  assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  await flip(weights);
  const refused = await ask();
  assert.equal(refused.code, 1);
  assert.match(
    refused.stdout + refused.stderr,
    /further\.distill\.json has not been trained yet, or not with these/,
  );
});

test("a sweep whose data change refuses the run that was begun and those that were not; accepted, all go on", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { sweep: { parameters: { temperature: [1, 2, 4] } } } });
  // The second one dies behind a checkpoint, the third one before it has learned anything.
  const env = fated({ signal: "SIGKILL", run: "-0[23]$", event: studentStep, nth: 20 });
  assert.equal((await distill(["run", it.file], { env })).code, 1);
  const [sweep = "", , , third = ""] = (await readdir(it.runs)).sort();
  await rm(join(it.runs, third), { recursive: true });
  await edit(join(it.folder, "train.csv"), reversed);
  const refused = await distill(["resume", join(it.runs, sweep)]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /2 of 3 runs did not complete\. .*other training data: other labels/);
  for (const [number, whose] of [
    ["02", "The run"],
    ["03", "The sweep"],
  ]) {
    const last = await lastOf(join(it.runs, `${sweep}-${number}`));
    assert.equal(last.type === "failed" && last.code, "changed-data");
    assert.match(last.type === "failed" ? last.message : "", new RegExp(`^${whose} began with other files`));
    assert.match(
      last.type === "failed" ? (last.hint ?? "") : "",
      new RegExp(`distill resume ${sweep} --accept`),
    );
  }
  await succeed(["resume", join(it.runs, sweep), "--accept-changed-data"]);
  const compared = await distill(["compare", join(it.runs, sweep)]);
  assert.match(compared.stdout, /^\S+-02: differs from \S+-01: other training data: other labels$/m);
  assert.match(compared.stdout, /^\S+-03: differs from \S+-01: other training data: other labels$/m);
  assert.match(compared.stdout, /^run 2 from step \d+: other training data: other labels; other teacher$/m);
});

test("each seed fits a table to training samples of its own, which is no change of data; another cell is", {
  timeout: 600_000,
}, async (context) => {
  // Where row 7 is held back, the column `rare` is the same in all training samples.
  const row = (i: number) => `${i % 6 ? i : ""},${i === 7 ? 1 : 0},${i % 3 ? "flat" : "house"},${i % 2}`;
  const table = (from: number, count: number) =>
    ["size,rare,kind,class", ...Array.from({ length: count }, (_, i) => row(from + i))].join("\n");
  const folder = await filesIn(context, {
    "rows.csv": table(0, 60),
    "more.csv": table(60, 20),
    "e.distill.json": JSON.stringify({
      data: {
        train: { type: "csv", path: "rows.csv", label: "class" },
        validation: { split: 0.4 },
        test: { type: "csv", path: "more.csv", label: "class" },
      },
      student: { preset: "mlp", hidden: [4] },
      losses: [{ type: "ce" }],
      training: { epochs: 1 },
      seeds: [1, 2, 3, 4],
    }),
  });
  const inside = { cwd: folder };
  await succeed(["run", "e.distill.json"], inside);
  const runs = join(folder, ".distill", "runs");
  const [sweep = "", , , , last = ""] = (await readdir(runs)).filter((name) => !name.startsWith(".")).sort();
  const compared = await distill(["compare", sweep], inside);
  assert.match(compared.stdout, /4\/4|seeds/, compared.stderr);
  assert.doesNotMatch(compared.stdout, /differs from/);

  await rm(join(runs, last), { recursive: true });
  await edit(join(folder, "rows.csv"), ([head = "", , ...rows]) => [head, "9,0,house,0", ...rows]);
  const refused = await distill(["resume", sweep], inside);
  assert.match(refused.stderr, /other training data: other values/);
});

test("another number to be predicted is another training sample", { timeout: 600_000 }, async (context) => {
  const table = (first: number) =>
    ["a,b,price", ...Array.from({ length: 60 }, (_, i) => `${i % 7},${i},${i === 0 ? first : i * 3}`)].join(
      "\n",
    );
  const folder = await filesIn(context, {
    "houses.csv": table(1),
    "e.distill.json": JSON.stringify({
      data: { train: { type: "csv", path: "houses.csv", label: "price" }, validation: { split: 0.2 } },
      task: "regression",
      student: { preset: "mlp", hidden: [4] },
      losses: [{ type: "mse" }],
      training: { epochs: 1 },
    }),
  });
  const inside = { cwd: folder };
  await succeed(["run", "e.distill.json"], inside);
  assert.doesNotMatch((await distill(["evaluate", "latest"], inside)).stdout, /data-changed/);
  await writeFile(join(folder, "houses.csv"), table(2));
  assert.match(
    (await distill(["evaluate", "latest"], inside)).stdout,
    /other training data: other labels.*\[data-changed\]/,
  );
});
