import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import { progressReporter } from "./progress.ts";

test("progress comes at most ten times a second, and at the end, with the time that is left", () => {
  const events: NewEvent[] = [];
  let time = 0;
  const progress = progressReporter(
    { report: (event) => void events.push(event) },
    { phase: "cache", total: 100 },
    () => time,
  );
  for (let done = 1; done <= 100; done++) {
    time = done * 20;
    progress(done);
  }
  const said = events.map((event) =>
    event.type === "progress" ? [event.done, event.etaSeconds] : assert.fail(event.type),
  );
  assert.deepEqual(said[0], [1, null]); // no pace yet
  assert.deepEqual(said[1], [6, 1.88]);
  assert.deepEqual(said.at(-1), [100, 0]);
  assert.equal(said.length, 21);
});
