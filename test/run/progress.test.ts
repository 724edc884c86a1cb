import assert from "node:assert/strict";
import { test } from "node:test";
import { noWork, secondsLeft, takeWork } from "../../server/runs/runProgress.ts";
import { eventsOf, onlyRun, scene, succeed } from "./support.ts";

test("the bar of a real run moves in each phase, never back, and is full at the end alone", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { baselines: { studentAlone: true } } });
  await succeed(["run", it.file], { cwd: it.folder });
  const events = await eventsOf(await onlyRun(it));
  const started = events.find((event) => event.type === "started");
  assert.deepEqual(
    started?.plan?.map(({ phase, subject, total }) => [phase, subject, total]),
    [
      ["teacher", "teacher", 3 * 8],
      ["cache", undefined, 60 + 90],
      ["train", undefined, 60],
      ["train", "studentAlone", 60],
      ["evaluate", undefined, 90],
    ],
  );

  const work = noWork();
  let place = "";
  let [before, entered] = [0, 0];
  const moved = new Map<string, number>();
  for (const event of events) {
    if (event.type === "phase") {
      place = `${event.phase} ${event.subject ?? ""}`;
      entered = work.fraction;
    }
    takeWork(work, event);
    assert.ok(work.fraction >= before && (work.fraction < 1 || event.type === "completed"), event.type);
    before = work.fraction;
    moved.set(place, work.fraction - entered);
    const left = secondsLeft(work);
    assert.ok(left === undefined || (left >= 0 && Number.isFinite(left)), `${left} s`);
  }
  assert.equal(work.fraction, 1);
  for (const phase of ["teacher teacher", "train ", "train studentAlone"])
    assert.ok((moved.get(phase) ?? 0) > 0.02, `${phase} moves the bar by ${moved.get(phase)}`);
});
