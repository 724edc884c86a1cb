import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { onlyRun, scene, succeed } from "./support.ts";

test("balanced class weights train what their numbers train, and other numbers do not", {
  timeout: 600_000,
}, async (context) => {
  const trained = async (classWeights: unknown) => {
    const data = { train: { type: "csv", path: "train.csv", label: "label", take: 130 }, batchSize: 32 };
    const losses = [{ type: "ce", ...(classWeights === undefined ? {} : { classWeights }) }];
    const alone = { teacher: undefined, temperature: undefined, alpha: undefined };
    const it = await scene(context, { with: { data, losses, ...alone } });
    const rows = (await readFile(join(it.folder, "train.csv"), "utf8")).trim().split("\n");
    // Half of the first class is gone.
    const left = rows.filter((row, at) => at % 2 === 0 || !/,0$/.test(row));
    await writeFile(join(it.folder, "train.csv"), left.join("\n"));
    await succeed(["run", it.file]);
    const weights = await readFile(join(await onlyRun(it), "final", "weights.bin"));
    return { weights, labels: left.slice(1, 131).map((row) => Number(row.at(-1))) };
  };
  const { weights, labels } = await trained("balanced");
  const numbers = [0, 1, 2].map((label) => 130 / (3 * labels.filter((own) => own === label).length));
  assert.ok((numbers[0] as number) > 1.2 * (numbers[1] as number), `${numbers}`);
  assert.deepEqual((await trained(numbers)).weights, weights);
  assert.notDeepEqual((await trained(undefined)).weights, weights);
});
