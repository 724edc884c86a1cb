import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { started, stepOf, stopped, writeLog, writtenRun } from "../../../test/support/writtenRun.ts";
import { createRun } from "../../runs/runDirectory.ts";
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

test("what several runs log is told whole, once and in order, whatever comes while it is read", async (context) => {
  const { run, folder } = await writtenRun(context, { events: [started("start", 0)] });
  const runs = [run];
  for (let own = 1; own < 12; own++) {
    const experimentFile = join(folder, "a.distill.json");
    const other = await createRun({
      ...{ runsDirectory: dirname(run.path), experimentFile, name: "a", experiment: {} },
    });
    writeLog(other, [started("start", 0)]);
    runs.push(other);
  }
  const told = new Map<string, number[]>(runs.map(({ path }) => [path, []]));
  const hub = new RunsHub({
    runsChanged: () => undefined,
    runEvents: (directory, events) => told.get(directory)?.push(...events.map(({ seq }) => seq)),
  });
  context.after(() => hub.close());
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1e12 });
  await hub.add(dirname(run.path));
  const steps = Array.from({ length: 60 }, (_, index) => index + 1);
  const areWhole = () => [...told.values()].every(({ length }) => length >= steps.length);
  const end = performance.now() + 60_000;
  for (let turn = 0; !areWhole() && performance.now() < end; turn++) {
    const step = steps[turn];
    if (step !== undefined) for (const own of runs) writeLog(own, [stepOf(step, 1)]);
    context.mock.timers.tick(20);
    await setImmediate();
  }
  for (const [path, seqs] of told) assert.deepEqual(seqs, steps, path);
});
