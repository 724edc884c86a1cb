import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ownHeartbeat, ownReader, ownTrainer, ownVersion, packageRoot } from "./packageRoot.ts";

test("in a source tree the programs are its own files, and the version is its package's", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  assert.equal(join(packageRoot(), "/"), root);
  assert.equal(ownTrainer(), join(root, "server", "trainer.ts"));
  assert.equal(ownHeartbeat(), join(root, "server", "runs", "heartbeat.ts"));
  assert.equal(ownReader(), join(root, "server", "data", "readerThread.ts"));
  assert.equal(ownVersion(), JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
});
