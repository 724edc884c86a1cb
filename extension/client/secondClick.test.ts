import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "../../server/protocol.ts";
import { SecondClick } from "./secondClick.ts";

test("only right after a click on Stop, and only in its text, a click belongs to it", () => {
  let now = 0;
  const clicks = new SecondClick(() => now);
  assert.equal(clicks.isOfStop("a", command.run), false, "nothing was stopped");
  assert.equal(clicks.isOfStop("a", command.stop), false);
  now += 100;
  assert.equal(clicks.isOfStop("a", command.stop), false, "Stop is there still");
  now += 499;
  assert.deepEqual([clicks.isOfStop("a", command.run), clicks.isOfStop("b", command.run)], [true, false]);
  now += 1;
  assert.equal(clicks.isOfStop("a", command.resume), false);
});
