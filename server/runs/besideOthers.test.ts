import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../protocol.ts";
import type { KnownLog, SummaryCache } from "./knownLogs.ts";
import { besideOthers } from "./list.ts";

const cache: SummaryCache = new Map();

/** A run with an id, and what of it differs; its data are `hash`, none where that is undefined. */
function run(id: string, hash: string | undefined, more: Partial<RunSummary> = {}): RunSummary {
  const directory = `/runs/${id}`;
  if (hash !== undefined) {
    const manifest = { data: hash === "" ? undefined : { train: { hash, samples: 100 } } };
    cache.set(directory, { manifest } as unknown as KnownLog);
  }
  return {
    id,
    directory,
    experiment: "/a.distill.json",
    name: "a",
    startedAt: "2025-01-31T14:25:30.000Z",
    state: "completed",
    elapsedSeconds: 1,
    step: 1,
    metrics: {},
    ...more,
  };
}

const a = "a".repeat(64);
const b = "b".repeat(64);
const member = (sweep: string, settings = {}) => ({ member: { sweep, index: 0, settings } });
const from = (one: RunSummary, others: readonly RunSummary[]) =>
  besideOthers(one, others, cache).differs?.from;

test("a run is held against the newest one before it, of the same experiment and subject, that has data", () => {
  const rows: readonly [() => readonly RunSummary[], string | undefined][] = [
    [() => [], undefined],
    [() => [run("5", a)], "5"],
    [() => [run("5", a), run("4", a)], "5"],
    [() => [run("5", b), run("4", a)], undefined],
    [() => [run("5", a, { experiment: "/b.distill.json" })], undefined],
    [() => [run("5", a, { subject: "teacher" })], undefined],
    [() => [run("9", b)], undefined],
    [() => [run("91", a)], undefined],
    [() => [run("51", undefined), run("4", a)], "4"],
    [() => [run("5", ""), run("4", a)], "4"],
  ];
  for (const [others, expected] of rows) {
    cache.clear();
    const newest = run("9", b);
    assert.equal(from(newest, others()), expected, String(others));
  }
});

test("what differs is said once, and goes where nothing differs any more", () => {
  const before = run("5", a);
  const differing = besideOthers(run("8", b), [before], cache);
  assert.equal(differing.differs?.words.length, 1);
  assert.match(differing.differs?.words[0] ?? "", /training data/);
  assert.deepEqual(besideOthers({ ...differing, step: 2 }, [before], cache), { ...differing, step: 2 });
  const same = besideOthers({ ...differing, ...run("8", a) }, [before], cache);
  assert.equal("differs" in same, false);
  assert.equal(same.id, "8");
});

test("a sweep is held against nothing, nor is a run of it that is to have other data", () => {
  const before = run("5", a);
  const sweep = { sweep: { runs: 3 } } as unknown as Partial<RunSummary>;
  assert.equal(from(run("8", b, sweep), [before]), undefined);
  assert.equal(from(run("8", b, member("/runs/7", { "data.train.path": "b.csv" })), [before]), undefined);
  assert.equal(
    from(run("8", b, member("/runs/7", { temperature: 2, "data.train.path": "b.csv" })), [before]),
    undefined,
  );
  assert.equal(from(run("8", b, member("/runs/7", { temperature: 2 })), [before]), "5");
});

test("of a sweep's runs each is held against the first of them", () => {
  const first = run("7-01", a, member("/runs/7"));
  const second = run("7-02", a, member("/runs/7"));
  const third = run("7-03", b, member("/runs/7"));
  assert.equal(from(third, [second, first, run("5", b)]), "7-01");
  assert.equal(from(third, [run("6", a, member("/runs/0")), run("5", a)]), "6");
});
