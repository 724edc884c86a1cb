import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { storageOf } from "../../test/support/storageOf.ts";
import { identityNormalize } from "./normalize.ts";
import { fillBatch, hashed, hashInPieces, type Samples, select } from "./samples.ts";

const samples = hashed({
  count: 4,
  shape: [2],
  classes: 3,
  classNames: ["a", "b", "c"],
  labels: Int32Array.of(0, 1, 2, 1),
  storage: Uint8Array.of(10, 11, 20, 21, 30, 31, 40, 41),
});

const contents = (it: Samples) => [Array.from(it.labels), Array.from(storageOf(it))];

test("a batch gathers rows in any order, also twice", () => {
  const out = new Float32Array(6);
  fillBatch(samples, [3, 0, 3], identityNormalize, out);
  assert.deepEqual(Array.from(out), [40, 41, 10, 11, 40, 41]);
});

test("a short batch leaves the rest of its array alone; a long one is refused", () => {
  const out = new Float32Array(6).fill(-1);
  fillBatch(samples, [1], identityNormalize, out);
  assert.deepEqual(Array.from(out), [20, 21, -1, -1, -1, -1]);
  assert.throws(
    () => fillBatch(samples, [0, 1, 2, 3], identityNormalize, out),
    /4 × 2 values does not fit into 6/,
  );
});

test("a normalisation of another number of channels is a bug", () => {
  const normalize = { scale: 1, mean: [0, 0, 0], std: [1] };
  assert.throws(
    () => fillBatch(samples, [0], normalize, new Float32Array(2)),
    /mean has 3 and std 1 values for 2/,
  );
});

test("selected rows that follow one another share memory, others are copied", () => {
  const run = select(samples, Int32Array.of(1, 2));
  assert.deepEqual(contents(run), [
    [1, 2],
    [20, 21, 30, 31],
  ]);
  assert.equal(storageOf(run).buffer, storageOf(samples).buffer);
  const picked = select(samples, Int32Array.of(3, 0));
  assert.deepEqual(contents(picked), [
    [1, 0],
    [40, 41, 10, 11],
  ]);
  assert.deepEqual([picked.count, picked.classes, picked.classNames], [2, 3, ["a", "b", "c"]]);
  assert.equal(select(samples, Int32Array.of()).count, 0);
});

test("a selection has the hash of its content, however it was made", () => {
  const twice = select(select(samples, Int32Array.of(3, 1, 0)), Int32Array.of(2, 0));
  assert.equal(twice.contentHash, select(samples, Int32Array.of(0, 3)).contentHash);
  assert.notEqual(twice.contentHash, samples.contentHash);
  assert.equal(select(samples, Int32Array.of(0, 1, 2, 3)).contentHash, samples.contentHash);
});

test("values are hashed in pieces, each byte once and in order, whatever the pieces", () => {
  const bytes = Uint8Array.from({ length: 103 }, (_, i) => i);
  const values = new Int16Array(bytes.buffer, 2, 50);
  const whole = createHash("sha256").update(bytes.subarray(2, 102)).digest("hex");
  for (const pieceBytes of [1, 7, 50, 99, 100, 101]) {
    const lengths: number[] = [];
    const hash = createHash("sha256");
    const update = (piece: Uint8Array) => {
      lengths.push(piece.length);
      return hash.update(piece);
    };
    hashInPieces({ update } as typeof hash, values, pieceBytes);
    assert.equal(hash.digest("hex"), whole, `in pieces of ${pieceBytes}`);
    assert.ok(Math.max(...lengths) <= pieceBytes);
  }
});

test("the hash of samples is what it has always been: caches are found by it", () => {
  assert.equal(samples.contentHash, "4cd78aa795eb21727ddfe0ca96257d32a8ecb4a918ea07d775772f2316c8472a");
});
