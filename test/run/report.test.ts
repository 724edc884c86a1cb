import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { htmlReport } from "../../server/report/html.ts";
import { markdownReport } from "../../server/report/markdown.ts";
import type { RunReport } from "../../server/report/report.ts";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

const hostile = '<img src=x onerror="alert(1)"> | ![p](https://example.org/p) \\input{x} =1+1';

test("a report says of a run what its summary says, in every form, whatever it is called, until the run is deleted", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    with: { name: hostile, description: hostile, baselines: { studentAlone: true }, training: { steps: 20 } },
  });
  const inside = { cwd: it.folder };
  await succeed(["run", it.file], inside);
  const run = await onlyRun(it);
  const last = (await eventsOf(run)).at(-1);
  const summary = last?.type === "completed" ? last.summary : assert.fail();
  const written = async (format: string): Promise<string> => {
    const { code, stdout, stderr } = await distill(["report", "latest", "--format", format], inside);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout;
  };

  const report: RunReport = JSON.parse(await written("json"));
  assert.deepEqual(report.result, summary);
  const { confusion, networks } = report;
  assert.deepEqual(
    networks.map(({ network, test, validation }) => [network, test?.["accuracy"], validation?.["accuracy"]]),
    [
      ["teacher", summary.teacher?.["accuracy"], summary.validation?.teacher?.["accuracy"]],
      ["student", summary.test?.["accuracy"], summary.best?.metrics["accuracy"]],
      [
        "student alone",
        summary.baselines?.["studentAlone"]?.["accuracy"],
        summary.validation?.baselines?.["studentAlone"]?.["accuracy"],
      ],
    ],
  );
  for (const { network, flops, bytes, latencyMs = 0, latencyP95Ms = 0 } of networks.slice(0, 2)) {
    const products = network === "student" ? 6 * 12 + 12 * 3 : 6 * 32 + 32 * 3;
    assert.deepEqual([flops, (bytes ?? 0) > 0], [2 * products, network === "student"]);
    assert.ok(latencyMs > 0 && latencyP95Ms >= latencyMs, `${latencyMs} ms, ${latencyP95Ms} ms`);
  }
  const matrix = confusion?.counts["student"] ?? assert.fail();
  const sums = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  assert.deepEqual(sums, [30, 30, 30], "rows are labels");
  const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
  assert.equal(right / 90, summary.test?.["accuracy"]);
  assert.equal(confusion?.helped, summary.gain?.mcnemar?.b);
  assert.equal(confusion?.harmed, summary.gain?.mcnemar?.c);

  const rows: Record<string, string>[] = parse(await written("csv"), { columns: true });
  assert.deepEqual(
    rows.map(({ network, split, accuracy }) => [network, split, Number(accuracy)]),
    networks.flatMap(({ network, validation, test }) => [
      [network, "validation", validation?.["accuracy"]],
      [network, "test", test?.["accuracy"]],
    ]),
  );
  const accuracy = `${(100 * Number(summary.test?.["accuracy"])).toFixed(2)}`;
  assert.match(await written("latex"), new RegExp(`^student & ${accuracy} \\\\% &.* \\\\\\\\$`, "m"));

  const card = await written("md");
  assert.match(card, /^ {6}type: tabular-classification$/m);
  assert.match(card, /^ {6}name: "test\.csv"\n {6}type: custom\n {6}split: test$/m);
  const samples = { ...(report.manifest?.samples ?? assert.fail()), shape: [8, 8, 1] };
  const ofImages = markdownReport({ ...report, manifest: { ...report.manifest, samples } });
  assert.match(ofImages, /^ {6}type: image-classification$/m);
  assert.match(card, new RegExp(`^    - type: "accuracy"\n      value: ${summary.test?.["accuracy"]}$`, "m"));
  assert.ok(!/^[^"`]*!\[p\]/m.test(card), "a name is no picture");
  const page = await written("html").then(() => readFile(join(it.folder, `${report.runId}.html`), "utf8"));
  assert.ok(page.includes(`${accuracy} %`) && page.includes("<svg"));
  assert.ok(
    !/<img|<script|<link|\ssrc=(?!x onerror)/.test(page),
    "nothing of a name is a tag, and nothing is loaded",
  );

  const noted = htmlReport({ ...report, notes: ["Check `a<b` and ` c."] });
  assert.ok(noted.includes("<li>Check <code>a&lt;b</code> and ` c.</li>"));

  const asJson = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await distill([...words, "--json"], inside);
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(stdout);
  };
  assert.deepEqual(await asJson("note", "latest", "a \u202e note", "--tag", "kept"), {
    run: report.runId,
    tags: ["kept"],
    note: "a \u202e note",
  });
  assert.deepEqual(await asJson("report", "latest"), await written("json").then(JSON.parse));
  const csv = join(it.folder, "report.csv");
  const asCsv = await asJson("report", "latest", "--format", "csv", "--out", csv);
  assert.deepEqual(asCsv, { run: report.runId, format: "csv", path: csv });
  assert.equal((await readFile(csv, "utf8")).replaceAll("\r\n", "\n"), await written("csv"));
  const table = join(it.folder, "log.csv");
  assert.deepEqual(await asJson("export-log", "latest", "--format", "csv", "--out", table), {
    runs: [report.runId],
    format: "csv",
    path: table,
  });
  const both = await distill(["report", "latest", "--format", "md", "--json"], inside);
  assert.deepEqual([both.code, both.stdout, /md needs --out FILE/.test(both.stderr)], [1, "", true]);
  const out = join(it.folder, "student.onnx");
  const exported = await asJson("export", "latest", "--format", "onnx", "--out", out);
  assert.deepEqual(
    [exported.path, exported.output.shape, exported.card.experiment],
    [out, ["batch", 3], hostile],
  );

  const { code, stderr } = await distill(["report", "latest", "--format", "docx"], inside);
  assert.deepEqual([code, stderr], [1, '--format is "docx"; expected html, md, json, csv, latex.\n']);
  await writeFile(join(it.folder, "kept.html"), "");
  const unasked = await distill(["delete", "latest"], inside);
  assert.deepEqual([unasked.code, /there is no terminal/.test(unasked.stderr)], [1, true]);
  const predictions = await readFile(join(run, "predictions.safetensors"));
  predictions[predictions.length - 1] = ((predictions.at(-1) ?? 0) + 1) % 3; // another class
  await writeFile(join(run, "predictions.safetensors"), predictions);
  const damaged = await distill(["report", "latest", "--out", "kept.html"], inside);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /predictions\.safetensors/);
  assert.equal(await readFile(join(it.folder, "kept.html"), "utf8"), "");

  assert.deepEqual(await asJson("delete", report.runId.slice(0, 12), "--yes"), { deleted: [report.runId] });
  assert.deepEqual(
    (await readdir(it.runs)).filter((name) => !name.startsWith(".")),
    [],
  );
});
