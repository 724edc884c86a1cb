import assert from "node:assert/strict";
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { type TestContext, test } from "node:test";
import { identityOf, isAlive, isOfThisBoot, isProven, suspension } from "./processIdentity.ts";

const bootIdPath = "/proc/sys/kernel/random/boot_id";
const boot = fs.existsSync(bootIdPath) ? fs.readFileSync(bootIdPath, "utf8").trim() : "boot";

const realPlatform = Object.getOwnPropertyDescriptor(process, "platform") as PropertyDescriptor;
const { kill } = process;
const { readFileSync } = fs;
const { execFileSync } = childProcess;

/** As if this were another system. */
function on(context: TestContext, platform: NodeJS.Platform): void {
  context.after(() => Object.defineProperty(process, "platform", realPlatform));
  Object.defineProperty(process, "platform", { ...realPlatform, value: platform });
}

/** Linux, with one process, 42, in this state; its program's name is `a) b (c`. The fields behind it are their numbers. */
function onLinux(context: TestContext, state?: string): void {
  on(context, "linux");
  context.after(() => {
    fs.readFileSync = readFileSync;
    syncBuiltinESMExports();
  });
  fs.readFileSync = ((path: string, ...options: []) => {
    const said = (text: string) => ((options as string[])[0] === "utf8" ? text : Buffer.from(text));
    if (path === bootIdPath) return said(`${boot}\n`);
    if (!path.startsWith("/proc/")) return readFileSync(path, ...options);
    if (state !== undefined && /^\/proc\/(42|0|-1|1\.5)\/stat$/.test(path))
      return said(`42 (a) b (c) ${state} ${Array.from({ length: 49 }, (_, at) => at + 4).join(" ")}\n`);
    throw Object.assign(new Error("absent"), { code: "ENOENT" });
  }) as typeof fs.readFileSync;
  syncBuiltinESMExports();
}

/** A system without /proc. @param answer of `ps`; undefined where there is none @param refusal of a signal */
function elsewhere(
  context: TestContext,
  {
    platform = "darwin",
    answer,
    refusal,
  }: { readonly platform?: NodeJS.Platform; readonly answer?: string; readonly refusal?: string },
): unknown[][] {
  on(context, platform);
  const asked: unknown[][] = [];
  context.after(() => {
    process.kill = kill;
    childProcess.execFileSync = execFileSync;
    syncBuiltinESMExports();
  });
  process.kill = (...words) => {
    asked.push(words);
    if (refusal !== undefined) throw Object.assign(new Error(refusal), { code: refusal });
    return true;
  };
  childProcess.execFileSync = ((...words: unknown[]) => {
    asked.push(words);
    if (answer === undefined) throw new Error("there is no such program");
    return answer;
  }) as typeof childProcess.execFileSync;
  syncBuiltinESMExports();
  return asked;
}

const here = { pid: 42, startTime: `${boot}:22` };

test("on Linux a process is known by its boot and the ticks when it started", (context) => {
  onLinux(context, "S");
  assert.deepEqual(identityOf(42), here);
  assert.deepEqual([isAlive(here), isProven(here), suspension(42)], [true, true, undefined]);
  for (const startTime of [`${boot}:21`, ""]) {
    const other = { pid: 42, startTime };
    assert.deepEqual([isAlive(other), isProven(other)], [false, false]);
  }
  for (const pid of [43, 0, -1, 1.5]) {
    assert.equal(identityOf(pid), undefined);
    assert.deepEqual([isAlive({ ...here, pid }), isProven({ ...here, pid })], [false, false]);
  }
  assert.equal(suspension(43), undefined);
});

for (const state of ["Z", "X"])
  test(`a process in state ${state} is dead`, (context) => {
    onLinux(context, state);
    assert.deepEqual([identityOf(42), isAlive(here), suspension(42)], [undefined, false, undefined]);
  });

for (const state of ["T", "t"] as const)
  test(`a process in state ${state} lives and stands still`, (context) => {
    onLinux(context, state);
    assert.deepEqual([isAlive(here), suspension(42)], [true, state]);
  });

test("a start time tells the boot on Linux, and nowhere else", (context) => {
  onLinux(context, "S");
  const of = (startTime: string) => isOfThisBoot({ pid: 1, startTime });
  assert.deepEqual([of(`${boot}:1`), of(`${boot}1:1`), of("other:1"), of("")], [true, false, false, false]);
  on(context, "darwin");
  assert.equal(of(`${boot}:1`), false);
});

test("elsewhere a process is known by what `ps` says, in no language of a person", (context) => {
  const asked = elsewhere(context, { answer: " Mon Jan  1 \n" });
  const identity = { pid: 42, startTime: "Mon Jan  1" };
  assert.deepEqual(identityOf(42), identity);
  const options = {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
  };
  assert.deepEqual(asked, [
    [42, 0],
    ["ps", ["-o", "lstart=", "-p", "42"], options],
  ]);
  assert.deepEqual([isAlive(identity), isProven(identity)], [true, true]);
  const later = { pid: 42, startTime: "Tue Jan  2" };
  assert.deepEqual([isAlive(later), isProven(later)], [false, false]);
  const unknown = { pid: 42, startTime: "" };
  assert.deepEqual([isAlive(unknown), isProven(unknown)], [true, false]);
});

test("a process of another user is one, and one that is gone is none", (context) => {
  elsewhere(context, { answer: "Mon", refusal: "EPERM" });
  assert.deepEqual(identityOf(42), { pid: 42, startTime: "Mon" });
  elsewhere(context, { answer: "Mon", refusal: "ESRCH" });
  assert.deepEqual([identityOf(42), isAlive({ pid: 42, startTime: "Mon" })], [undefined, false]);
  assert.equal(isAlive({ pid: 42, startTime: "" }), false);
});

test("without `ps` a process of that number counts as alive, and as proven on Windows alone", (context) => {
  elsewhere(context, {});
  const unknown = { pid: 42, startTime: "" };
  assert.deepEqual(identityOf(42), unknown);
  assert.deepEqual([isAlive(unknown), isAlive({ pid: 42, startTime: "Mon" })], [true, true]);
  assert.deepEqual([isProven(unknown), suspension(42)], [false, undefined]);
  on(context, "win32");
  assert.deepEqual([isProven(unknown), isProven({ pid: 42, startTime: "Mon" })], [true, false]);
});

test("`ps` tells whether a process stands still; Windows, which has none, is not asked", (context) => {
  const asked = elsewhere(context, { answer: "T+\n" });
  assert.equal(suspension(42), "T");
  assert.deepEqual(asked[0]?.[1], ["-o", "state=", "-p", "42"]);
  elsewhere(context, { answer: "Ss\n" });
  assert.equal(suspension(42), undefined);
  elsewhere(context, { platform: "win32", answer: "T" });
  assert.equal(suspension(42), undefined);
});
