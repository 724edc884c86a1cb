import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import fs from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import workerThreads from "node:worker_threads";
import { ownHeartbeat } from "../packageRoot.ts";
import { holderRecord, namedHolder } from "./holder.ts";
import { acquireLock, assertLocked, lockHolder } from "./lock.ts";
import type { RunError } from "./runError.ts";

const lockModule = new URL("./lock.ts", import.meta.url).href;

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lock-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("a second trainer is refused with the holder's pid, and let in when the first is done", async (context) => {
  const run = await folder(context);
  const lock = acquireLock(run);
  assert.equal(lockHolder(run)?.pid, process.pid);
  assert.throws(() => acquireLock(run), {
    code: "locked",
    message: new RegExp(`process ${process.pid} holds`),
  });
  lock.release();
  assert.equal(lockHolder(run), undefined);
  const again = acquireLock(run);
  lock.release(); // must not take away what it does not hold any more
  assert.equal(lockHolder(run)?.pid, process.pid);
  again.release();
  assert.deepEqual(await readdir(run), []);
});

test("the lock of a killed trainer is taken over", async (context) => {
  const run = await folder(context);
  const child = spawn(process.execPath, ["--input-type=module", "-e", holding(run)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  assert.equal(lockHolder(run)?.pid, child.pid);
  assert.throws(() => acquireLock(run), { code: "locked" });
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(lockHolder(run), undefined, "a dead holder is no holder");
  acquireLock(run).release();
  assert.deepEqual(await readdir(run), []);
});

test("a pid that is in use again by another process does not hold the lock", async (context) => {
  const run = await folder(context);
  await writeFile(
    join(run, "lock"),
    JSON.stringify({ ...holderRecord(process.pid, run), startTime: "boot:1" }),
  );
  assert.equal(lockHolder(run), undefined);
  acquireLock(run).release();
});

for (const text of ["", "{", "\0\0\0\0", "null", '{"pid":"a"}'])
  test(`a lock that reads ${JSON.stringify(text)}, as after a power cut, is taken over`, async (context) => {
    const run = await folder(context);
    await writeFile(join(run, "lock"), text);
    assert.equal(lockHolder(run), undefined);
    acquireLock(run).release();
  });

test("a process that died while it took the lock over is no obstacle", async (context) => {
  const run = await folder(context);
  const dead = JSON.stringify({ ...holderRecord(process.pid, run), startTime: "boot:1" });
  for (const name of ["lock", "lock.takeover", "lock.takeover.takeover"])
    await writeFile(join(run, name), dead);
  acquireLock(run).release();
  assert.deepEqual(await readdir(run), []);
});

test("a holder on another machine counts as alive while it touches its lock", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  await writeFile(path, JSON.stringify({ ...holderRecord(1, run), host: "elsewhere" }));
  assert.throws(() => acquireLock(run), /process 1 on elsewhere/);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(path, longAgo, longAgo);
  acquireLock(run).release();
});

test("the refusal says who holds which lock since when, and what to do", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  const since = Date.UTC(2026, 0, 2, 3, 4, 5);
  const refused = async (holder: object) => {
    await writeFile(path, JSON.stringify({ ...holderRecord(process.pid, run), since, ...holder }));
    try {
      acquireLock(run);
    } catch (error) {
      const { code, message, hint } = error as { code: string; message: string; hint: string };
      return { code, message, hint };
    }
    return undefined;
  };
  const said = (who: string) => ({
    code: "locked",
    message: `Another trainer is working on this run: ${who} holds ${path} since 2026-01-02T03:04:05.000Z.`,
    hint: "Wait until it ends, or stop it with `distill stop`.",
  });
  assert.deepEqual(await refused({}), said(`process ${process.pid}`));
  assert.deepEqual(await refused({ host: "elsewhere", pid: 1 }), said("process 1 on elsewhere"));
});

test("a lock names its holder, dead or alive, and what it counted", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  assert.equal(namedHolder(path), undefined);
  const dead = { pid: process.pid, startTime: "boot:1", host: "here", since: 7 };
  await writeFile(path, JSON.stringify(dead));
  assert.deepEqual(namedHolder(path), dead);
  await writeFile(path, JSON.stringify({ ...dead, memoryKills: 3 }));
  assert.deepEqual(namedHolder(path), { ...dead, memoryKills: 3 });
  await writeFile(path, JSON.stringify({ ...dead, startTime: 1 }));
  assert.equal(namedHolder(path), undefined);
});

