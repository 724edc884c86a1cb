import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./subprocess.ts";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a program that cannot be started is a result, and leaves no timer that would keep this process alive", async () => {
  const before = timers();
  const outcome = await run("no-such-program-anywhere", [], { timeout: 60_000 });
  assert.equal(outcome.code, 127);
  assert.match(outcome.stderr, /ENOENT/);
  assert.equal(timers(), before);
});

test("a program that takes too long is ended", async () => {
  const { code, signal } = await run(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    timeout: 100,
  });
  assert.deepEqual([code, signal], [null, "SIGTERM"]);
});
