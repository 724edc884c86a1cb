import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { ownVersion } from "../packageRoot.ts";
import { openEventLog } from "./eventLog.ts";
import type { Stamp } from "./knownFiles.ts";
import { newReading, type Reading } from "./knownLogs.ts";
import { listRuns } from "./list.ts";
import { acquireLock } from "./lock.ts";
import { unchecked } from "./logCheck.ts";
import { type LogFacts, noFacts } from "./logFacts.ts";
import { createRun, type RunDirectory } from "./runDirectory.ts";
import { type IndexedRun, readIndex, writeIndex } from "./runIndex.ts";
import { noWork } from "./runProgress.ts";

interface Folder {
  readonly path: string;
  readonly index: string;
  readonly runs: readonly RunDirectory[];
}

/** A completed run, one that failed and one that was interrupted, whose logs are long enough for an index. */
async function folder(context: TestContext): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "index-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  const ends: (NewEvent | undefined)[] = [
    {
      type: "completed",
      summary: {
        runId: "r",
        steps: 9,
        epochs: 3,
        seconds: 12,
        engine: "",
        device: "",
        parameters: 10,
        test: { accuracy: 0.75 },
        gain: {
          split: "test",
          samples: 100,
          difference: 0.1,
          interval: [0.05, 0.15],
          mcnemar: { b: 20, c: 10, p: 0.1 },
        },
      },
    },
    { type: "failed", code: "not-finite", message: "The loss is NaN." },
    undefined,
  ];
  const runs: RunDirectory[] = [];
  for (const end of ends) {
    const experimentFile = join(path, "a.distill.json");
    const run = await createRun({ runsDirectory: path, experimentFile, name: "a", experiment: {} });
    const log = openEventLog(run.events);
    log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 9 });
    log.append({ type: "phase", phase: "train", subject: "student" });
    log.append({ type: "warning", code: "long", message: "m".repeat(1 << 19) });
    log.append({ type: "warning", code: "memory-tight", message: "It is tight." });
    log.append({ type: "evaluation", split: "validation", step: 7, epoch: 2, metrics: { accuracy: 0.5 } });
    if (end) log.append(end);
    log.close();
    runs.push(run);
  }
  return { path, index: join(path, ".index.json"), runs };
}

/** A look at a time at which every log has long settled. */
const later = (): Reading => newReading(undefined, Date.now() + 60_000);

async function look({ path }: Folder, reading = later()) {
  const runs = await listRuns(path, new Map(), reading);
  return { runs, bytes: reading.bytes };
}

