import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEventFile } from "./eventFile.ts";

/** What Python's tensorboard 2.21 writes of the same events. */
const golden =
  "GAAAAAAAAACjf0siCQAAIED8VNlBGg1icmFpbi5FdmVudDoyKzUxEFAAAAAAAAAAlA+bggkAAFBA/FTZQSpFCkMKHF9ocGFyYW1zXy9zZXNzaW9uX3N0YXJ0X2luZm9KIwohCgdocGFyYW1zEhYaFAoSCgVhbHBoYRIJEWZmZmZmZuY/o01gzQ8AAAAAAAAAbVMrCQkAAFBA/FTZQRApOgIIAQDtrEwqAAAAAAAAAK6NkfUJAACAQPxU2UEQrAIqHAoaChN2YWxpZGF0aW9uL2FjY3VyYWN5FQAAYD/6PvTX";

test("an event file has the bytes that TensorBoard itself writes", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "board-"));
  context.after(() => rm(folder, { recursive: true }));
  const file = createEventFile(join(folder, "run"), 1_700_000_000.5);
  file.hyperparameters({ alpha: 0.7 }, 1_700_000_001.25);
  file.restart(40, 1_700_000_001.25);
  file.scalar("validation/accuracy", 0.875, 300, 1_700_000_002);
  file.close();
  const [name = ""] = await readdir(join(folder, "run"));
  assert.match(name, /^events\.out\.tfevents\.1700000000\./);
  assert.equal((await readFile(join(folder, "run", name))).toString("base64"), golden);
});
