import assert from "node:assert/strict";
import { test } from "node:test";
import { commandFor } from "./systemPackages.ts";

test("a tool that is missing has a command where the package manager is known", () => {
  assert.equal(commandFor("no-compiler", "apt"), "sudo apt install g++");
  assert.equal(commandFor("no-pip", "apt"), "sudo apt install python3-pip");
  assert.equal(commandFor("no-python", "pacman"), "sudo pacman -S python-pip");
  assert.equal(commandFor("no-npm", "dnf"), "sudo dnf install npm");
});

test("what no command mends has none", () => {
  for (const code of ["offline", "low-disk", "no-gpu-driver", "cancelled"])
    assert.equal(commandFor(code, "apt"), undefined, code);
});
