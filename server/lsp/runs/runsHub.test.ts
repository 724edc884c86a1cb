import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { started, stepOf, stopped, writeLog, writtenRun } from "../../../test/support/writtenRun.ts";
import { RunsHub } from "./runsHub.ts";

test("an end is told with the events that it is among, and waits for no summary that was told before", async (context) => {
  const { run } = await writtenRun(context, { events: [started("start", 0)] });
  const told: string[] = [];
  const hub = new RunsHub({
    runsChanged: (runs) => told.push(...runs.map(({ state, step }) => `${state} ${step}`)),
    runEvents: () => undefined,
  });
  context.after(() => hub.close());
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e12 });
  await hub.add(dirname(run.path));
  /** Passes at most so many milliseconds of the hub's clock, while the disk has as long as it takes. */
  const pass = async (ms: number, until: () => boolean) => {
    const end = performance.now() + 60_000;
    for (let turn = 1; !until() && performance.now() < end; turn++) {
      context.mock.timers.tick(turn % 2000 === 0 && turn <= 2000 * ms ? 1 : 0);
      await setImmediate();
    }
  };
  writeLog(run, [stepOf(1, 1)]);
  await pass(0, () => told.includes("interrupted 1"));
  writeLog(run, [stopped]);
  await pass(50, () => told.includes("stopped 4"));
  assert.deepEqual(told.slice(-2), ["interrupted 1", "stopped 4"]);
});
