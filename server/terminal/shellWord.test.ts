import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { shellCommand, shellWord } from "./shellWord.ts";

test("a shell reads each word as it was", { skip: process.platform === "win32" }, () => {
  const words = [
    "a b & c.json",
    'losses[0].type="kd"',
    "it's $HOME",
    "`x` \\",
    "a; exit 1",
    "*",
    "~",
    "",
    "!x",
    "über.json",
    "a\nb",
  ];
  const command = shellCommand(["printf", "%s\\0", ...words]);
  const { stdout } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  assert.deepEqual(stdout.split("\0").slice(0, -1), words);
});

test("plain paths and settings are left as they are, and names with spaces are as every shell has them", () => {
  for (const word of ["distill", "--set", "seed=1", "./über/mnist-2.distill.json", "C:/data"])
    assert.equal(shellWord(word), word);
  assert.equal(shellWord("run & co.json"), '"run & co.json"');
});

test("on Windows a path is plain, and only double quotes are quotes", () => {
  assert.equal(shellWord("dir\\file.json", "win32"), "dir\\file.json");
  assert.equal(shellWord("my dir\\file.json", "win32"), '"my dir\\file.json"');
  assert.equal(shellWord("dir\\file.json", "linux"), "'dir\\file.json'");
});
