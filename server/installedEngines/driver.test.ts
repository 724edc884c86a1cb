import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintOf, moduleVersion, parseCards } from "./driver.ts";

test("the kernel module's version, of the closed and the open module", () => {
  const closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n";
  const open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n";
  assert.equal(moduleVersion(closed), "550.54.14");
  assert.equal(moduleVersion(open), "570.86.15");
  assert.equal(moduleVersion(""), undefined);
});

test("nvidia-smi's cards", () => {
  const csv = "0, NVIDIA L4, 23034, 22500, 8.9, 550.54.14\n1, Tesla T4, 15360, 15000, 7.5, 550.54.14\n";
  const { driver, cards } = parseCards(csv);
  assert.equal(driver, "550.54.14");
  assert.deepEqual(cards, [
    { index: 0, name: "NVIDIA L4", memory: 23034, freeMemory: 22500, computeCapability: "8.9" },
    { index: 1, name: "Tesla T4", memory: 15360, freeMemory: 15000, computeCapability: "7.5" },
  ]);
  assert.deepEqual(parseCards("No devices were found\n"), { cards: [] });
});

test("what nvidia-smi does not know of a card, or names with commas, leave the rest as it is", () => {
  const csv =
    "0, NVIDIA H100 80GB, [N/A], [Insufficient Permissions], [N/A], 550.54\n1, A, B, 10, 9, 7.5, 550.54\n";
  assert.deepEqual(parseCards(csv).cards, [
    { index: 0, name: "NVIDIA H100 80GB" },
    { index: 1, name: "A, B", memory: 10, freeMemory: 9, computeCapability: "7.5" },
  ]);
});

test("an nvidia-smi that fails says why; one that is not there, or too old to be asked, says nothing", () => {
  const outcome = (code: number | null, stdout: string, signal: NodeJS.Signals | null = null) =>
    complaintOf({ code, signal, stdout, stderr: "" });
  const failed = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
  assert.equal(
    outcome(9, `${failed} Make sure that it is installed.\n\n`),
    `${failed} Make sure that it is installed.`,
  );
  assert.equal(outcome(null, "", "SIGTERM"), "it does not answer");
  assert.equal(outcome(127, "spawn nvidia-smi ENOENT"), undefined);
  assert.equal(outcome(2, 'Field "compute_cap" is not a valid field to query.\n'), undefined);
  assert.equal(outcome(6, "No devices were found"), undefined);
});