test("a holder on another machine is given up after a minute without a sign of life", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  await writeFile(path, JSON.stringify({ ...holderRecord(1, run), host: "elsewhere" }));
  const touched = 1_000_000;
  await utimes(path, touched / 1000, touched / 1000);
  const livesAfter = (ms: number) => {
    context.mock.timers.enable({ apis: ["Date"], now: touched + ms });
    const holder = lockHolder(run);
    context.mock.timers.reset();
    return holder !== undefined;
  };
  assert.deepEqual([livesAfter(59_999), livesAfter(60_000)], [true, false]);
});

for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EIO"])
  test(`on a file system that answers a link with ${code}`, async (context) => {
    const run = await folder(context);
    const { linkSync } = fs;
    context.after(() => {
      fs.linkSync = linkSync;
      syncBuiltinESMExports();
    });
    fs.linkSync = () => {
      throw Object.assign(new Error(`${code}: link`), { code });
    };
    syncBuiltinESMExports();
    if (code === "EIO") {
      assert.throws(() => acquireLock(run), { name: "RunError", message: /^Could not create .*lock: / });
    } else {
      const lock = acquireLock(run);
      assert.equal(lockHolder(run)?.pid, process.pid);
      assert.throws(() => acquireLock(run), { code: "locked" });
      lock.release();
      const dead = { ...holderRecord(process.pid, run), startTime: "boot:1" };
      await writeFile(join(run, "lock"), JSON.stringify(dead));
      acquireLock(run).release();
    }
    assert.deepEqual(await readdir(run), []);
  });

test("a run whose folder is deleted meanwhile takes no harm from its lock, and hears of it", async (context) => {
  const run = await folder(context);
  const lock = acquireLock(run);
  await rm(run, { recursive: true });
  assert.throws(() => assertLocked(run), { code: "lock-lost", message: /was moved or deleted while/ });
  lock.release();
  assert.equal(lockHolder(run), undefined);
  await mkdir(run);
  const again = acquireLock(run);
  await rm(join(run, "lock"));
  assert.throws(() => assertLocked(run), { code: "lock-lost", message: /lock was removed while/ });
  again.release();
});

test("a lock that came with a copy of its run is nobody's there", async (context) => {
  const [run, copy] = [await folder(context), await folder(context)];
  const lock = acquireLock(run);
  await copyFile(join(run, "lock"), join(copy, "lock"));
  assert.deepEqual([lockHolder(run)?.pid, lockHolder(copy)], [process.pid, undefined]);
  acquireLock(copy).release();
  lock.release();
});

test("a lock that cannot be read is named", async (context) => {
  const run = await folder(context);
  await mkdir(join(run, "lock"));
  assert.throws(() => lockHolder(run), {
    name: "RunError",
    message: /lock is not a file\.$/,
  });
});

test("a lock that another process holds by now is left alone at the release", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  const lock = acquireLock(run);
  const other = JSON.stringify({ ...holderRecord(1, run), host: "elsewhere" });
  await writeFile(path, other);
  lock.release();
  assert.equal(await readFile(path, "utf8"), other);
});

test("a newer attempt of a cluster's job takes the lock from one that lives, an older one does not", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  const held = (job: number, restarts: number) =>
    writeFile(
      path,
      JSON.stringify({
        ...holderRecord(1, run, { attempt: { job, restarts, node: "n1" } }),
        host: "elsewhere",
      }),
    );
  for (const newer of [
    { job: 7, restarts: 1, node: "n2" },
    { job: 8, restarts: 0, node: "n1" },
  ]) {
    await held(7, 0);
    const lock = acquireLock(run, { attempt: newer });
    assert.deepEqual(namedHolder(path)?.attempt, newer);
    lock.release();
  }
  for (const [job, restarts] of [
    [7, 2],
    [8, 0],
  ] as const) {
    await held(job, restarts);
    assert.throws(() => acquireLock(run, { attempt: { job: 7, restarts: 1, node: "n1" } }), {
      code: "locked",
    });
  }
  await held(7, 0);
  assert.throws(() => acquireLock(run), { code: "locked" }, "whoever is in no queue");
});

test("a holder touches its lock until it gives it back, for those on other machines", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  const lock = acquireLock(run);
  const text = await readFile(path, "utf8");
  const longAgo = new Date(0);
  await utimes(path, longAgo, longAgo);
  while ((await stat(path)).mtimeMs === 0) await setImmediate();
  assert.equal(await readFile(path, "utf8"), text, "what stands there is written again");
  lock.release();
});

