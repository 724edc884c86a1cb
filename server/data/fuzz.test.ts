import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { zipSync } from "fflate";
import type { Source } from "../../schemas/experiment.gen.ts";
import {
  encodeIdx,
  encodeNpy,
  encodeOnnx,
  encodeSafetensors,
  filesIn,
  modelJson,
  temporaryDirectory,
} from "../../test/support/dataFiles.ts";
import { storageOf } from "../../test/support/storageOf.ts";
import { sizeOf } from "../sizeOf.ts";
import { describeFile } from "./describe.ts";
import { isProblem } from "./problem.ts";
import type { Samples } from "./samples.ts";
import { loadSource } from "./sources/sources.ts";

const x = encodeNpy("<f4", [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const y = encodeNpy("<i8", [3], [0, 2, 1]);
const images = encodeIdx("uint8", [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = encodeIdx("uint8", [3], [0, 2, 1]);

/** A good source of each format, and the file of it that is to be damaged. */
const sources: Readonly<
  Record<string, { source: Source; files: Readonly<Record<string, Uint8Array>>; target: string }>
> = {
  "idx images": {
    source: { type: "idx", images: "x", labels: "y" },
    files: { x: images, y: labels },
    target: "x",
  },
  "idx labels": {
    source: { type: "idx", images: "x", labels: "y" },
    files: { x: images, y: labels },
    target: "y",
  },
  "gzipped idx": {
    source: { type: "idx", images: "x", labels: "y" },
    files: { x: gzipSync(images), y: labels },
    target: "x",
  },
  npy: { source: { type: "npy", features: "x", labels: "y" }, files: { x, y }, target: "x" },
  "deflated npz": {
    source: { type: "npz", path: "z", features: "x", labels: "y" },
    files: { z: zipSync({ "x.npy": x, "y.npy": y }) },
    target: "z",
  },
  "stored npz": {
    source: { type: "npz", path: "z", features: "x", labels: "y" },
    files: { z: zipSync({ "x.npy": x, "y.npy": y }, { level: 0 }) },
    target: "z",
  },
  csv: {
    source: { type: "csv", path: "t", label: -1 },
    files: { t: Buffer.from('a,"b ""x""",y\r\n1,2.5,cat\r\n3,-4e1,dog\r\n5,6,cat\r\n') },
    target: "t",
  },
};

for (const [name, { source, files, target }] of Object.entries(sources)) {
  const whole = files[target] as Uint8Array;

  test(`${name}: cut off at any byte it is a problem`, async (t) => {
    const directory = await filesIn(t, files);
    const original = await loadSource(source, directory);
    assert.ok(!isProblem(original), JSON.stringify(original));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(join(directory, target), whole.subarray(0, length));
      const result = await loadSource(source, directory);
      // The start of a table is a table.
      if (name === "csv" && !isProblem(result)) assertSound(result);
      else assert.ok(isProblem(result), `the first ${length} bytes were taken`);
    }
  });

  test(`${name}: with any byte changed it is a problem, or sound samples`, async (t) => {
    const directory = await filesIn(t, files);
    for (let at = 0; at < whole.length; at++) {
      for (const change of [0x01, 0x80, 0xff]) {
        await writeFile(join(directory, target), whole.with(at, (whole[at] as number) ^ change));
        const result = await loadSource(source, directory);
        if (!isProblem(result)) assertSound(result);
      }
    }
  });

  test(`${name}: random bytes behind a good start are a problem, or sound samples`, async (t) => {
    const directory = await filesIn(t, files);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.uint8Array({ maxLength: 300 }), async (kept, noise) => {
        await writeFile(join(directory, target), Buffer.concat([whole.subarray(0, kept), noise]));
        const result = await loadSource(source, directory);
        if (!isProblem(result)) assertSound(result);
      }),
      { numRuns: 150 },
    );
  });
}

const described: Readonly<Record<string, Uint8Array>> = {
  "x.idx": images,
  "x.idx.gz": gzipSync(images),
  "x.npy": x,
  "x.npz": zipSync({ "x.npy": x, "y.npy": y }),
  "x.csv": Buffer.from("a,b,y\n1,2,0\n3,4,1\n"),
  "x.onnx": encodeOnnx(),
  "model.json": Buffer.from(JSON.stringify(modelJson)),
  "x.safetensors": encodeSafetensors({ w: [2, 3], b: [3] }),
};

for (const [name, whole] of Object.entries(described)) {
  test(`describing ${name} cut off, changed or continued by noise never fails`, async (t) => {
    const path = join(await temporaryDirectory(t), name);
    for (let at = 0; at < whole.length; at++) {
      for (const damaged of [whole.subarray(0, at), whole.with(at, (whole[at] as number) ^ 0xff)]) {
        await writeFile(path, damaged);
        await assertAnswered(path);
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.uint8Array({ maxLength: 300 }), async (kept, noise) => {
        await writeFile(path, Buffer.concat([whole.subarray(0, kept), noise]));
        await assertAnswered(path);
      }),
      { numRuns: 100 },
    );
  });
}

test("a file of one format is no other format", async (t: TestContext) => {
  const directory = await filesIn(t, described);
  const formats = ["idx", "npy", "npz", "onnx", "tfjs", "safetensors"] as const;
  for (const name of Object.keys(described)) {
    const description = await describeFile(join(directory, name));
    const own =
      description.kind === "problem" || description.kind === "outputs"
        ? undefined
        : description.format.replace(/-.*/, "");
    assert.ok(own !== undefined, `${name}: ${JSON.stringify(description)}`);
    for (const format of formats) {
      const { kind } = await describeFile(join(directory, name), { format });
      assert.equal(kind === "problem", format !== own, `${name} as ${format}`);
    }
  }
});

async function assertAnswered(path: string): Promise<void> {
  const description = await describeFile(path, {
    labels: true,
    arrays: { features: "x", labels: "y" },
    columns: { label: -1 },
  });
  assert.ok(description.kind === "problem" ? description.problem.message.length > 0 : description.bytes > 0);
}

function assertSound(samples: Samples): void {
  const { count, shape, classes, labels } = samples;
  const storage = storageOf(samples);
  assert.ok(count > 0 && labels.length === count);
  assert.equal(storage.length, count * sizeOf(shape));
  assert.ok(labels.every((label) => label >= 0 && label < classes));
  // A cell without a value is NaN until a table's columns are fitted.
  const isTable = samples.raw !== undefined;
  assert.ok(storage.every((value) => Number.isFinite(value) || (isTable && Number.isNaN(value))));
}
