import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { openEventLog } from "../runs/eventLog.ts";
import { readEvents } from "../runs/logReader.ts";
import { readManifest } from "../runs/manifest.ts";
import { createRun, type RunDirectory } from "../runs/runDirectory.ts";
import { readSeries } from "../runs/series.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { compare } from "./compare.ts";
import { exportRun } from "./export.ts";
import { list } from "./list.ts";
import { reporterFor } from "./reporters.ts";
import { resume } from "./resume.ts";
import { show } from "./show.ts";

async function newRun(context: TestContext): Promise<RunDirectory & { readonly runsDirectory: string }> {
  const runsDirectory = await mkdtemp(join(tmpdir(), "format-"));
  context.after(() => rm(runsDirectory, { recursive: true, force: true }));
  const experimentFile = join(runsDirectory, "a.distill.json");
  const run = await createRun({ runsDirectory, experimentFile, name: "a", experiment: { seed: 1 } });
  return { ...run, runsDirectory };
}

function terminal(): Terminal & { readonly text: () => string } {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  const stream = { write };
  return { out: stream, err: stream, text: () => text } as unknown as Terminal & {
    readonly text: () => string;
  };
}

const change = async (path: string, values: object) =>
  writeFile(
    path,
    JSON.stringify({ ...JSON.parse(await readFile(path, "utf8").catch(() => "{}")), ...values }),
  );

test("a run of a newer format is listed as one, and refused by every command with what to install", async (context) => {
  const run = await newRun(context);
  const { format } = JSON.parse(await readFile(run.job, "utf8"));
  await change(run.job, { format: format + 1, writtenBy: "9.1.0" });
  const refused = {
    code: "newer-format",
    message: `${run.job} has run format ${format + 1}; this version of Distillery reads up to ${format}.`,
    hint: "Install Distillery 9.1.0, which wrote it, or a later one.",
  };
  const { runsDirectory } = run;
  const out = terminal();
  for (const command of [
    () => show(run.path, {}, out),
    () => compare([run.path], {}, out),
    () => resume(run.path, {}, out),
    () => exportRun(run.path, { format: "onnx", out: join(runsDirectory, "it.onnx") }, out),
  ])
    await assert.rejects(command, refused);
  await list({ runsDirectory }, out);
  assert.match(
    out.text(),
    new RegExp(`^${run.id} +unreadable .*${refused.message} ${refused.hint} \\[newer-format\\]$`, "m"),
  );
});

test("a manifest of a newer format is refused; one of the first format is read with the hashes that it has", async (context) => {
  const run = await newRun(context);
  await change(run.manifest, {
    data: { train: "1234", test: "5678" },
    teacher: "9abc",
    engine: "onnxruntime 1",
  });
  const data = { train: { hash: "1234" }, test: { hash: "5678" } };
  const known = { data, teacher: { hash: "9abc" }, engine: "onnxruntime 1" };
  assert.deepEqual(await readManifest(run), { ...known, history: [{ step: 0, ...known }] });
  for (const format of [3, "2", null]) {
    await change(run.manifest, { format });
    await assert.rejects(readManifest(run), { code: "newer-format", hint: /^Install the latest Distillery/ });
  }
});

test("an event of a kind that is not known yet is kept, counted, and passed over by whoever reads", async (context) => {
  const run = await newRun(context);
  const log = openEventLog(run.events, () => 1000);
  log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 2 });
  log.close();
  await appendFile(
    run.events,
    '{"seq":1,"time":1000,"type":"prophecy","step":99999,"metrics":{"accuracy":77.77}}\n',
  );
  const again = openEventLog(run.events, () => 1000);
  again.append({
    type: "step",
    step: 1,
    epoch: 0.5,
    loss: 0.25,
    terms: {},
    learningRate: 0.1,
    gradNorm: 1,
    stepMs: 1,
    dataMs: 0,
    samplesPerSecond: 1,
  });
  again.append({ type: "stopped", reason: "SIGTERM", step: 1 });
  again.close();

  const { events } = await readEvents(run.events);
  assert.deepEqual(
    events.map(({ seq, type }) => [seq, type as string]),
    [
      [0, "started"],
      [1, "prophecy"],
      [2, "step"],
      [3, "stopped"],
    ],
  );
  const { series, lastSeq } = await readSeries(run.path, { series: ["loss"], buckets: 9 });
  assert.deepEqual([series["loss"]?.last, series["loss"]?.step, lastSeq], [[0.25], [1], 3]);
  const shown = terminal();
  const { runsDirectory } = run;
  await list({ runsDirectory }, shown);
  await show(run.path, {}, shown);
  assert.match(shown.text(), new RegExp(`^${run.id} +stopped +1/2 `, "m"));
  // No time of day has these digits, and run names have one.
  assert.doesNotMatch(shown.text(), /99,?999|prophecy|7,?777/);
  const unknown = events.filter(({ seq }) => seq === 1) as RunEvent[];
  for (const isTTY of [false, true]) {
    const out = terminal();
    Object.assign(out.out, { isTTY });
    reporterFor({ name: "a" }, out).take(unknown);
    assert.doesNotMatch(out.text(), /prophecy/);
  }
  const out = terminal();
  reporterFor({ name: "a", json: true }, out).take(unknown);
  assert.equal(JSON.parse(out.text()).type, "prophecy");
});
