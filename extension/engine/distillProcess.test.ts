import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { runDistill } from "./distillProcess.ts";

const folder = mkdtempSync(path.join(tmpdir(), "distill-process-"));
after(() => rmSync(folder, { recursive: true }));

const node = { path: process.execPath, environment: { GIVEN: "yes" } };
let scripts = 0;
function script(text: string): string {
  const file = path.join(folder, `${scripts++}.mjs`);
  writeFileSync(file, text);
  return file;
}

test("lines come as they are printed, with the rest at the end", async () => {
  const lines: string[] = [];
  const cli = script(
    "console.log(process.argv.slice(2).join()); console.log(process.env.GIVEN, process.cwd()); process.stdout.write('end'); console.error('oh'); process.exitCode = 3;",
  );
  const ended = await runDistill({ node, cli, args: ["a", "b"], onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ["a,b", `yes ${folder}`, "end"]);
  assert.deepEqual(ended, { code: 3, endSignal: null, stdout: "", stderr: "oh" });
});

test("what is printed as a whole is kept as a whole", async () => {
  const cli = script("console.log(JSON.stringify({ a: [1] }, null, 2))");
  assert.deepEqual(JSON.parse((await runDistill({ node, cli, args: [] })).stdout), { a: [1] });
});

test("a stop is Ctrl+C, and what is said on it is heard", async () => {
  const cli = script(
    "process.once('SIGINT', () => { console.log('tidied'); process.exit(130); }); setInterval(() => {}, 1000); console.log('ready');",
  );
  const stop = new AbortController();
  const lines: string[] = [];
  const ended = await runDistill({
    node,
    cli,
    args: [],
    signal: stop.signal,
    onLine: (line) => {
      lines.push(line);
      if (line === "ready") stop.abort();
    },
  });
  assert.deepEqual([lines, ended.code], [["ready", "tidied"], 130]);
});

test("a stop before the start still stops it", async () => {
  const cli = script("setInterval(() => {}, 1000)");
  const { endSignal } = await runDistill({ node, cli, args: [], signal: AbortSignal.abort() });
  assert.equal(endSignal, "SIGINT");
});

test("a Node that is not there is named", async () => {
  const nowhere = { path: path.join(folder, "no-node"), environment: {} };
  await assert.rejects(
    runDistill({ node: nowhere, cli: script(""), args: [] }),
    /no-node could not be started/,
  );
});