/** Every place in a JSON value that holds no object, as a path of keys. */
function leaves(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** The JSON value with another one at a path. */
function withAt(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.with(Number(key), withAt(value[Number(key)], rest, to));
  const object = value as Record<string, unknown>;
  return { ...object, [key]: withAt(object[key], rest, to) };
}

test("what was read of a log once is not read again, and says the same", async (context) => {
  const it = await folder(context);
  const first = await look(it);
  assert.ok(first.bytes > 3 << 19);
  assert.deepEqual(
    first.runs.map(({ state }) => state),
    ["interrupted", "failed", "completed"],
  );
  assert.deepEqual(await look(it), { runs: first.runs, bytes: 0 });
  await rm(it.index);
  assert.deepEqual(await look(it), first, "deleted: made anew");
  assert.deepEqual(await look(it), { runs: first.runs, bytes: 0 });
});

test("an index that is not whole, of another version or of another shape says nothing", async (context) => {
  const it = await folder(context);
  const { runs } = await look(it);
  const text = await readFile(it.index, "utf8");
  const good = JSON.parse(text);
  for (const bad of [
    "",
    text.slice(0, -1),
    "null",
    "[]",
    "[".repeat(100_000),
    JSON.stringify({ ...good, index: 0 }),
    JSON.stringify({ ...good, version: "0.0.0" }),
    JSON.stringify({ ...good, runs: [] }),
    JSON.stringify({ ...good, runs: null }),
    JSON.stringify(good).replace('"runs":{', '"runs":{"__proto__":{"facts":1},"toString":7,'),
  ]) {
    await writeFile(it.index, bad);
    assert.deepEqual((await look(it)).runs, runs, bad.slice(0, 60));
  }
});

test("a value of another kind, wherever in an entry, makes the log be read", async (context) => {
  const it = await folder(context);
  const { runs } = await look(it);
  const good = JSON.parse(await readFile(it.index, "utf8"));
  for (const { id } of it.runs) {
    // How far the run was is not taken from the index.
    const places = leaves(good.runs[id]).filter(
      ([first, second]) => !(first === "facts" && second === "work"),
    );
    assert.ok(places.length > 20);
    for (const place of places) {
      // Of a result what a list does not show is not looked at either.
      const isUnused = place[1] === "result" && place[2] !== "seconds" && place[2] !== "gain";
      for (const bad of [{ toString: 1 }, ["x"]]) {
        await writeFile(it.index, JSON.stringify(withAt(good, ["runs", id, ...place], bad)));
        const looked = await look(it);
        assert.deepEqual(looked.runs, runs, place.join("."));
        if (!isUnused) assert.ok(looked.bytes > 0, place.join("."));
      }
    }
  }
});

test("what is said of a log holds only with its size, times and inode", async (context) => {
  const it = await folder(context);
  await look(it);
  const good = JSON.parse(await readFile(it.index, "utf8"));
  const id = it.runs[0]?.id ?? "";
  for (const key of ["size", "modified", "changed", "inode"]) {
    const lie = withAt(good, ["runs", id, "facts", "step"], 4711);
    await writeFile(
      it.index,
      JSON.stringify(withAt(lie, ["runs", id, "stamp", key], good.runs[id].stamp[key] + 1)),
    );
    assert.equal((await look(it)).runs.at(-1)?.step, 9, key);
  }
});

test("what is said of the small files holds only with their stamps, and a damaged one is seen behind the index", async (context) => {
  const it = await folder(context);
  const manifest = { format: 2, warnings: [{ code: "teacher-chance", message: "It guesses." }] };
  const [run] = it.runs;
  assert.ok(run);
  await writeFile(run.manifest, JSON.stringify(manifest));
  await look(it);
  const last = async () => (await look(it)).runs.at(-1);
  const codes = async () => (await last())?.warnings?.map(({ code }) => code);
  const good = JSON.parse(await readFile(it.index, "utf8"));
  const lie = withAt(good, ["runs", run.id, "files", "job", "value", "name"], "from the index");
  await writeFile(it.index, JSON.stringify(lie));
  assert.equal((await last())?.name, "from the index", "a file that bears its stamp is not read");
  for (const key of ["size", "modified", "changed", "inode"]) {
    const place = ["runs", run.id, "files", "job", "stamp", key];
    await writeFile(it.index, JSON.stringify(withAt(lie, place, good.runs[run.id].files.job.stamp[key] + 1)));
    assert.equal((await last())?.name, "a", key);
  }
  assert.deepEqual(await codes(), ["teacher-chance"]);
  await writeFile(run.manifest, JSON.stringify({ ...manifest, warnings: [] }));
  assert.equal(await codes(), undefined);
  await writeFile(run.experiment, "null");
  assert.equal((await last())?.state, "unreadable");
  await writeFile(run.experiment, "{}");
  assert.equal((await last())?.state, "completed");
  await rm(run.job);
  assert.equal((await last())?.state, "unreadable");
});

test("a log that changed without another size or time is read again", async (context) => {
  const it = await folder(context);
  await look(it);
  const [run] = it.runs;
  assert.ok(run);
  const text = await readFile(run.events, "utf8");
  const { mtime } = await stat(run.events);
  await writeFile(run.events, text.replace("It is tight.", "It is Tight."));
  await utimes(run.events, mtime, mtime);
  const damaged = (await look(it)).runs.at(-1)?.warnings?.map(({ message }) => message);
  assert.deepEqual(damaged, ["events.jsonl: line 4 is damaged; 1 event is missing."]);
  assert.deepEqual((await look(it)).runs.at(-1)?.warnings?.[0]?.message, damaged?.[0], "from the index");
  await writeFile(`${run.events}.new`, text);
  await utimes(`${run.events}.new`, mtime, mtime);
  await rename(`${run.events}.new`, run.events);
  assert.equal((await look(it)).runs.at(-1)?.warnings, undefined);
});

test("a run that goes on is read on, and one that is removed leaves the index", async (context) => {
  const it = await folder(context);
  await look(it);
  const [gone, failed, interrupted] = it.runs;
  assert.ok(gone && failed && interrupted);
  const log = openEventLog(failed.events);
  log.append({ type: "started", runId: failed.id, mode: "resume", step: 5, totalSteps: 9 });
  log.append({ type: "stopped", reason: "SIGTERM", step: 8 });
  log.close();
  const lock = acquireLock(interrupted.path);
  await rm(gone.path, { recursive: true });
  const { runs } = await look(it);
  assert.deepEqual(
    runs.map(({ state, step }) => [state, step]),
    [
      ["running", 0],
      ["stopped", 8],
    ],
  );
  assert.deepEqual(Object.keys(JSON.parse(await readFile(it.index, "utf8")).runs), [failed.id]);
  lock.release();
});

test("a log that may change once more within one tick of the clock is not kept", async (context) => {
  const it = await folder(context);
  const [first = assert.fail()] = it.runs;
  // As long after its last change as two seconds, within which it may change again under the same time.
  const { mtimeMs } = await stat(first.events);
  await look(it, newReading(undefined, mtimeMs + 2000));
  await assert.rejects(readFile(it.index), { code: "ENOENT" });
  assert.ok((await look(it)).bytes > 0);
});

test("folders of few and short logs are left alone", async (context) => {
  const it = await folder(context);
  for (const { path } of it.runs.slice(1)) await rm(path, { recursive: true });
  await look(it, newReading(0, Date.now() + 60_000));
  assert.deepEqual((await readdir(it.path)).length, 1);
});

test("a link, a pipe or a folder in the index's place is neither followed nor waited for", async (context) => {
  const it = await folder(context);
  const first = await look(it);
  const elsewhere = join(it.path, ".elsewhere");
  await copyFile(it.index, elsewhere);
  const before = await readFile(elsewhere, "utf8");
  for (const put of [
    () => symlink(elsewhere, it.index),
    () => execFileSync("mkfifo", [it.index]),
    () => mkdir(it.index),
  ]) {
    await rm(it.index, { recursive: true });
    await put();
    assert.deepEqual(await look(it), first);
  }
  assert.equal(await readFile(elsewhere, "utf8"), before);
  // A folder is not replaced: there is no index, and nothing of the attempt is left.
  assert.deepEqual(
    (await readdir(it.path)).filter((name) => name.startsWith(".index")),
    [".index.json"],
  );
});

test("of several who look at the same time each sees the same, and leaves a whole index", async (context) => {
  const it = await folder(context);
  const looks = await Promise.all(Array.from({ length: 8 }, () => look(it)));
  for (const { runs } of looks) assert.deepEqual(runs, looks[0]?.runs);
  assert.equal((await look(it)).bytes, 0);
  assert.deepEqual(
    (await readdir(it.path)).filter((name) => name.startsWith(".")),
    [".index.json"],
  );
});

test("an entry is believed where every value in it is of its kind, and no other is", async (context) => {
  const path = await mkdtemp(join(tmpdir(), "index-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  const index = join(path, ".index.json");
  const stamp: Stamp = { size: 1, modified: 2, changed: 3, inode: 4 };
  const job = {
    mode: "start",
    runId: "r",
    name: "n",
    experimentFile: "/e",
    baseDirectory: "/",
    askedAt: 1,
    secondsBefore: 0,
  } as const;
  const gain = {
    split: "test",
    samples: 100,
    difference: 0.1,
    interval: [0.05, 0.15],
    mcnemar: { b: 20, c: 10, p: 0.1 },
  } as const;
  const result = {
    runId: "r",
    steps: 9,
    epochs: 3,
    seconds: 12,
    engine: "",
    device: "",
    parameters: 10,
    gain,
  };
  const facts: LogFacts = {
    startedAt: 1,
    lastTime: 2,
    phase: "train",
    step: 9,
    epoch: 3,
    totalSteps: 9,
    parameters: 10,
    metrics: { "test.accuracy": 0.5 },
    subject: "student",
    work: noWork(),
    memoryWarning: "Tight.",
    end: { state: "failed", time: 2, message: "m", code: "c", hint: "h" },
    result: result as unknown as NonNullable<LogFacts["result"]>,
  };
  const check = { ...unchecked, end: 7, isDone: true };
  const files = {
    job: { stamp, value: job },
    experiment: stamp,
    manifest: { stamp, value: { engine: "e" } },
  };
  const whole: IndexedRun = { stamp, end: 5, facts, check, files };
  const reread = async (run: unknown) => {
    await writeIndex(path, new Map([["r", run as IndexedRun]]));
    return (await readIndex(path)).get("r");
  };
  assert.deepEqual(await reread(whole), whole);
  assert.deepEqual(await readdir(path), [".index.json"]);
  for (const subject of ["student", "studentAlone", "teacher"])
    assert.ok(await reread(withAt(whole, ["facts", "subject"], subject)));
  for (const state of ["stopped", "failed", "completed"])
    assert.ok(await reread(withAt(whole, ["facts", "end", "state"], state)));
  assert.ok(await reread(withAt(whole, ["facts", "result", "gain", "split"], "validation")));
  assert.ok(await reread(withAt(whole, ["facts", "result", "seconds"], null)));

  const least = { ...noFacts(), work: undefined };
  const bare = { ...whole, facts: least, files: { ...files, manifest: undefined } };
  assert.deepEqual(await reread(bare), {
    ...whole,
    facts: noFacts(),
    files: { job: files.job, experiment: stamp },
  });

  // Of a result what a list does not show is not looked at, how far a run was is not taken.
  const unused = (place: readonly string[]) =>
    place[1] === "work" || (place[1] === "result" && place[2] !== "seconds" && place[2] !== "gain");
  const places = leaves(whole).filter((place) => !unused(place) && place[2] !== "value");
  assert.ok(places.length > 50, `${places.length}`);
  const objects = ["stamp", "facts", "check", "files"].map((key) => [key]);
  const inner = [
    ["facts", "metrics"],
    ["facts", "end"],
    ["facts", "result"],
    ["facts", "result", "gain"],
    ["facts", "result", "gain", "interval"],
    ["facts", "result", "gain", "mcnemar"],
    ["files", "job"],
    ["files", "job", "stamp"],
    ["files", "job", "value"],
    ["files", "experiment"],
    ["files", "manifest"],
    ["files", "manifest", "value"],
  ];
  const kind = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
  for (const place of [...places, ...objects, ...inner]) {
    const was = place.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], whole);
    for (const bad of [null, true, 4, "x", [1], {}]) {
      const isText = typeof was === "string" && typeof bad === "string";
      const isOpen = isText && !["state", "subject", "split"].includes(place.at(-1) ?? "");
      const isNullable = bad === null && place.join() === "facts,result,seconds";
      const isRecord = kind(bad) === "object" && place.join() === "facts,metrics";
      const isManifest = kind(bad) === "object" && place.join() === "files,manifest,value";
      if (
        isOpen ||
        isNullable ||
        isRecord ||
        isManifest ||
        (kind(was) === kind(bad) && !isText && kind(bad) !== "object" && kind(bad) !== "array")
      )
        continue;
      assert.equal(
        await reread(withAt(whole, place, bad)),
        undefined,
        `${place.join(".")} ${JSON.stringify(bad)}`,
      );
    }
  }
  for (const interval of [[], [1], [1, 2, 3], [1, "2"], ["1", 2]])
    assert.equal(await reread(withAt(whole, ["facts", "result", "gain", "interval"], interval)), undefined);
  const optional = [
    "startedAt",
    "lastTime",
    "phase",
    "epoch",
    "totalSteps",
    "parameters",
    "subject",
    "memoryWarning",
    "end",
    "result",
  ];
  for (const key of Object.keys(facts)) {
    const { [key as "step"]: _, ...others } = facts;
    const read = await reread({ ...whole, facts: others });
    assert.equal(read !== undefined, optional.includes(key) || key === "work", key);
  }
  for (const bad of [null, [], 4, "x", [whole]]) assert.equal(await reread(bad), undefined);
  const runs = { r: whole, bad: { ...whole, end: "5" }, none: null };
  for (const [said, ids] of [
    [{ index: 3, version: ownVersion(), runs }, ["r"]],
    [{ index: 4, version: ownVersion(), runs }, []],
    [{ index: 3, version: "0.0.0", runs }, []],
    [{ runs }, []],
    [{ index: 3, version: ownVersion(), runs: [] }, []],
  ] as const) {
    await writeFile(index, JSON.stringify(said));
    assert.deepEqual([...(await readIndex(path)).keys()], ids);
  }
  await writeFile(index, "{");
  assert.deepEqual(await readIndex(path), new Map());
  await writeIndex(path, new Map());
  assert.deepEqual(JSON.parse(await readFile(index, "utf8")), { index: 3, version: ownVersion(), runs: {} });
  await rm(index);
  assert.deepEqual(await readIndex(path), new Map());
});
