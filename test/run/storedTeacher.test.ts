import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { HoverRequest } from "vscode-languageserver-protocol";
import { startLanguageServer, uriOf } from "../support/languageServer.ts";
import { fated, studentStep } from "./fate.ts";
import { adopt, dead } from "./lives.ts";
import { distill, onlyRun, type Scene, scene, succeed } from "./support.ts";

const weightsOf = async (run: string) => readFile(join(run, "final", "weights.safetensors"));

/** The experiment again, with something else in a key of it, and without the runs that it had. */
async function changed(it: Scene, key: string, value: unknown): Promise<string> {
  const experiment = JSON.parse(await readFile(it.file, "utf8"));
  await writeFile(it.file, JSON.stringify({ ...experiment, [key]: value }, null, 2));
  await rm(it.runs, { recursive: true, force: true });
  return it.file;
}

test("outputs that were stored of a teacher teach the same bits as the teacher, and are held to what a run began with", {
  timeout: 600_000,
}, async (context) => {
  const source = (path: string) => ({ type: "csv", path, label: "label" });
  const data = {
    train: source("train.csv"),
    validation: { split: 0.2 },
    test: source("test.csv"),
    batchSize: 32,
  };
  const it = await scene(context, { with: { data } });
  await succeed(["run", it.file]);
  const live = await onlyRun(it);
  const trained = await weightsOf(live);

  const out = join(it.folder, "said.npz");
  const stored = await succeed(["teacher", it.file, "--out", out]);
  assert.match(stored.stdout, /said\.npz {2}logits of train \[300, 3\], test \[90, 3\]\n/);
  const teacher = JSON.parse(`{${stored.stdout.split("\n")[1]}}`).teacher;
  const asJson = await distill(["teacher", it.file, "--out", out, "--json"]);
  assert.deepEqual(JSON.parse(asJson.stdout), {
    path: out,
    logits: { train: { shape: [300, 3] }, test: { shape: [90, 3] } },
    teacher,
  });
  for (const [words, message] of [
    [["--out", "t.npy"], /An \.npy file holds one array/],
    [["--out", "t.csv"], /expected a name that ends in \.npz or \.npy/],
    [
      ["--out", "t.npy", "--split", "all"],
      /--split is "all"; expected one of train, validation, test, unlabelled/,
    ],
    [["--out", "t.npy", "--split", "validation"], /no source of its own in data\.validation/],
  ] as const) {
    const refused = await distill(["teacher", it.file, ...words], { cwd: it.folder });
    assert.deepEqual([refused.code, message.test(refused.stderr)], [1, true], refused.stderr);
  }

  await changed(it, "teacher", teacher);
  const clean = await distill(["check", it.file]);
  assert.match(wordsOf(clean), /no problems/);
  const env = fated({ signal: "SIGKILL", event: studentStep, nth: 20 });
  await succeed(["run", it.file, "--detach"], { env });
  const run = await onlyRun(it);
  await dead(adopt(run));
  const whole = await readFile(out);
  const other = Buffer.from(whole);
  other[200] = 1 ^ (other[200] as number); // One number of an array; its checksum stands in the archive.
  await writeFile(out, other);
  assert.match((await distill(["resume", run])).stderr, /said\.npz.*corrupt|corrupt.*said\.npz/s);
  const doubled = await distill(["teacher", it.file, "--out", out]); // What cannot be read is stored nowhere.
  assert.equal(doubled.code, 2);
  await writeFile(out, whole);
  await succeed(["teacher", it.file, "--out", join(it.folder, "train.npy"), "--split", "train"]);
  const experiment = join(run, "experiment.json");
  const { teacher: resolved, ...rest } = JSON.parse(await readFile(experiment, "utf8"));
  await writeFile(experiment, JSON.stringify({ ...rest, teacher: { ...resolved, test: undefined } }));
  assert.match((await distill(["resume", run])).stderr, /: other teacher \(SHA-256 \w{12} → \w{12}\)\./);
  await writeFile(experiment, JSON.stringify({ ...rest, teacher: resolved }));
  await succeed(["resume", run]);
  assert.deepEqual(await weightsOf(run), trained);
  const { stdout } = await distill(["show", run]);
  assert.match(stdout, /teacher +Stored logits of 300 samples, right for [\d.]+ % of 240 training samples\./);
  const measured = await distill(["evaluate", it.file, "--teacher"]);
  assert.match(measured.stdout, /on test, 90 samples/);

  // In the editor: what a file holds, and what is said of it once it is another.
  const server = await startLanguageServer((clean) => context.after(clean));
  const uri = uriOf(it.file);
  const text = await readFile(it.file, "utf8");
  await server.open(uri, text);
  await server.diagnostics(uri, 1);
  const before = text.slice(0, text.indexOf("said.npz")).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const hover = await server.connection.sendRequest(HoverRequest.type, { textDocument: { uri }, position });
  assert.match(JSON.stringify(hover?.contents), /300 samples of \[3\], float32/);
  await writeFile(out, await readFile(join(it.folder, "train.csv")));
  // The server may see the file while it is empty, and says so first.
  const isOther = /has 7 classes, but the data has 3/;
  await server.diagnostics(uri, 1, (all) => all.some(({ message }) => isOther.test(String(message))));
});

const wordsOf = ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => stdout + stderr;
