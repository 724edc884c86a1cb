import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { deleteRun } from "../runs/control.ts";
import { openEventLog } from "../runs/eventLog.ts";
import { listRuns, summarizeRun } from "../runs/list.ts";
import { acquireLock } from "../runs/lock.ts";
import { createRun, type RunDirectory } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { ownRunsFolder } from "../runs/runsFolder.ts";
import { decodeSafetensors } from "../runs/safetensors.ts";
import { createMember } from "../runs/sweep.ts";
import { watchRuns } from "../runs/watch.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import { exportRun } from "./export.ts";
import { list } from "./list.ts";
import { resume } from "./resume.ts";
import { show } from "./show.ts";
import { stop } from "./stop.ts";

/** Run directories that somebody else has made: told in a sentence, and nothing outside of them is touched. */

interface Scene {
  /** Holds the folder of runs, and what is no run. */
  readonly folder: string;
  readonly runs: string;
  readonly run: RunDirectory;
}

const started: NewEvent = { type: "started", runId: "r", mode: "start", step: 0, totalSteps: 9 };
const stopped: NewEvent = { type: "stopped", reason: "SIGTERM", step: 5 };

async function scene(context: TestContext, members?: readonly Readonly<Record<string, unknown>>[]) {
  const folder = await mkdtemp(join(tmpdir(), "hostile-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const runs = join(folder, "runs");
  return { folder, runs, run: await newRun(runs, members) };
}

async function newRun(runs: string, members?: readonly Readonly<Record<string, unknown>>[]) {
  const experimentFile = join(runs, "..", "a.distill.json");
  const run = await createRun({ runsDirectory: runs, experimentFile, name: "a", experiment: {}, members });
  const log = openEventLog(run.events);
  log.append(started);
  log.append(stopped);
  log.close();
  return run;
}

const jsonOf = async (path: string) => JSON.parse(await readFile(path, "utf8"));

const change = async (path: string, values: object) =>
  writeFile(path, JSON.stringify({ ...(await jsonOf(path)), ...values }));

function terminal(): Terminal & { readonly text: () => string } {
  let text = "";
  const stream = {
    write: (more: string) => {
      text += more;
    },
  };
  return { out: stream, err: stream, text: () => text } as unknown as Terminal & {
    readonly text: () => string;
  };
}

/** Each command that takes a run; those that look inside and those that change it. */
const commands: Readonly<Record<string, (run: string, out: Terminal) => Promise<unknown>>> = {
  show: (run, out) => show(run, {}, out),
  compare: (run, out) => compare([run], {}, out),
  resume: (run, out) => resume(run, { detach: true }, out),
  stop: (run, out) => stop(run, {}, out),
  evaluate: (run, out) => evaluate(run, {}, out),
  export: (run, out) => exportRun(run, { format: "onnx", out: `${run}.onnx` }, out),
};

/** The run is one row that says what is wrong, those beside it are listed, and every command is refused in a sentence. */
async function assertTold({ runs, run }: Scene, code: string, message: RegExp): Promise<void> {
  const other = await newRun(runs);
  const out = terminal();
  await list({ runsDirectory: runs }, out);
  const rows = out.text().split("\n");
  assert.equal(rows.filter((row) => row.startsWith(`${run.id} `)).length, 1);
  assert.match(rows.find((row) => row.startsWith(run.id)) ?? "", message);
  assert.ok(rows.find((row) => row.startsWith(run.id))?.endsWith(` [${code}]`));
  assert.match(rows.find((row) => row.startsWith(other.id)) ?? "", / stopped .* 5\/9 /);
  assert.equal((await summarizeRun(run.path))?.code, code);
  for (const [name, command] of Object.entries(commands))
    await assert.rejects(command(run.path, terminal()), (error) => {
      assert.ok(error instanceof RunError, `${name}: ${(error as Error).stack}`);
      assert.equal(error.code, code, name);
      assert.match(error.message, message, name);
      return true;
    });
}

const damages: Readonly<Record<string, readonly [(run: RunDirectory) => Promise<unknown>, string, RegExp]>> =
  {
    "a job that is null": [
      ({ job }) => writeFile(job, "null"),
      "damaged",
      /job\.json is damaged: it is null; expected object\./,
    ],
    "a job whose members are a number": [
      ({ job }) => change(job, { members: 5 }),
      "damaged",
      /members is 5; expected array/,
    ],
    "a job cut short": [
      ({ job }) => writeFile(job, '{"mode": "st'),
      "damaged",
      /job\.json .* it is not JSON/,
    ],
    "a job of zeros": [
      ({ job }) => writeFile(job, "\0".repeat(400)),
      "damaged",
      /job\.json .* it is not JSON/,
    ],
    "a job that is gone": [({ job }) => rm(job), "damaged", /job\.json is damaged: it is missing/],
    "a start at no time": [
      ({ job }) => change(job, { askedAt: 1e300 }),
      "damaged",
      /askedAt is 1e\+300; expected a number <= 8640000000000000/,
    ],
    "a job nested a million deep": [
      ({ job }) => writeFile(job, `{"overrides": ${"[".repeat(1e6)}${"]".repeat(1e6)}}`),
      "damaged",
      /job\.json .* nested more than 500 deep/,
    ],
    "an empty manifest": [
      ({ manifest }) => writeFile(manifest, ""),
      "damaged",
      /manifest\.json is damaged: it is empty/,
    ],
    "a manifest whose history is a text": [
      ({ manifest }) => writeFile(manifest, '{"history": "long"}'),
      "damaged",
      /manifest\.json .* history is "long"; expected array/,
    ],
    "an experiment that is null": [
      ({ experiment }) => writeFile(experiment, "null"),
      "damaged",
      /experiment\.json is damaged: it is null; expected object/,
    ],
    "a pipe in place of a job": [
      async ({ job }) => {
        await rm(job);
        execFileSync("mkfifo", [job]);
      },
      "not-a-file",
      /job\.json is not a file/,
    ],
    "a pipe in place of a log": [
      async ({ events }) => {
        await rm(events);
        execFileSync("mkfifo", [events]);
      },
      "not-a-file",
      /events\.jsonl is not a file/,
    ],
    "a lock that is a folder": [({ path }) => mkdir(join(path, "lock")), "not-a-file", /lock is not a file/],
  };

for (const [what, [damage, code, message]] of Object.entries(damages))
  test(`${what} is one row that says so, and no command does more`, async (context) => {
    const it = await scene(context);
    await damage(it.run);
    await assertTold(it, code, message);
  });

test("a sweep that names itself, two that name each other, and one that names a run of another, are told", async (context) => {
  const it = await scene(context, [{}]);
  await change(it.run.job, { members: [{ runId: it.run.id, settings: {} }] });
  await assertTold(it, "damaged", /job\.json is damaged: its members name .*, which is no run of this sweep/);
  const other = await newRun(it.runs, [{}]);
  for (const [one, two] of [
    [it.run, other],
    [other, it.run],
  ] as const)
    await change(one.job, { members: [{ runId: two.id, settings: {} }] });
  await assertTold(it, "damaged", /which is no run of this sweep/);
  await change(it.run.job, { members: [{ runId: (await newRun(it.runs)).id, settings: {} }] });
  await assertTold(it, "damaged", /which is no run of this sweep/);
});

for (const runId of ["../victim", "..", ".", "a/../../victim", "/etc", "..\\victim", "C:victim", "", "a\0b"])
  test(`a member called ${JSON.stringify(runId)} leads nowhere: not to be removed, not to be trained`, async (context) => {
    const it = await scene(context, [{}]);
    const victim = join(it.folder, "victim");
    await mkdir(victim);
    await writeFile(join(victim, "thesis.txt"), "years");
    await change(it.run.job, { members: [{ runId, settings: {} }] });
    await assertTold(it, "damaged", /members\[0\]\.runId is .*; expected the name of a folder/);
    await deleteRun(it.run.path);
    assert.equal(await readFile(join(victim, "thesis.txt"), "utf8"), "years");
    assert.deepEqual([existsSync(it.run.path), existsSync(it.runs)], [false, true]);
  });

test("deleting a sweep removes the runs that name it, and none that it names without", async (context) => {
  const it = await scene(context, [{ seed: 1 }, { seed: 2 }]);
  const job = await jsonOf(it.run.job);
  const [member, second] = job.members;
  const own = await createMember(it.run, job, { member, experiment: {}, isTestWithheld: false });
  const foreign = await newRun(it.runs);
  await change(it.run.job, { members: [member, { runId: foreign.id, settings: {} }, second] });
  await deleteRun(it.run.path);
  assert.deepEqual(
    [it.run, own, foreign].map(({ path }) => existsSync(path)),
    [false, false, true],
  );
});

test("a damaged run is removed, its lock respected and its sweep's other runs left", async (context) => {
  const it = await scene(context, [{ seed: 1 }]);
  const job = await jsonOf(it.run.job);
  const member = { member: job.members[0], experiment: {}, isTestWithheld: false };
  const own = await createMember(it.run, job, member);
  await writeFile(it.run.job, "null");
  const lock = acquireLock(it.run.path);
  await assert.rejects(deleteRun(it.run.path), { code: "locked" });
  lock.release();
  await deleteRun(it.run.path);
  assert.deepEqual([existsSync(it.run.path), existsSync(own.path)], [false, true]);
  await writeFile(own.job, "{");
  await deleteRun(own.path);
  assert.equal(existsSync(own.path), false);
});

test("a folder that is not called as runs are is removed only where its job.json says that it is one", async (context) => {
  const { folder, run } = await scene(context);
  for (const text of ["{}", "null", '{"mode": "start"}', '{"name": "package", "format": 2}']) {
    await writeFile(join(folder, "job.json"), text);
    await assert.rejects(deleteRun(folder), { name: "RunError", code: "damaged" });
  }
  await rm(join(folder, "job.json"));
  await assert.rejects(deleteRun(folder), { code: "not-a-run" });
  assert.ok(existsSync(run.path));
});

const secret = "not a run's\n";

for (const name of [
  "events.jsonl",
  "events.jsonl.reserve",
  "lock",
  "trainer.pid",
  "trainer.log",
  "job.json",
  "manifest.json",
  "experiment.json",
])
  test(`a link in place of ${name} is refused by whoever reads or writes it, again and again`, async (context) => {
    const it = await scene(context);
    const victim = join(it.folder, "victim");
    const path = join(it.run.path, name);
    // A run's own file for those that are read: the link is refused, not what it leads to.
    const content = await readFile(path, "utf8").catch(() => secret);
    await writeFile(victim, content);
    await rm(path, { force: true });
    await symlink(victim, path);
    for (const _ of [1, 2])
      await assert.rejects(resume(it.run.path, { detach: true }, terminal()), {
        name: "RunError",
        code: "link",
        message: new RegExp(`${name} is a symbolic link`),
      });
    for (const write of [() => openEventLog(it.run.events).close()])
      try {
        write();
      } catch (error) {
        assert.ok(error instanceof RunError);
      }
    assert.equal(await readFile(victim, "utf8"), content);
  });

for (const name of ["best", "final", "checkpoints", "teacher", "studentAlone/checkpoints"])
  test(`a link in place of the folder ${name} is refused`, async (context) => {
    const it = await scene(context);
    const victim = join(it.folder, "victim");
    await mkdir(victim);
    await mkdir(join(it.run.path, name, ".."), { recursive: true });
    await symlink(victim, join(it.run.path, name));
    for (const [what, command] of Object.entries(commands))
      await assert.rejects(command(it.run.path, terminal()), { name: "RunError", code: "link" }, what);
    // It holds nothing that a list reads, and is removed without what it leads to.
    assert.equal((await summarizeRun(it.run.path))?.state, "stopped");
    await writeFile(join(victim, "thesis.txt"), "years");
    await deleteRun(it.run.path);
    assert.equal(await readFile(join(victim, "thesis.txt"), "utf8"), "years");
  });

test("a run directory that is a link is refused, as is one through which a sweep would be trained", async (context) => {
  const it = await scene(context);
  const away = join(it.folder, "away");
  await rename(it.run.path, away);
  await symlink(away, it.run.path);
  await assertTold(it, "link", new RegExp(`${basename(it.run.path)} is a symbolic link`));
  await assert.rejects(deleteRun(it.run.path), { code: "link" });
  assert.ok(existsSync(join(away, "job.json")));

  const sweep = await newRun(it.runs, [{}]);
  const job = await jsonOf(sweep.job);
  const victim = join(it.folder, "victim");
  await mkdir(victim);
  await symlink(victim, join(it.runs, job.members[0].runId));
  const made = createMember(sweep, job, { member: job.members[0], experiment: {}, isTestWithheld: false });
  await assert.rejects(made, { code: "link" });
  assert.equal(existsSync(join(victim, "job.json")), false);
});

test("a log whose last whole line is no event goes on behind it", async (context) => {
  const it = await scene(context);
  for (const line of [
    '{"type":"stopped"}',
    '{"seq":"7","time":1,"type":"stopped","reason":"r","step":1}',
    '{"seq":2,"time":1,"type":"completed"}',
    '{"seq":2,"time":1e99,"type":"stopped","reason":"r","step":1}',
    '{"seq":9007199254740991,"time":1,"type":"prophecy"}',
    "null",
    `{"seq":2,"time":1,"type":"prophecy","deep":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  ]) {
    const run = await newRun(it.runs);
    await appendFile(run.events, `${line}\n`);
    const [summary] = (await listRuns(it.runs)).filter(({ id }) => id === run.id);
    assert.deepEqual([summary?.state, summary?.step], ["stopped", 5], line);
    assert.match(summary?.warnings?.[0]?.message ?? "", /^events\.jsonl: line 3 is damaged/, line);
    const log = openEventLog(run.events);
    assert.equal(log.nextSeq, 3, line);
    log.close();
  }
});

for (const linked of [".distill", ".distill/runs"])
  test(`no run is made through a link ${linked}, and one goes where a person says`, async (context) => {
    const { folder } = await scene(context);
    const [base, victim] = [join(folder, "base"), join(folder, "victim")];
    await mkdir(victim);
    await mkdir(join(base, linked, ".."), { recursive: true });
    await symlink(victim, join(base, linked));
    for (const _ of [1, 2])
      assert.throws(() => ownRunsFolder(base), {
        name: "RunError",
        code: "link",
        message: `${join(base, linked)} is a symbolic link, so new runs would be written somewhere else.`,
      });
    assert.deepEqual(await readdir(victim), []);
    await rm(join(base, linked));
    assert.equal(ownRunsFolder(base), join(base, ".distill/runs"));
  });

test("links that lead in a circle end neither a watcher of runs nor a look at them", async (context) => {
  const it = await scene(context);
  await rm(it.run.events);
  await symlink(it.run.events, it.run.events);
  const circle = join(it.folder, "circle");
  await symlink(circle, circle);
  for (const folder of [it.runs, circle]) watchRuns(folder, () => {}).close();
  await assertTold(it, "link", /events\.jsonl is a symbolic link/);
});

test("a tensor whose dtype is no text, or a name that every object has, is told", () => {
  for (const dtype of [undefined, null, 5, { toString: 1 }, "__proto__", "constructor", "toString"]) {
    const header = Buffer.from(JSON.stringify({ a: { dtype, shape: [0], data_offsets: [0, 0] } }));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(header.length));
    assert.throws(() => decodeSafetensors(Buffer.concat([size, header]), "w"), {
      code: "damaged",
      message: /^w is not a whole safetensors file: tensor a has (no dtype|dtype \w+), expected one of F32/,
    });
  }
});
