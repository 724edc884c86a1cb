import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import type { ResolvedData } from "../../schemas/resolvedExperiment.gen.ts";
import { Lookup } from "../data/lookup.ts";
import { hashed, placed, type Samples, select } from "../data/samples.ts";
import type { SamplePreview } from "../protocol.ts";
import { previewsOf } from "./previews.ts";

const labels = (count: number) => new Int32Array(count);
const data = { test: { type: "text", text: ["question", "answer"] } } as unknown as ResolvedData;
const seen = (samples: Samples, rows: readonly number[], range?: readonly [number, number]) =>
  previewsOf(samples, { data, range })(rows);

async function pixelsOf(preview: SamplePreview | undefined): Promise<readonly number[]> {
  if (preview?.kind !== "image") return assert.fail();
  const file = Buffer.from(preview.uri.replace("data:image/png;base64,", ""), "base64");
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [preview.width, preview.height]);
  return [...data];
}

test("an image is a PNG of its pixels; floats are stretched from their range, and a large one is made smaller", async () => {
  const storage = Uint8Array.from({ length: 2 * 4 * 5 * 3 }, (_, k) => k * 2);
  const samples = hashed({ count: 2, shape: [4, 5, 3], classes: 2, labels: labels(2), storage });
  const [second, first] = await seen(samples, [1, 0]);
  assert.deepEqual(await pixelsOf(second), [...storage.subarray(60)]);
  assert.deepEqual(await pixelsOf(first), [...storage.subarray(0, 60)]);
  const floats = Float32Array.from({ length: 16 }, (_, k) => k / 15 - 0.5);
  const grey = hashed({ count: 1, shape: [4, 4], classes: 2, labels: labels(1), storage: floats });
  const [stretched] = await seen(grey, [0], [-0.5, 0.5]);
  const every = (await pixelsOf(stretched)).filter((_, k, { length }) => k % (length / 16) === 0);
  assert.deepEqual(
    every,
    Array.from({ length: 16 }, (_, k) => k * 17),
  );
  const wide = hashed({
    count: 1,
    shape: [10, 200, 1],
    classes: 2,
    labels: labels(1),
    storage: new Uint8Array(2000),
  });
  const [small] = await seen(wide, [0]);
  assert.deepEqual(small?.kind === "image" && [small.width, small.height], [64, 3]);
});

test("a row has its columns as they were before they became features", async () => {
  const columns = [
    { name: "age", as: "number", fill: [0] },
    { name: "work", as: "category", values: ["own", "state"], fill: [0, 0], own: true },
    { name: "hours", as: "number", fill: [1], own: true },
  ] as const;
  const storage = Float32Array.of(30, 0, 1, 0, 8.5, 0, 41, 0, 0, 1, 1, 1);
  const samples = hashed({ count: 2, shape: [6], classes: 2, labels: labels(2), columns, storage });
  assert.deepEqual(await seen(samples, [0, 1]), [
    {
      kind: "row",
      cells: [
        ["age", "30"],
        ["work", "state"],
        ["hours", "8.5"],
      ],
    },
    {
      kind: "row",
      cells: [
        ["age", "41"],
        ["work", "?"],
        ["hours", "?"],
      ],
    },
  ]);
  const plain = hashed({
    count: 1,
    shape: [30],
    classes: 2,
    labels: labels(1),
    storage: new Float32Array(30),
  });
  const [row] = await seen(plain, [0]);
  assert.deepEqual(row?.kind === "row" && [row.cells.length, row.more], [24, "6 more of [30]"]);
});

test("a text is as its table has it, of whichever samples are left", async () => {
  const asked: string[] = [];
  const ids = new Lookup(async (column: string) => {
    asked.push(column);
    return ["a", "b", "c"].map((letter) => `${column} ${letter}`);
  });
  const tokens = { vocabulary: 9, padding: 0, tokenizer: "" };
  const given = { count: 3, shape: [2], classes: 2, labels: labels(3), tokens, storage: new Float32Array(6) };
  const samples = select(placed({ ...hashed(given), ids }, "test"), Int32Array.of(2, 0));
  assert.deepEqual(await seen(samples, [0, 1]), [
    { kind: "text", text: "question c\nanswer c" },
    { kind: "text", text: "question a\nanswer a" },
  ]);
  assert.deepEqual(asked, ["question", "answer"]);
});