test("what a run has may be written only while its lock is held, and the loss is told once", async (context) => {
  const run = await folder(context);
  const losses: string[] = [];
  const lock = acquireLock(run, { lost: ({ message }) => losses.push(message) });
  const inside = join(run, "events.jsonl");
  assertLocked(inside);
  await writeFile(join(run, "lock"), JSON.stringify({ ...holderRecord(1, run), host: "elsewhere" }));
  const lost = {
    name: "RunError",
    code: "lock-lost",
    message: /taken over this run: process 1 on elsewhere/,
  };
  assert.throws(() => assertLocked(inside), lost);
  assert.throws(() => assertLocked(inside), lost);
  assertLocked(`${run}-2/events.jsonl`);
  assert.equal(losses.length, 1);
  lock.release();
  assertLocked(inside);
});

test("a dead trainer's lock that somebody else has replaced meanwhile is not taken from them", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  const dead = JSON.stringify({ ...holderRecord(process.pid, run), startTime: "boot:1" });
  const living = JSON.stringify(holderRecord(process.pid, run));
  await writeFile(path, dead);
  // Another takes the lock over between our first look and our own take-over.
  const { linkSync } = fs;
  context.after(() => {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  });
  fs.linkSync = (from, to) => {
    linkSync(from, to);
    if (String(to).endsWith("lock.takeover")) fs.writeFileSync(path, living);
  };
  syncBuiltinESMExports();
  assert.throws(() => acquireLock(run), { code: "locked" });
  assert.equal(await readFile(path, "utf8"), living);
  assert.deepEqual(await readdir(run), ["lock"]);
});

test("a folder that cannot be written is named", {
  skip: process.platform !== "linux" && "uses /proc",
}, () => {
  assert.throws(() => acquireLock("/proc"), { name: "RunError", message: /Could not create \/proc\/lock/ });
});

/** Threads that do nothing by themselves, in place of those that touch locks. */
function idleThreads(context: TestContext) {
  const { Worker } = workerThreads;
  context.after(() => {
    workerThreads.Worker = Worker;
    syncBuiltinESMExports();
  });
  const threads: Thread[] = [];
  class Thread extends EventEmitter {
    readonly begun: unknown[];
    readonly calls: string[] = [];
    constructor(...begun: unknown[]) {
      super();
      this.begun = begun;
      threads.push(this);
    }
    unref(): void {
      this.calls.push("unref");
    }
    terminate(): void {
      this.calls.push("terminate");
    }
  }
  workerThreads.Worker = Thread as unknown as typeof Worker;
  syncBuiltinESMExports();
  return threads;
}

test("a small thread touches the lock twelve times a minute, says that it is lost, and keeps no process alive", async (context) => {
  const run = await folder(context);
  const threads = idleThreads(context);
  const losses: string[] = [];
  const lock = acquireLock(run, { lost: ({ code }) => losses.push(code) });
  const [thread = assert.fail()] = threads;
  const text = await readFile(join(run, "lock"), "utf8");
  assert.deepEqual(thread.begun, [
    ownHeartbeat(),
    {
      workerData: { path: join(run, "lock"), text, everyMs: 5000 },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    },
  ]);
  assert.deepEqual(thread.calls, ["unref"]);
  const said = context.mock.method(console, "error", () => {});
  thread.emit("error", new Error("no memory"));
  assert.deepEqual(
    said.mock.calls.map(({ arguments: [words] }) => words),
    ["The thread that touches the lock has ended:"],
  );
  thread.emit("message", "lost");
  thread.emit("message", "lost");
  assert.deepEqual(losses, ["lock-lost"]);
  lock.release();
  lock.release();
  assert.deepEqual(thread.calls.slice(0, 2), ["unref", "terminate"]);
  thread.emit("error", new Error("ended"));
  assert.equal(said.mock.callCount(), 1);
});

test("a lock that was given back is not lost any more", async (context) => {
  const run = await folder(context);
  const threads = idleThreads(context);
  const losses: string[] = [];
  const lock = acquireLock(run, { lost: ({ code }) => losses.push(code) });
  lock.release();
  threads[0]?.emit("message", "lost");
  assert.deepEqual(losses, []);
});

