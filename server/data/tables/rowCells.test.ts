import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ResolvedData } from "../../../schemas/resolvedExperiment.gen.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { prepareData } from "../../engine/train/prepare.ts";
import { rowCells, rowFeatures } from "./rowCells.ts";

const folder = fileURLToPath(new URL("../../../test/fixtures/tables/", import.meta.url));

test("what a person gives for a row becomes the features that the file's row has, and is read back from them", async () => {
  const prepared = await prepareData(
    {
      normalize: { scale: 1, mean: 0, std: 1 },
      train: {
        type: "csv",
        path: "people.csv",
        label: "income",
        features: [
          "age",
          { column: "workclass", as: "category", missing: "own" },
          { column: "hours", missing: "mostFrequent" },
          "married",
          { column: "joined", as: "date" },
        ],
      },
      test: { type: "csv", path: "others.csv", label: "income" },
    } as unknown as ResolvedData,
    { baseDirectory: folder, seed: 0 },
  );
  assert.ok(!("problem" in prepared), JSON.stringify(prepared));
  for (const [file, samples] of [
    ["people.csv", prepared.train],
    ["others.csv", prepared.test ?? assert.fail()],
  ] as const) {
    const [head = "", ...lines] = (await readFile(folder + file, "utf8")).trim().split("\n");
    const columns = samples.columns ?? assert.fail();
    const at = columns.map(({ name }) => head.split(",").indexOf(name));
    const values = storageOf(samples);
    const width = samples.shape[0] as number;
    for (const [row, line] of lines.entries()) {
      const texts = at.map((column) => line.split(",")[column] ?? "");
      const expected = values.subarray(row * width, (row + 1) * width);
      assert.deepEqual(rowFeatures(columns, texts), expected, `${file}: ${line}`);
      const again = rowCells(Float32Array.from(expected), columns, { numberText: String }).map(
        ([, text]) => text,
      );
      const [, workclass, , married] = again;
      const known = ["Private", "Self-emp", "State-gov"].includes(texts[1] ?? "");
      assert.equal(workclass, known ? texts[1] : "?");
      assert.ok(["0", "1"].includes(married ?? ""), married);
    }
  }
  const columns = prepared.train.columns ?? [];
  for (const [at, text, expected] of [
    [0, "old", "a number"],
    [3, "maybe", "true or false"],
    [4, "yesterday", "a date, as 2024-05-31"],
  ] as const) {
    const texts = columns.map((_, i) => (i === at ? text : ""));
    assert.deepEqual(rowFeatures(columns, texts), { column: columns[at]?.name, expected });
  }
});
