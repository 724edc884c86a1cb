import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary, Series } from "../../server/protocol.ts";
import { type ReadRun, runsAsCsv, type Written } from "./csv.ts";

const run = (id: string, name = id): RunSummary => ({
  id,
  directory: `/${id}`,
  experiment: "/a.distill.json",
  name,
  state: "completed",
  startedAt: "2026-01-01T00:00:00Z",
  elapsedSeconds: 1,
  step: 1,
  metrics: {},
});

type Values = readonly (readonly [step: number, value: number | null])[];

function seriesOf(values: Values): Series {
  const column = <T>(of: (entry: Values[number]) => T) => values.map(of);
  const value = column(([, each]) => each);
  return {
    step: column(([step]) => step),
    min: value,
    max: value,
    last: value,
    time: column(([step]) => step / 10),
    epoch: column(([step]) => step / 100),
  };
}

/** A server with these values; a single bucket holds the last of them. */
function serverOf(runs: Readonly<Record<string, Readonly<Record<string, Values>>>>) {
  const ranges: (readonly [number, number])[] = [];
  const read: ReadRun = async ({ id }, { series: names, range, buckets }) => {
    if (range) ranges.push(range);
    const own = runs[id] ?? {};
    const within = (all: Values) =>
      all.filter(([step]) => range === undefined || (step >= range[0] && step <= range[1]));
    const series = Object.fromEntries(
      names.map((name) => {
        const values = within(own[name] ?? []);
        assert.ok(values.length <= buckets || buckets === 1);
        return [name, seriesOf(buckets === 1 ? values.slice(-1) : values)];
      }),
    );
    return { series, available: Object.keys(own), lastSeq: 0 };
  };
  return { read, ranges };
}

async function csvOf(runs: readonly RunSummary[], read: ReadRun) {
  const pieces: Written[] = [];
  for await (const piece of runsAsCsv(runs, read)) pieces.push(piece);
  return { text: pieces.map(({ text }) => text).join(""), shares: pieces.map(({ done }) => done) };
}

test("one line a run and step, a column for each series that any of them has", async () => {
  const { read } = serverOf({
    a: {
      loss: [
        [1, 0.5],
        [2, null],
      ],
      "validation.accuracy": [[2, 0.9]],
    },
    b: { loss: [[3, 0.25]], gradNorm: [[3, 7]] },
  });
  const { text } = await csvOf([run("a", 'my "best", run'), run("b")], read);
  assert.equal(
    text,
    [
      "run,id,step,epoch,seconds,loss,validation.accuracy,gradNorm",
      '"my ""best"", run",a,1,0.01,0.1,0.5,,',
      '"my ""best"", run",a,2,0.02,0.2,NaN,0.9,',
      "b,b,3,0.03,0.3,0.25,,7",
      "",
    ].join("\n"),
  );
});

test("a name with a comma, a quote or a line break is quoted, and no other", async () => {
  const { read } = serverOf({ a: { loss: [[1, 2]] } });
  for (const [name, field] of [
    ["b,c", '"b,c"'],
    ['b"c', '"b""c"'],
    ["b\nc", '"b\nc"'],
    ["b c;d", "b c;d"],
  ] as const)
    assert.ok((await csvOf([run("a", name)], read)).text.includes(`\n${field},a,1,`), field);
});

test("a long run is read piece by piece, each step once, and says how far it is", async () => {
  const steps = 12_345;
  const loss: Values = Array.from({ length: steps }, (_, index) => [index + 1, index] as const);
  const { read, ranges } = serverOf({ a: { loss } });
  const { text, shares } = await csvOf([run("a")], read);
  const lines = text.trimEnd().split("\n").slice(1);
  assert.deepEqual(
    lines.map((line) => Number(line.split(",")[2])),
    loss.map(([step]) => step),
  );
  assert.deepEqual(ranges, [
    [0, 4999],
    [5000, 9999],
    [10_000, 12_345],
  ]);
  assert.deepEqual(shares, [0, 5000 / 12_346, 10_000 / 12_346, 1]);
});

test("a run of many steps that are seldom reported takes few pieces", async () => {
  const { read, ranges } = serverOf({
    a: {
      loss: [
        [1, 2],
        [40_000_000, 1],
      ],
    },
  });
  await csvOf([run("a")], read);
  assert.equal(ranges.length, 400);
  assert.equal(ranges.at(-1)?.[1], 40_000_000);
});

test("a run without a step has no lines", async () => {
  const { read } = serverOf({ a: {}, b: { loss: [[1, 2]] } });
  const { text, shares } = await csvOf([run("a"), run("b")], read);
  assert.equal(text, "run,id,step,epoch,seconds,loss\nb,b,1,0.01,0.1,2\n");
  assert.deepEqual(shares, [0, 1]);
});