test("why a lock is lost, and what to do, is said in full", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  idleThreads(context);
  const lossAfter = async (change: () => Promise<unknown>) => {
    const lock = acquireLock(run);
    await change();
    try {
      assertLocked(run);
    } catch (error) {
      const { code, message, hint } = error as RunError;
      return { code, message, hint };
    } finally {
      lock.release();
    }
    return undefined;
  };
  const since = Date.UTC(2026, 0, 2, 3, 4, 5);
  const taken = (holder: object) =>
    writeFile(path, JSON.stringify({ ...holderRecord(1, run), since, ...holder }));
  const takenBy = (who: string) => ({
    code: "lock-lost",
    message: `Another trainer has taken over this run: ${who} holds ${path} since 2026-01-02T03:04:05.000Z. This one, process ${process.pid}, ends.`,
    hint: "Watch the other trainer, or stop it.",
  });
  assert.equal(await lossAfter(async () => {}), undefined);
  assert.deepEqual(await lossAfter(() => taken({ startTime: "" })), takenBy("process 1"));
  await rm(path);
  assert.deepEqual(await lossAfter(() => taken({ host: "elsewhere" })), takenBy("process 1 on elsewhere"));
  await rm(path);
  assert.deepEqual(await lossAfter(() => rm(path)), {
    code: "lock-lost",
    message: `${path} was removed while the run trained. The trainer ends.`,
    hint: "Resume the run, and do not remove its lock.",
  });
  assert.deepEqual(await lossAfter(() => rm(run, { recursive: true })), {
    code: "lock-lost",
    message: `${run} was moved or deleted while the run trained. The trainer ends and writes nothing there.`,
    hint: "If it was moved, resume the run where it is now.",
  });
});

test("a lock that was lost once is lost for good, and is not removed", async (context) => {
  const run = await folder(context);
  const path = join(run, "lock");
  idleThreads(context);
  const lock = acquireLock(run);
  const text = await readFile(path, "utf8");
  await rm(path);
  assert.throws(() => assertLocked(run), { code: "lock-lost" });
  await writeFile(path, text);
  assert.throws(() => assertLocked(run), { code: "lock-lost" });
  lock.release();
  assert.deepEqual(await readdir(run), ["lock"]);
});

test("a lock that was given back is not taken from who has it since, though the records are the same", async (context) => {
  const run = await folder(context);
  idleThreads(context);
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const lock = acquireLock(run);
  lock.release();
  const again = acquireLock(run);
  lock.release();
  assert.deepEqual(await readdir(run), ["lock"]);
  again.release();
  assert.deepEqual(await readdir(run), []);
});

test("of two runs in one process each has its own lock", async (context) => {
  const [one, two] = [await folder(context), await folder(context)];
  idleThreads(context);
  const locks = [acquireLock(one), acquireLock(two)];
  await rm(join(two, "lock"));
  assertLocked(join(one, "a"));
  assert.throws(() => assertLocked(join(two, "a")), { code: "lock-lost" });
  for (const lock of locks) lock.release();
  assertLocked(join(two, "a"));
});

test("a lock that is released while it is asked for is taken", async (context) => {
  const run = await folder(context);
  idleThreads(context);
  const { linkSync } = fs;
  context.after(() => {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  });
  let refusals = 2;
  fs.linkSync = (from, to) => {
    if (refusals-- > 0) throw Object.assign(new Error("link"), { code: "EEXIST" });
    linkSync(from, to);
  };
  syncBuiltinESMExports();
  const lock = acquireLock(run);
  assert.deepEqual([lockHolder(run)?.pid, refusals], [process.pid, -1]);
  lock.release();
});

test("a file system that takes neither a link nor the lock itself is named", async (context) => {
  const run = await folder(context);
  idleThreads(context);
  const { linkSync, writeFileSync } = fs;
  context.after(() => {
    Object.assign(fs, { linkSync, writeFileSync });
    syncBuiltinESMExports();
  });
  const path = join(run, "lock");
  fs.linkSync = () => {
    throw Object.assign(new Error("link"), { code: "EPERM" });
  };
  fs.writeFileSync = (file, ...words) => {
    if (file === path) throw Object.assign(new Error("write"), { code: "ENOSPC" });
    writeFileSync(file, ...words);
  };
  syncBuiltinESMExports();
  assert.throws(() => acquireLock(run), {
    code: "disk-full",
    message: `Could not create ${path}: the disk is full.`,
  });
  assert.deepEqual(await readdir(run), []);
});

/** Says `held` or the error's code, then stays until its input ends. */
function holding(run: string): string {
  return `
    import { acquireLock } from ${JSON.stringify(lockModule)};
    let answer = "held";
    try { acquireLock(${JSON.stringify(run)}); } catch (error) { answer = error.code; }
    console.log(answer);
    process.stdin.resume().on("end", () => process.exit(0));
  `;
}
