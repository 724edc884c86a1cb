import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { InspectLine, InspectQuery } from "../../server/protocol.ts";
import { served } from "./served.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

const of = <E extends InspectLine["event"]>(lines: readonly InspectLine[], event: E) =>
  lines.filter((line): line is InspectLine & { event: E } => line.event === event);

test("a run's predictions and samples are shown as they were evaluated, stored or asked for again, until its data change", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { with: { baselines: { studentAlone: true }, training: { steps: 20 } } });
  await succeed(["run", it.file]);
  const run = await onlyRun(it);
  const last = (await eventsOf(run)).at(-1);
  const summary = last?.type === "completed" ? last.summary : assert.fail();
  const query: InspectQuery = { request: 1, show: "disagreements", order: "sure", from: 0, count: 90 };
  const wrongQueries = [
    7,
    { ...query, from: -1 },
    { ...query, show: "toString" },
    { ...query, cell: { network: 1 } },
  ];
  const lines = await served(run, [
    ...wrongQueries,
    query,
    { ...query, request: 2, show: "all", order: "number" },
  ]);

  const { overview } = of(lines, "opened")[0] ?? assert.fail();
  if (overview.task !== "classification") assert.fail(overview.task);
  const { sets, confusion, reliability } = overview;
  assert.deepEqual([overview.split, overview.samples, overview.classes], ["test", 90, ["0", "1", "2"]]);
  assert.deepEqual([sets.helped, sets.harmed], [summary.gain?.mcnemar?.b, summary.gain?.mcnemar?.c]);
  for (const [network, metrics] of [
    ["student", summary.test],
    ["teacher", summary.teacher],
    ["studentAlone", summary.baselines?.["studentAlone"]],
  ] as const) {
    const matrix = confusion[network] ?? assert.fail();
    const right = matrix.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
    assert.equal(right / 90, metrics?.["accuracy"]);
    const bins = reliability[network] ?? assert.fail();
    const ece = bins.reduce(
      (sum, bin) => sum + (bin.samples / 90) * Math.abs(bin.accuracy - bin.confidence),
      0,
    );
    assert.ok(Math.abs(ece - (metrics?.["ece"] ?? 0)) < 1e-6, `${network}: ${ece}, ${metrics?.["ece"]}`);
  }
  const [disagreements, all, ...more] = of(lines, "page");
  assert.deepEqual([disagreements?.total, more], [sets.disagreements, []]);
  const sure =
    disagreements?.samples.map(({ predicted }) => Number.parseFloat(predicted.student?.note ?? "")) ?? [];
  assert.deepEqual(
    sure,
    sure.toSorted((a, b) => b - a),
  );
  const rows = (await readFile(join(it.folder, "test.csv"), "utf8")).trim().split("\n").slice(1);
  for (const { number, truth, preview } of all?.samples ?? []) {
    const cells = preview?.kind === "row" ? preview.cells.map(([, value]) => Number(value)) : [];
    assert.deepEqual([...cells, Number(truth)], rows[number]?.split(",").map(Number));
  }
  assert.equal(all?.samples.length, 90);

  const page = join(it.folder, "page.html");
  assert.deepEqual(await distill(["inspect", run, "--out", page], { cwd: it.folder }), {
    code: 0,
    stdout: "page.html\n",
    stderr: "",
  });
  const asJson = await distill(["inspect", run, "--out", page, "--json"], { cwd: it.folder });
  assert.deepEqual(JSON.parse(asJson.stdout), { run: basename(run), path: page, ...overview });
  const html = await readFile(page, "utf8");
  assert.ok(!/<script|<link|src=(?!"data:)/.test(html), "it needs nothing else");
  for (const [anchor] of html.matchAll(/(?<=href="#)cell-\d-\d/g))
    assert.ok(html.includes(`id="${anchor}"`), anchor);

  const predictions = join(run, "predictions.safetensors");
  const stored = await readFile(predictions);
  await rm(predictions);
  const again = await served(run, [query]);
  assert.deepEqual(
    of(again, "opened")[0]?.overview,
    overview,
    "the networks say the same when they are asked again",
  );
  assert.deepEqual(of(again, "page")[0]?.samples, disagreements?.samples);

  await writeFile(predictions, stored.subarray(0, -1));
  const [refused] = await served(run, []);
  assert.match(
    refused?.event === "error" ? refused.message : "",
    /predictions\.safetensors is not a whole .*\.$/,
  );
  await writeFile(predictions, stored);
  await writeFile(join(it.folder, "test.csv"), `x0,x1,x2,x3,x4,x5,label\n${rows.slice(1).join("\n")}\n`);
  const changed = await served(run, [query]);
  const { note } = of(changed, "samples")[0] ?? {};
  assert.match(
    note ?? "",
    /^The samples cannot be shown: those of the test split are other ones than were evaluated\.$/,
  );
  assert.ok(of(changed, "page")[0]?.samples.every(({ preview }) => preview === undefined));
  await rm(predictions);
  const without = await distill(["inspect", run], { cwd: it.folder });
  assert.deepEqual(
    [without.code, without.stderr],
    [0, ""],
    "the networks are asked about the samples that are there",
  );
});
