import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, fileError, RunError, systemError, toOutput } from "./runError.ts";

const facts = (error: RunError | undefined) => error && [error.code, error.message, error.hint];

test("what a file system throws is said in a sentence, with a code that stays and what to do", () => {
  const full =
    "Free some space, then try again: `distill resume` continues from the last complete checkpoint.";
  const permissions = "Change the permissions, or choose another folder with --runs-directory.";
  for (const [system, code, why, hint] of [
    ["ENOSPC", "disk-full", "the disk is full", full],
    ["EDQUOT", "disk-full", "the disk quota is used up", full],
    ["EFBIG", "disk-full", "the file would be larger than the file system allows", full],
    [
      "EROFS",
      "read-only",
      "the file system is read-only",
      "Choose a folder that can be written, with --runs-directory.",
    ],
    ["EACCES", "no-permission", "permission was denied", permissions],
    ["EPERM", "no-permission", "the operation is not permitted", permissions],
    ["ENOENT", "missing", "it does not exist", "Was the folder moved or deleted during the run?"],
    [
      "ENOTDIR",
      "missing",
      "a part of the path is not a folder",
      "Correct the path, or choose another folder with --runs-directory.",
    ],
    ["EISDIR", "io", "it is a folder", "Name a file."],
    ["EEXIST", "exists", "it already exists", "Choose another name, or remove it."],
    ["EMFILE", "io", "too many files are open", "Close some programs, or raise the limit (ulimit -n)."],
    ["EIO", "io", "the disk reported an error", "Check the disk, then run `distill resume`."],
    ["EWHAT", "io", "the system's words", "Check the disk and the folder, then try again."],
    [undefined, "io", "the system's words", "Check the disk and the folder, then try again."],
  ] as const) {
    const thrown = Object.assign(new Error("the system's words"), { code: system });
    const error = fileError(thrown, "write", "/runs/a");
    assert.deepEqual(facts(error), [code, `Could not write /runs/a: ${why}.`, hint], system);
    assert.deepEqual([error.name, error.cause, error instanceof Error], ["RunError", thrown, true]);
  }
});

test("what helps with a run's files is not said of an output that a person named", async () => {
  for (const [code, hint] of [
    ["EROFS", "Choose a folder that can be written."],
    ["EACCES", "Change the permissions, or choose another folder."],
    ["ENOENT", "Correct the path, or create the folder."],
    ["ENOTDIR", "Correct the path."],
    ["EISDIR", "Name a file."],
  ] as const) {
    const thrown = Object.assign(new Error(code), { code, syscall: "open", path: "/out/student.onnx" });
    for (const error of [thrown, fileError(thrown, "write", "/out/student.onnx")]) {
      const said = await toOutput(async () => {
        throw error;
      }).catch((caught: unknown) => caught);
      assert.equal(explained(said)?.hint, hint, code);
    }
  }
  // Of an open file the system names no path.
  const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
  const said = await toOutput(() => Promise.reject(full), "/out/log.csv").catch((error: unknown) => error);
  assert.deepEqual(facts(explained(said) as RunError), [
    "disk-full",
    "Could not write /out/log.csv: the disk is full.",
    "Free some space, then try again.",
  ]);
  const bug = new TypeError("x");
  await assert.rejects(
    toOutput(async () => {
      throw bug;
    }),
    bug,
  );
});

test("what is a sentence already stays as it is", () => {
  const error = new RunError("link", "A link.", "Remove it.");
  assert.equal(fileError(error, "read", "/x"), error);
});

test("what the system refused names what was done, and to what; anything else is a bug", () => {
  const refused = (facts: object) =>
    systemError(Object.assign(new Error("words"), { code: "EACCES" }, facts));
  for (const [syscall, doing] of Object.entries({
    mkdir: "create",
    mkdtemp: "create",
    rename: "create",
    link: "create",
    symlink: "create",
    copyfile: "create",
    write: "write",
    read: "read",
    scandir: "read",
    rm: "delete",
    rmdir: "delete",
    unlink: "delete",
    open: "open",
    another: "open",
  }))
    assert.equal(
      refused({ syscall, path: "/a" })?.message,
      `Could not ${doing} /a: permission was denied.`,
      syscall,
    );
  assert.equal(
    refused({ syscall: "rename", path: "/a", dest: "/b" })?.message,
    "Could not create /b: permission was denied.",
  );
  assert.equal(
    refused({ syscall: undefined, path: "/a" })?.message,
    "Could not open /a: permission was denied.",
  );
  assert.equal(refused({ syscall: "read" }), undefined, "nothing to name");
  assert.equal(refused({ path: "/a" }), undefined);
  assert.equal(systemError(Object.assign(new Error("words"), { syscall: "read", path: "/a" })), undefined);
  assert.equal(systemError({ code: "EACCES", syscall: "read", path: "/a" }), undefined);
  assert.equal(systemError(undefined), undefined);
});
