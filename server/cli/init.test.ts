import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { smallDisk } from "../../test/support/smallDisk.ts";
import { parse } from "../language/parse.ts";
import { startingPoints } from "../language/startingPoints.ts";
import { examineModule } from "../modules/examiner.ts";
import { init } from "./init.ts";

const terminal = () => ({ out: new PassThrough(), err: new PassThrough() });

test("a new experiment file is JSON; one that is there stays as it is", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const name = join(folder, "digits");
  assert.equal(await init(name, {}, terminal()), 0);
  const file = `${name}.distill.json`;
  const text = await readFile(file, "utf8");
  assert.deepEqual(parse(text).problems, []);
  await assert.rejects(init(name, { from: "2" }, terminal()), { code: "exists" });
  assert.equal(await readFile(file, "utf8"), text);
});

test("the commands that come next name a file as a shell reads it", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const it = terminal();
  assert.equal(await init(join(folder, "red & blue"), { from: "3" }, it), 0);
  const file = `"${join(folder, "red & blue.distill.json")}"`;
  assert.ok(
    String(it.out.read()).includes(`distill check ${file}. Sample data for it: distill init ${file} --data`),
  );
});

test("a starting point with a loss of one's own writes its module, computes with it, and keeps one that is there", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const place = startingPoints.findIndex(({ beside }) => beside !== undefined);
  const from = String(place + 1);
  assert.equal(await init(join(folder, "own"), { from }, terminal()), 0);
  const module = join(folder, startingPoints[place]?.beside?.name ?? "");
  const examined = await examineModule(module, "./focal.ts");
  assert.ok("kind" in examined, JSON.stringify(examined));
  assert.deepEqual([examined.kind, examined.problem], ["loss", undefined]);
  await appendFile(module, "// changed\n");
  assert.equal(await init(join(folder, "other"), { from }, terminal()), 0);
  assert.match(await readFile(module, "utf8"), /changed/);
});

test("a new experiment on a table says which column is its label, why, and how to take another one", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const rows = Array.from({ length: 60 }, (_, i) => `${i / 7},${Math.sin(i)},${i % 3 ? "yes" : "no"}\n`);
  await appendFile(join(folder, "points.csv"), `x,y,inside\n${rows.join("")}`);
  const it = terminal();
  assert.equal(await init(join(folder, "points"), {}, it), 0);
  assert.match(
    String(it.out.read()),
    /\nColumn "inside" is the label, as the last column, .* To learn another one, write it as "label", for example "y"\.\n/,
  );
});

test("the list has the tables of the folder, and says which have no place in it", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const rows = Array.from({ length: 30 }, (_, row) => `${row % 7},${row % 2}\n`).join("");
  for (let table = 1; table < 8; table++)
    await appendFile(join(folder, `${table}.csv`), table === 1 ? "no rows\n" : `a,label\n${rows}`);
  const it = terminal();
  assert.equal(await init(join(folder, "own"), { list: true, json: true }, it), 0);
  const { startingPoints: listed, leftOut } = JSON.parse(String(it.out.read()));
  // A slow machine finds fewer, and says so.
  const names = listed.slice(startingPoints.length).map(({ name }: { name: string }) => name);
  const left = leftOut.map(({ path }: { path: string }) => path.replace(".csv", ""));
  assert.deepEqual([...left, ...names].toSorted(), ["1", "2", "3", "4", "5", "6", "7"]);
  assert.match(
    String(it.err.read()),
    /^Not in the list: 1\.csv, as no experiment on it passes `distill check`: All labels are of one class\. At least/m,
  );
  assert.equal(listed.at(-1).number, listed.length);
});

test("a network that lies beside data and teaches in no experiment on it is named with the reason", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  const rows = Array.from({ length: 60 }, (_, i) => `${i / 7},${i % 3 ? "yes" : "no"}\n`);
  await appendFile(join(folder, "points.csv"), `x,inside\n${rows.join("")}`);
  await appendFile(join(folder, "net.pt"), "PK");
  const it = terminal();
  assert.equal(await init(join(folder, "points"), {}, it), 0);
  assert.match(String(it.out.read()), /A teacher is trained first\./);
  assert.match(
    String(it.err.read()),
    /^Not used: net\.pt, as this is a PyTorch file, which is not supported\. Export it in Python/,
  );
});

test("of a folder with data that no experiment takes, a new one says why", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "init-"));
  context.after(() => rm(folder, { recursive: true }));
  await appendFile(join(folder, "notes.csv"), Buffer.from("\ufeffa,label\n1,x\n2,y\n", "utf16le"));
  await appendFile(join(folder, "book.xlsx"), "PK");
  const it = terminal();
  assert.equal(await init(join(folder, "own"), {}, it), 0);
  const said = String(it.err.read());
  assert.match(
    said,
    /^Not used: notes\.csv, as this is not a table in UTF-8: it is UTF-16; save it as UTF-8\.$/m,
  );
  assert.match(said, /^Not used: book\.xlsx, as this is an Excel table, .*read_excel/m);
  const chosen = terminal();
  assert.equal(await init(join(folder, "chosen"), { from: "1" }, chosen), 0);
  assert.equal(chosen.err.read(), null);
});

test("a full disk is named, and no empty file left on it", async (context) => {
  const disk = await smallDisk(context, "size=64k");
  if (disk === undefined) return;
  const filled = appendFile(join(disk, "ballast"), Buffer.alloc(100_000));
  await assert.rejects(filled, { code: "ENOSPC" });
  const name = join(disk, "digits");
  await assert.rejects(init(name, {}, terminal()), { code: "disk-full", message: /the disk is full/ });
  assert.ok(!existsSync(`${name}.distill.json`));
});
