import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { distill, eventsOf, onlyRun, scene, succeed } from "./support.ts";

/** Values of `loss` in an event file of TensorBoard: a tag of four letters, then a float. */
function lossesOf(file: Buffer): number[] {
  const tag = Buffer.from("\n\u0004loss\u0015", "latin1");
  const values: number[] = [];
  for (let at = file.indexOf(tag); at >= 0; at = file.indexOf(tag, at + 1))
    values.push(file.readFloatLE(at + tag.length));
  return values;
}

test("a run's numbers reach TensorBoard while it trains, and a table or TensorBoard afterwards", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 20 });
  const inside = { cwd: it.folder };
  await succeed(["run", it.file, "--tensorboard", "board"], inside);
  const run = await onlyRun(it);
  const steps = (await eventsOf(run)).flatMap((event) =>
    event.type === "step" && event.subject === undefined ? [Number(event.loss)] : [],
  );
  const boardOf = async (folder: string): Promise<Buffer> => {
    const [id = "", ...others] = await readdir(join(it.folder, folder));
    const [file = ""] = await readdir(join(it.folder, folder, id));
    assert.deepEqual([join(it.runs, id), others], [run, []]);
    return readFile(join(it.folder, folder, id, file));
  };
  const live = await boardOf("board");
  assert.deepEqual(lossesOf(live), steps.map(Math.fround));

  const words = (format: string, out: string) => ["export-log", "latest", "--format", format, "--out", out];
  await succeed(words("tensorboard", "later"), inside);
  const later = await boardOf("later");
  assert.deepEqual(later.subarray(60), live.subarray(60), "all but the time of the file's beginning");
  const again = await distill(words("tensorboard", "later"), inside);
  assert.deepEqual([again.code, /already exists/.test(again.stderr)], [1, true]);

  await succeed(words("csv", "log.csv"), inside);
  const rows: Record<string, string>[] = parse(await readFile(join(it.folder, "log.csv")), { columns: true });
  assert.deepEqual(
    rows.filter(({ name }) => name === "loss").map(({ value }) => Number(value)),
    steps,
  );

  await succeed(words("parquet", join("tables", "log.parquet")), inside);
  const file = await asyncBufferFromFile(join(it.folder, "tables", "log.parquet"));
  assert.deepEqual(
    (await parquetReadObjects({ file })).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? "")])),
    ),
    rows,
    "a parquet file has the rows of the csv",
  );

  await writeFile(join(it.folder, "file"), "");
  const unwritable = await distill(["run", it.file, "--tensorboard", "file"], inside);
  assert.equal(unwritable.code, 0, "the run goes on");
  assert.match(
    unwritable.stdout + unwritable.stderr,
    /TensorBoard could not be written to .*file: Could not create .*: a part of the path is not a folder\. The run goes on/,
  );
});
