import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "../../server/protocol.ts";
import { EndedLenses } from "./endedLenses.ts";

test("only for a moment after Stop, and only in its text, a click may have been meant for it", () => {
  let now = 0;
  const ended = new EndedLenses(() => now);
  const idle = [command.run, command.check];
  ended.note("a", idle);
  assert.equal(ended.has("a"), false, "nothing has run");
  ended.note("a", [command.stop, "", command.openCharts]);
  assert.equal(ended.has("a"), false, "Stop itself is pressed");
  ended.note("a", idle);
  now += 500;
  ended.note("a", idle); // Told again, as each end is.
  assert.deepEqual([ended.has("a"), ended.has("b")], [true, false]);
  now += 100;
  assert.equal(ended.has("a"), false);
});
