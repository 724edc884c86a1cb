import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isMarkAlive, ownMark } from "./ownMark.ts";

const [host = ""] = ownMark().split(".");

test("a process that runs is alive; one that is gone is not; of another host's nothing is known", () => {
  assert.equal(isMarkAlive(host, String(process.pid)), true);
  assert.equal(isMarkAlive(host, "999999999"), false);
  assert.equal(isMarkAlive("00000000", String(process.pid)), undefined);
});

test("a process that is dead but whose parent has not noticed is not alive", {
  skip: process.platform !== "linux" && "only Linux keeps such a process in /proc",
}, async () => {
  // The shell becomes a program that waits for no child.
  const parent = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const [pid] = (await once(parent.stdout, "data")).map((line) => String(line).trim());
    while (!/^\d+ \(.*\) Z/.test(await readFile(`/proc/${pid}/stat`, "utf8"))) await sleep(5);
    process.kill(Number(pid), 0); // The system still knows it.
    assert.equal(isMarkAlive(host, String(pid)), false);
  } finally {
    parent.kill();
  }
});
