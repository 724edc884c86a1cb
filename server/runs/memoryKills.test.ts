import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { holderRecord } from "./holder.ts";
import { killsIn, memoryKills, wasMemoryShort } from "./memoryKills.ts";

const skip = process.platform !== "linux" && "Linux alone counts them";

test("the kernel's count", () => {
  assert.equal(killsIn("nr_free_pages 4\noom_kill 12\noom_kill_other 3\n"), 12);
  assert.equal(killsIn("nr_free_pages 4\n"), undefined);
  assert.equal(killsIn("some_oom_kill 1\noom_kill 2 of 3\n"), undefined);
});

test("it is read from the kernel", { skip }, () => {
  const { memoryKills: since } = holderRecord(process.pid, ".");
  assert.ok(since !== undefined && Number.isInteger(since));
  const now = killsIn(readFileSync("/proc/vmstat", "utf8"));
  assert.ok(now !== undefined && since <= now, `${since} and ${now}`);
});

test("memory was short where the count has grown since, on this machine and in this boot", { skip }, () => {
  const holder = { ...holderRecord(process.pid, "."), memoryKills: 3 };
  assert.equal(wasMemoryShort(holder, 4), true);
  assert.equal(wasMemoryShort(holder, 3), false);
  assert.equal(wasMemoryShort({ ...holder, host: "another" }, 4), false);
  assert.equal(wasMemoryShort({ ...holder, startTime: "another-boot:7" }, 4), false);
  const { memoryKills: _, ...older } = holder;
  assert.equal(wasMemoryShort(older, 4), false);
});

test("a lock's holder is recorded with it", { skip }, () =>
  assert.equal(holderRecord(process.pid, ".").memoryKills, memoryKills()),
);
