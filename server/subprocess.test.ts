import assert from "node:assert/strict";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { run } from "./subprocess.ts";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a program that cannot be started is a result, and leaves no timer that would keep this process alive", async () => {
  const before = timers();
  const outcome = await run("no-such-program-anywhere", [], { timeout: 60_000 });
  assert.equal(outcome.code, 127);
  assert.match(outcome.stderr, /ENOENT/);
  assert.equal(timers(), before);
});

test("a program does not work where this process does, which may be a folder that it takes code from", async () => {
  const { stdout } = await run(process.execPath, ["-p", "process.cwd()"]);
  assert.notEqual(stdout.trim(), process.cwd());
  assert.equal(stdout.trim(), await realpath(path.dirname(process.execPath)));
  const given = await run(process.execPath, ["-p", "process.cwd()"], { cwd: tmpdir() });
  assert.equal(given.stdout.trim(), await realpath(tmpdir()));
});

test("a program that takes too long is ended", async () => {
  const { code, signal } = await run(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    timeout: 100,
  });
  assert.deepEqual([code, signal], [null, "SIGTERM"]);
});

test("what a program has started ends with it when it is cancelled", { timeout: 300_000 }, async () => {
  // The shell would end at once and leave its child holding the pipes, as a compiler's driver does.
  const running = run("sh", ["-c", "sleep 600 & wait"], { signal: AbortSignal.timeout(100) });
  await assert.rejects(running, { name: "AbortError" });
});

test("what is cancelled before it starts is not started", async () => {
  await assert.rejects(run("no-such-program-anywhere", [], { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

test("a process that exits takes along what it runs", { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "subprocess-"));
  try {
    const file = path.join(folder, "pid");
    const inner = `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const source = `
      import { statSync } from "node:fs";
      import { run } from ${JSON.stringify(new URL("./subprocess.ts", import.meta.url).href)};
      void run(process.execPath, ["-e", ${JSON.stringify(inner)}]);
      const written = () => statSync(${JSON.stringify(file)}, { throwIfNoEntry: false })?.size > 0;
      setInterval(() => written() && process.exit(3), 20);`;
    const { code } = await run(process.execPath, ["--input-type=module", "-e", source]);
    assert.equal(code, 3);
    const pid = Number(await readFile(file, "utf8"));
    assert.ok(pid > 0);
    while (isRunning(pid)) await setTimeout(20);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a program answers a message, and one that cannot be started is a result there, too", async () => {
  const answers: unknown[] = [];
  const talk = { message: { asked: 1 }, onMessage: (answer: unknown) => answers.push(answer) };
  const source = `process.once("message", ({ asked }) => process.send(asked + 1, () => process.disconnect()))`;
  assert.equal((await run(process.execPath, ["-e", source], talk)).code, 0);
  assert.deepEqual(answers, [2]);
  assert.equal((await run("no-such-program-anywhere", [], talk)).code, 127);
});
