import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { encodeNpy, filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { loadSource } from "./sources.ts";

const x = encodeNpy("<f4", [3, 2], [1, 2, 3, 4, 5, 6]);
const y = encodeNpy("<i8", [3], [0, 2, 1]);

const load = (directory: string, features = "x", labels = "y") =>
  loadSource({ type: "npz", path: "data.npz", features, labels }, directory);

for (const [how, level] of [
  ["deflated", 9],
  ["stored", 0],
] as const) {
  test(`arrays of a ${how} archive are read`, async (t) => {
    const archive = zipSync({ "x.npy": x, "other.npy": y, "y.npy": y }, { level });
    const samples = await load(await filesIn(t, { "data.npz": archive }));
    assert.ok(!("code" in samples), JSON.stringify(samples));
    assert.deepEqual(storageOf(samples), Float32Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual(samples.labels, Int32Array.of(0, 2, 1));
    assert.deepEqual([samples.shape, samples.classes], [[2], 3]);
  });

  test(`a damaged byte of a ${how} archive is found`, async (t) => {
    const archive = zipSync({ "x.npy": x, "y.npy": y }, { level });
    // Behind the header of the first file, before the second one's: packed data.
    const second = Buffer.from(archive).indexOf("PK\x03\x04", 4);
    archive[second - 4] = (archive[second - 4] as number) ^ 0x10;
    const found = await load(await filesIn(t, { "data.npz": archive }));
    assert.ok("code" in found);
    assert.ok(["corrupt", "truncated", "trailing-bytes"].includes(found.code), found.code);
  });
}

test("a missing array: which ones there are", async (t) => {
  const found = await load(await filesIn(t, { "data.npz": zipSync({ "x.npy": x, "y.npy": y }) }), "X");
  assert.ok("code" in found);
  assert.deepEqual([found.code, found.expected, found.found], ["missing-array", "x, y", "X"]);
});

test("a sparse matrix of SciPy is told as that", async (t) => {
  const names = ["indices", "indptr", "format", "shape", "data"];
  const sparse = zipSync(Object.fromEntries(names.map((name) => [`${name}.npy`, x])));
  const found = await load(await filesIn(t, { "data.npz": sparse }));
  assert.ok("code" in found);
  assert.match(found.message, /^This archive is one sparse matrix.*"x".*load_npz\("FILE"\)\.toarray\(\)/);
});

test("no archive, a truncated one, one with something else inside", async (t) => {
  const archive = zipSync({ "x.npy": new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), "y.npy": y });
  const codeOf = async (content: Uint8Array | string) => {
    const found = await load(await filesIn(t, { "data.npz": content }));
    return "code" in found ? found.code : "loaded";
  };
  assert.equal(await codeOf("not a zip"), "wrong-magic");
  assert.equal(await codeOf(archive.slice(0, -30)), "truncated");
  assert.equal(await codeOf(archive), "wrong-magic");
  assert.equal(await codeOf(zipSync({})), "missing-array");
});
