import assert from "node:assert/strict";
import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  ListRuns,
  ReadEvents,
  ReadSeries,
  RunEvents,
  type RunSummary,
  RunsChanged,
} from "../../server/protocol.ts";
import { openEventLog } from "../../server/runs/eventLog.ts";
import { createRun } from "../../server/runs/runDirectory.ts";
import { startLanguageServer, temporaryFolder } from "../support/languageServer.ts";

const message = "m".repeat(1 << 18);

/** A stopped run whose log has `count` lines of a quarter of a megabyte between its first event and its last. */
async function longRun(folder: string, count: number) {
  const run = await createRun({
    runsDirectory: join(folder, ".distill", "runs"),
    experimentFile: join(folder, "a.distill.json"),
    name: "a",
    experiment: {},
  });
  const log = openEventLog(run.events);
  log.append({ type: "started", runId: run.id, mode: "start", step: 0, totalSteps: 1000 });
  for (let at = 0; at < count; at++) log.append({ type: "warning", code: "long", message });
  log.append({ type: "stopped", reason: "SIGTERM", step: 7 });
  log.close();
  return run;
}

const folderFor = (t: TestContext) => temporaryFolder((clean) => t.after(clean), { "a.distill.json": "{}" });

test("damage far inside a long log is told once the server has looked so far", {
  timeout: 120_000,
}, async (t) => {
  const folder = await folderFor(t);
  const run = await longRun(folder, 120);
  const lines = (await readFile(run.events, "utf8")).split("\n");
  await writeFile(run.events, lines.with(110, lines[110]?.replace("mm", "mn") ?? "").join("\n"));
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const warned = new Promise<RunSummary>((resolve) => {
    server.connection.onNotification(RunsChanged, ({ runs }) => {
      for (const summary of runs) if (summary.warnings) resolve(summary);
    });
  });
  const [listed] = await server.connection.sendRequest(ListRuns, {});
  assert.equal(listed?.state, "stopped");
  // A server that was faster than this test has told already, and lists it so.
  const { directory, warnings } = listed?.warnings === undefined ? await warned : listed;
  assert.deepEqual(warnings, [
    { code: "log-damaged", message: "events.jsonl: line 111 is damaged; 1 event is missing." },
  ]);
  const last = await server.connection.sendRequest(ReadEvents, { directory, afterSeq: 118 });
  assert.deepEqual(
    last.map(({ seq }) => seq),
    [119, 120, 121],
  );
  await server.shutdown();
});

test("of a long log that is put into the folder no old event is sent, and what follows is", {
  timeout: 120_000,
}, async (t) => {
  const folder = await folderFor(t);
  const elsewhere = await folderFor(t);
  const run = await longRun(elsewhere, 40);
  const runs = join(folder, ".distill", "runs");
  const server = await startLanguageServer((clean) => t.after(clean), { folders: [folder] });
  const seqs: number[] = [];
  let last = () => {};
  const told = new Promise<void>((resolve) => {
    last = resolve;
  });
  server.connection.onNotification(RunEvents, ({ events }) => {
    for (const { seq } of events) seqs.push(seq);
    if (seqs.includes(43)) last();
  });
  const known = new Promise<RunSummary>((resolve) => {
    server.connection.onNotification(RunsChanged, (change) => {
      for (const summary of change.runs) if (summary.step === 7) resolve(summary);
    });
  });
  await server.connection.sendRequest(ListRuns, {});
  // The log is whole before the folder is a run.
  const copy = join(runs, run.id);
  await cp(run.path, copy, { recursive: true, filter: (path) => !path.endsWith("job.json") });
  await copyFile(run.job, join(copy, "job.json"));
  const { directory } = await known;
  const log = openEventLog(join(directory, "events.jsonl"));
  log.append({ type: "started", runId: run.id, mode: "resume", step: 7, totalSteps: 1000 });
  log.append({ type: "stopped", reason: "SIGTERM", step: 7 });
  log.close();
  await told;
  assert.deepEqual(seqs, [42, 43]);
  const { lastSeq } = await server.connection.sendRequest(ReadSeries, { directory, series: [], buckets: 1 });
  assert.equal(lastSeq, 43);
  await server.shutdown();
});
