import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import { keyOf, type Row, type RowModel, rowModel } from "./rowModel.ts";

const run = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
  id,
  directory: `/runs/${id}`,
  experiment: "/mnist.distill.json",
  name: "mnist",
  state: "completed",
  startedAt: "2026-01-01T00:00:00.000Z",
  elapsedSeconds: 60,
  step: 100,
  metrics: {},
  ...more,
});

/** A list of runs, newest first, that a test can change. */
function world(...newestFirst: RunSummary[]) {
  const list = { runs: newestFirst, pinned: new Set<string>() };
  const get = (directory: string) => list.runs.find((run) => run.directory === directory);
  const model = rowModel(
    {
      all: () => list.runs,
      get,
      whole: () => list.runs.filter(({ member }) => member === undefined || !get(member.sweep)),
      trained: () => list.runs.filter(({ sweep }) => sweep === undefined),
      members: ({ sweep }) => sweep?.members.flatMap((directory) => get(directory) ?? []) ?? [],
      running: () => list.runs.filter(({ state }) => state === "running"),
    },
    list.pinned,
  );
  return { list, model };
}

/** Rows as an editor shows them with everything expanded, indented. */
function shown(model: RowModel, row?: Row, depth = -1): string[] {
  const own = row === undefined ? [] : [`${"  ".repeat(depth)}${keyOf(row)}`];
  return [...own, ...model.children(row).flatMap((below) => shown(model, below, depth + 1))];
}

const sweep = run("2", {
  state: "running",
  sweep: { turn: 2, total: 3, members: ["/runs/2-1", "/runs/2-2"] } as unknown as NonNullable<
    RunSummary["sweep"]
  >,
});
const member = (index: number) =>
  run(`2-${index}`, { member: { sweep: "/runs/2", index, settings: {} }, state: "running" });

test("experiments stand in the order of their newest run, runs below them, and those of a sweep below it", () => {
  const { model } = world(
    run("4", { experiment: "/cifar.distill.json" }),
    member(2),
    member(1),
    sweep,
    run("1"),
  );
  assert.deepEqual(shown(model), [
    "/cifar.distill.json",
    "  /runs/4",
    "/mnist.distill.json",
    "  /runs/2",
    "    /runs/2-1",
    "    /runs/2-2",
    "  /runs/1",
  ]);
  assert.equal(model.trained("/mnist.distill.json"), 3, "a sweep is trained in its runs");
});

test("a damaged run that does not say whose it is stands by itself, also in a window that has just opened", () => {
  const { model } = world(run("2", { experiment: "/runs/2", state: "unreadable" }), run("1"));
  assert.deepEqual(shown(model), ["/runs/2", "/mnist.distill.json", "  /runs/1"]);
  const [row] = model.children();
  assert.ok(row?.kind === "run");
  assert.equal(model.parent(row), undefined);
});

test("pinned runs come first, each part in the order that it had", () => {
  const { list, model } = world(run("3"), run("2"), run("1"));
  list.pinned.add("1").add("2");
  assert.deepEqual(shown(model).slice(1), ["  /runs/2", "  /runs/1", "  /runs/3"]);
});

test("a row is one object as long as it is there, and knows what it lies below", () => {
  const { model } = world(member(1), sweep);
  const [experiment] = model.children();
  const [sweepRow] = model.children(experiment);
  const [memberRow] = model.children(sweepRow);
  assert.equal(model.children()[0], experiment);
  assert.ok(experiment && sweepRow && memberRow);
  assert.equal(model.parent(memberRow), sweepRow);
  assert.equal(model.parent(sweepRow), experiment);
  assert.equal(model.parent(experiment), undefined);
});

test("the rows that have changed are those that say something else, and the whole tree where rows came or moved", () => {
  const { list, model } = world(run("2"), run("1", { state: "running" }));
  shown(model);
  assert.equal(model.changed(), undefined, "all of it is new");
  assert.deepEqual(model.changed(), []);
  list.runs = [run("2"), run("1", { state: "failed" })];
  assert.deepEqual(model.changed()?.map(keyOf), ["/runs/1"]);
  list.pinned.add("1");
  assert.equal(model.changed(), undefined, "a pinned run moves");
  list.runs = [run("3"), ...list.runs];
  assert.equal(model.changed(), undefined, "a run came");
});
