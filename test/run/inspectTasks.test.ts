import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { InspectQuery } from "../../server/protocol.ts";
import { readAnswers, writeAnswers } from "../../server/runs/answers.ts";
import { served } from "./served.ts";
import { eventsOf, onlyRun, scene, succeed } from "./support.ts";

const query = { request: 1, from: 0, count: 500 } as const;
const dense = (units: number) => ({ type: "dense", units });

/** A run on tables of these rows, whose last columns are learned. */
async function trained(
  context: TestContext,
  {
    rows,
    label,
    data,
    ...experiment
  }: {
    readonly label: readonly string[];
    readonly data?: object;
    readonly rows: (count: number, seed: number) => string;
    readonly [key: string]: unknown;
  },
) {
  const source = (path: string) => ({ type: "csv", path, label });
  const it = await scene(context, {
    with: {
      ...{ teacher: { type: "layers", layers: [dense(8), dense(2)], train: { epochs: 2 } } },
      ...{ baselines: { studentAlone: true }, temperature: undefined, alpha: undefined, schedule: undefined },
      ...experiment,
      data: { train: source("train.csv"), test: source("test.csv"), batchSize: 32, ...data },
      ...{ student: { layers: [dense(2)] }, training: { steps: 30 } },
    },
  });
  await writeFile(join(it.folder, "train.csv"), rows(120, 1));
  await writeFile(join(it.folder, "test.csv"), rows(40, 2));
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  const last = (await eventsOf(run)).at(-1);
  return { ...it, run, summary: last?.type === "completed" ? last.summary : assert.fail() };
}

const noise = (k: number, seed: number) => ((k * 7919 + seed * 104729 + k * k * seed) % 9973) / 9973;

test("numbers: predictions against targets, the samples of the greatest error, and where the student is nearer than alone", {
  timeout: 600_000,
}, async (context) => {
  const rows = (count: number, seed: number) =>
    [
      "a,b,price,area",
      ...Array.from({ length: count }, (_, k) => {
        const [a, b] = [noise(k, seed), noise(k, seed + 7)];
        return [a, b, 10 * a + noise(k, 3), 5 * b + noise(k, 5)].join(",");
      }),
    ].join("\n");
  const it = await trained(context, {
    ...{ name: "prices", task: "regression", label: ["price", "area"], rows },
    losses: [{ type: "kd" }, { type: "mse" }],
  });
  const lines = await served(it.run, [
    { ...query, show: "all", order: "worst", output: 1 },
    { ...query, show: "helped", order: "gained", output: 0 },
    { ...query, show: "all", order: "number" },
  ]);
  const opened = lines.find((line) => line.event === "opened");
  const overview = opened?.overview.task === "regression" ? opened.overview : assert.fail();
  assert.deepEqual(
    overview.numbers.map(({ name }) => name),
    ["price", "area"],
  );
  const errors = overview.numbers.map(({ error }) => error["student"] ?? Number.NaN);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  assert.ok(Math.abs(mean - Number(it.summary.test?.["mae"])) < 1e-6, `${mean}`);
  for (const { scatter } of overview.numbers)
    for (const [network, cells] of Object.entries(scatter))
      assert.equal(
        cells.reduce((sum, [, , samples]) => sum + samples, 0),
        40,
        network,
      );
  const pages = lines.filter((line) => line.event === "page");
  const [worst, helped, all] = pages;
  const errorOf = ({ truth, words }: { readonly truth: string; readonly words: string | undefined }) =>
    Math.abs(Number(truth) - Number(words));
  const inOrder = (worst?.samples ?? []).map(({ truth, predicted }) =>
    errorOf({ truth, words: predicted.student?.words }),
  );
  assert.equal(inOrder.length, 40);
  assert.ok(
    inOrder.every((error, k) => k === 0 || error <= (inOrder[k - 1] ?? 0) + 2e-4),
    `${inOrder}`,
  );
  for (const { truth, predicted } of helped?.samples ?? [])
    assert.ok(
      errorOf({ truth, words: predicted.student?.words }) <=
        errorOf({ truth, words: predicted.studentAlone?.words }),
    );
  assert.equal(helped?.total, overview.numbers[0]?.sets.helped);
  const cells = (await readFile(join(it.folder, "test.csv"), "utf8")).split("\n").slice(1);
  for (const { number, truth } of all?.samples ?? []) {
    const [, , price, area] = (cells[number] ?? "")
      .split(",")
      .map((cell) => Number(Number(cell).toPrecision(5)));
    assert.equal(truth, `price ${price}, area ${area}`);
  }
  const page = join(it.folder, "page.html");
  await succeed(["inspect", it.run, "--out", page]);
  const html = await readFile(page, "utf8");
  assert.match(html, /<h2>Predictions against targets<\/h2>/);
  assert.match(html, /All samples, most wrong first: 40</);
  const price = overview.numbers[0] ?? assert.fail();
  const [target, prediction, count] =
    price.scatter["student"]?.toSorted((a, b) => Math.abs(b[0] - b[1]) - Math.abs(a[0] - a[1]))[0] ??
    assert.fail();
  const cell = { network: "student", target, prediction } satisfies InspectQuery["cell"];
  const [found] = (await served(it.run, [{ ...query, show: "all", order: "worst", output: 0, cell }])).filter(
    (line) => line.event === "page",
  );
  assert.equal(found?.total, count, "the samples of a cell of the scatter");
  const stepAt = (words: string | undefined) =>
    Math.min(47, Math.max(0, Math.floor(((Number(words) - price.from) / (price.to - price.from)) * 48)));
  for (const { truth, predicted } of found?.samples ?? [])
    assert.deepEqual([stepAt(truth), stepAt(predicted.student?.words)], [target, prediction]);
  const links = [...html.matchAll(/<a href="#(cell-\d+-\d+-\d+)"><title>([^<]*)/g)];
  assert.ok(
    links.some(([, , words]) => /^area .* to .*, predicted .* to .*: \d+ samples?$/.test(words ?? "")),
  );
  assert.ok(links.some(([, anchor]) => anchor === `cell-0-${target}-${prediction}`));
  for (const [, anchor] of links) assert.ok(html.includes(`<h3 id="${anchor}">`), anchor);

  // A run of an earlier version has kept errors, and its networks are asked again while the data are there.
  const stored = (await readAnswers(it.run)) ?? assert.fail();
  const { outputs, ...old } = stored;
  assert.ok(outputs);
  await writeAnswers(it.run, old);
  const again = (await served(it.run, [])).find((line) => line.event === "opened")?.overview;
  assert.deepEqual(again, overview);
  await rm(join(it.folder, "test.csv"));
  const [refused] = await served(it.run, []);
  assert.match(
    refused?.event === "error" ? refused.message : "",
    / has kept how wrong its networks are, and not what they predict\. The samples cannot be shown: /,
  );
});

