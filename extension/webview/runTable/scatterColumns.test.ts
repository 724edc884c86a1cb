import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../../server/protocol.ts";
import { columnsOf } from "./columns.ts";
import { scatterColumns } from "./scatterColumns.ts";
import { initialTable } from "./tableState.ts";
import { teacherMark } from "./teacherMark.ts";

const run = (parameters: number | undefined, teacher: number): RunSummary => ({
  id: `${parameters}`,
  directory: `/runs/${parameters}`,
  experiment: "/e",
  name: "e",
  startedAt: "2026-01-01T00:00:00Z",
  state: "completed",
  elapsedSeconds: 1,
  step: 1,
  ...(parameters === undefined ? {} : { parameters }),
  metrics: { "validation.accuracy": 0.5, "teacher.validation.accuracy": teacher },
});

const table = { differ: [{ path: "losses[0].temperature", values: [2, 4], of: [0, 1] }], same: {} };

test("what is not chosen is the size of students where it differs, else the first setting", () => {
  const axes = (runs: readonly RunSummary[], chosen: object = {}) => {
    const settings = { directories: runs.map(({ directory }) => directory), table };
    const columns = columnsOf(runs, settings);
    return scatterColumns(columns, { ...initialTable, ...chosen }, runs).map(({ id }) => id);
  };
  assert.deepEqual(axes([run(10, 0.9), run(20, 0.9)]), ["parameters", "validation.accuracy"]);
  const setting = "setting losses[0].temperature";
  assert.deepEqual(axes([run(10, 0.9), run(10, 0.9)]), [setting, "validation.accuracy"]);
  assert.deepEqual(axes([run(10, 0.9), run(undefined, 0.9)])[0], setting);
  assert.deepEqual(axes([run(10, 0.9), run(20, 0.9)], { across: "elapsed" })[0], "elapsed");
});

test("the teacher that all runs share is marked in its metric", () => {
  const mark = (runs: readonly RunSummary[], id: string) =>
    teacherMark(
      runs,
      columnsOf(runs, undefined).find((column) => column.id === id),
    );
  assert.equal(mark([run(1, 0.9), run(2, 0.9)], "validation.accuracy"), 0.9);
  assert.equal(mark([run(1, 0.9), run(2, 0.8)], "validation.accuracy"), undefined);
  assert.equal(mark([run(1, 0.9)], "parameters"), undefined);
});
