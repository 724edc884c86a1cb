import assert from "node:assert/strict";
import { test } from "node:test";
import { notWritten } from "./fileErrors.ts";

test("what the system says of a file that was not written is told in words, and what helps", () => {
  assert.equal(
    notWritten("/a.svg", "Error: EROFS: read-only file system, open '/a.svg'"),
    "Could not write /a.svg: the file system is read-only. Choose a folder that can be written.",
  );
  assert.equal(
    notWritten("/a.svg", "ENOSPC: no space left on device, write"),
    "Could not write /a.svg: the disk is full. Free some space, then try again.",
  );
  assert.equal(
    notWritten("/a.svg", "Unavailable"),
    "Could not write /a.svg: Unavailable. Choose another folder.",
  );
});