test("several labels: what each network makes of each at the thresholds of the data, and the samples of a count", {
  timeout: 600_000,
}, async (context) => {
  const rows = (count: number, seed: number) =>
    [
      "a,b,cat,dog",
      ...Array.from({ length: count }, (_, k) => {
        const [a, b] = [noise(k, seed), noise(k, seed + 7)];
        return [a, b, a + noise(k, 3) / 3 > 0.6 ? 1 : 0, b + noise(k, 5) / 3 > 0.7 ? 1 : 0].join(",");
      }),
    ].join("\n");
  const it = await trained(context, {
    ...{ name: "pets", task: "multiLabel", label: ["cat", "dog"], rows },
    data: { threshold: [0.5, 0.3] },
    losses: [{ type: "kd" }, { type: "bce" }],
  });
  const cell = { network: "teacher", label: 1, outcome: "fn" } satisfies InspectQuery["cell"];
  const lines = await served(it.run, [
    { ...query, show: "all", order: "number", cell },
    { ...query, show: "all", order: "worst" },
    { ...query, show: "all", order: "number", cell: { ...cell, outcome: "toString" } },
  ]);
  const opened = lines.find((line) => line.event === "opened");
  const overview = opened?.overview.task === "multiLabel" ? opened.overview : assert.fail();
  assert.deepEqual(
    [overview.labels, overview.thresholds],
    [
      ["cat", "dog"],
      [0.5, 0.3],
    ],
  );
  const { answers } = (await readAnswers(it.run)) ?? assert.fail();
  for (const [network, counts] of Object.entries(overview.counts)) {
    // Kept of each sample are its true positives, and its wrong labels.
    const kept = [...(answers[network as "student"] ?? [])];
    const sum = (from: number) => kept.reduce((all, value, k) => all + (k % 2 === from ? value : 0), 0);
    const tp = counts.reduce((all, count) => all + count.tp, 0);
    const wrong = counts.reduce((all, count) => all + count.fp + count.fn, 0);
    assert.deepEqual([tp, wrong], [sum(0), sum(1)], network);
    for (const { tp, fp, fn, tn } of counts) assert.equal(tp + fp + fn + tn, 40);
  }
  const [missed, worst, ...others] = lines.filter((line) => line.event === "page");
  assert.deepEqual(others, [], "a count that is none is not asked for");
  assert.equal(missed?.total, overview.counts["teacher"]?.[1]?.fn);
  for (const { truth, predicted } of missed?.samples ?? [])
    assert.deepEqual([/dog/.test(truth), /dog/.test(predicted.teacher?.words ?? "")], [true, false]);
  const wrong = (worst?.samples ?? []).map(({ predicted }) =>
    Number.parseInt(predicted.student?.note ?? "0", 10),
  );
  assert.deepEqual(
    wrong,
    wrong.toSorted((a, b) => b - a),
  );
  const page = join(it.folder, "page.html");
  await succeed(["inspect", it.run, "--out", page]);
  const html = await readFile(page, "utf8");
  assert.match(html, /<h2>Labels<\/h2>/);
  const counts = (overview.counts["student"] ?? []).flatMap(({ fn, fp }, label) => [
    { label, outcome: "fn", words: "missed", count: fn },
    { label, outcome: "fp", words: "wrongly given", count: fp },
  ]);
  for (const { label, outcome, words, count } of counts.filter(({ count }) => count > 0)) {
    const anchor = `cell-${label}-${outcome}`;
    assert.ok(html.includes(`<a href="#${anchor}">${count}</a>`), "a count leads to its samples");
    const at = html.indexOf(`<h3 id="${anchor}">${overview.labels[label]}, ${words}: `);
    const shown = html.slice(at, html.indexOf("</div>", at)).match(/<figure>/g);
    assert.equal(shown?.length, Math.min(12, count));
  }
  assert.match(html, /<li class="wrong">✗ student: (cat|dog|none|cat, dog) · [12] wrong<\/li>/);
  assert.deepEqual(
    [...html.matchAll(/<summary>([a-z ]+), test</g)].map(([, network]) => network),
    ["teacher", "student", "student alone"],
  );
});
