import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { identityOf } from "../processIdentity.ts";
import { directoryIdentity } from "./directoryIdentity.ts";
import {
  heartbeatLostMs,
  holderRecord,
  isCopied,
  isHere,
  livingHolder,
  namedHolder,
  readRecord,
} from "./holder.ts";

const { readFileSync } = fs;

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "holder-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** What the kernel says that it counts; an error where it says nothing. */
function counting(context: TestContext, vmstat: string | undefined): void {
  context.after(() => {
    fs.readFileSync = readFileSync;
    syncBuiltinESMExports();
  });
  fs.readFileSync = ((path: string, ...options: []) => {
    if (path !== "/proc/vmstat") return readFileSync(path, ...options);
    if (vmstat === undefined) throw new Error("absent");
    return vmstat;
  }) as typeof fs.readFileSync;
  syncBuiltinESMExports();
}

test("a record names the process, when it started, the machine, the moment, and the directory", async (context) => {
  const run = await folder(context);
  context.mock.timers.enable({ apis: ["Date"], now: 5000 });
  const record = {
    pid: process.pid,
    startTime: identityOf(process.pid)?.startTime,
    host: hostname(),
    since: 5000,
    directory: directoryIdentity(run),
  };
  counting(context, undefined);
  assert.deepEqual(holderRecord(process.pid, run), record);
  counting(context, "pgfault 4\noom_kill 3\n");
  assert.deepEqual(holderRecord(process.pid, run), { ...record, memoryKills: 3 });
  assert.equal(holderRecord(-1, run).startTime, "");
});

test("a record is read up to 64 kB, and what is none names nobody", async (context) => {
  const path = join(await folder(context), "lock");
  assert.deepEqual([readRecord(path), namedHolder(path)], [undefined, undefined]);
  const record = { pid: 7, startTime: "", host: "h", since: 1 };
  await writeFile(path, JSON.stringify(record).padEnd(65_536));
  assert.equal(readRecord(path)?.length, 65_536);
  assert.deepEqual(namedHolder(path), record);
  await writeFile(path, JSON.stringify(record).padEnd(65_537));
  assert.throws(() => readRecord(path), { code: "too-large" });
  await writeFile(path, "[]");
  assert.equal(namedHolder(path), undefined);
});

test("a process of this machine is a holder where the record was written, in none of its copies", async (context) => {
  const [run, copy] = [await folder(context), await folder(context)];
  const holder = holderRecord(process.pid, run);
  const living = (path: string, record: object) => livingHolder(join(path, "lock"), JSON.stringify(record));
  assert.deepEqual(living(run, holder), holder);
  assert.equal(living(copy, holder), undefined);
  assert.equal(living(run, { ...holder, startTime: "boot:1" }), undefined);
  const { directory: _, ...older } = holder;
  assert.deepEqual(living(copy, older), older);
  assert.equal(livingHolder(join(run, "lock"), "{"), undefined);
});

test("a device is compared where the record is of this machine", async (context) => {
  const run = await folder(context);
  const holder = holderRecord(process.pid, run);
  const directory = { ...directoryIdentity(run), device: "another" };
  const is = (record: object) => isCopied(join(run, "lock"), { ...holder, ...record });
  assert.deepEqual(
    [is({}), is({ directory }), is({ directory, host: "elsewhere" }), is({ directory: undefined })],
    [false, true, false, false],
  );
  assert.deepEqual([isHere(holder), isHere({ ...holder, host: "elsewhere" })], [true, false]);
});

test("a process elsewhere is a holder for a minute after the record was touched, by the clock that dates it", async (context) => {
  const path = join(await folder(context), "lock");
  const holder = { pid: 1, startTime: "", host: "elsewhere", since: 1 };
  const lives = (now?: number) => livingHolder(path, JSON.stringify(holder), now) !== undefined;
  assert.equal(lives(), false, "there is no such file");
  await mkdir(path);
  await utimes(path, 1000, 1000);
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  assert.deepEqual(
    [lives(), lives(1_059_999), lives(1_060_000), heartbeatLostMs],
    [true, true, false, 60_000],
  );
});

test("how long it counts as one can be set", () => {
  const script = `import { heartbeatLostMs } from ${JSON.stringify(new URL("./holder.ts", import.meta.url).href)}; process.stdout.write(String(heartbeatLostMs));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, DISTILL_LOCK_STALE_MS: "5" },
    encoding: "utf8",
  });
  assert.equal(stdout, "5");
});
