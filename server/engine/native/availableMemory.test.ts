import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freeMemory } from "../../data/machineMemory.ts";
import { addressesLeft, availableMemory } from "./availableMemory.ts";

test("the machine's memory is what is available without a limit", () => {
  assert.ok(availableMemory() > 1e6);
  assert.ok(availableMemory() <= freeMemory() * 1.5);
});

test("a limit of addresses counts, less what is taken", () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax address space         ${soft.padEnd(21)}unlimited            bytes     \n`;
  const status = "Name:\tnode\nVmSize:\t 1000000 kB\n";
  assert.equal(addressesLeft(limits("3000000000"), status), 3e9 - 1024e6);
  assert.equal(addressesLeft(limits("1000"), status), 0);
  assert.equal(addressesLeft(limits("unlimited"), status), Number.POSITIVE_INFINITY);
  assert.equal(addressesLeft("", ""), Number.POSITIVE_INFINITY);
});

test("a process with such a limit sees it", {
  skip: process.platform !== "linux" && "Linux alone has it",
}, () => {
  const module = fileURLToPath(new URL("./availableMemory.ts", import.meta.url));
  const code = `console.log((await import(${JSON.stringify(module)})).availableMemory())`;
  const script = 'ulimit -v 40000000 && exec "$0" --input-type=module -e "$1"';
  const found = Number(execFileSync("sh", ["-c", script, process.execPath, code], { encoding: "utf8" }));
  assert.ok(found > 0 && found < 40e9 * 1.024, `found ${found}`);
});
