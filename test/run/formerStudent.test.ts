import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { decodeSafetensors } from "../../server/runs/safetensors.ts";
import { assertClose } from "../parity/closeness.ts";
import { distill, scene, succeed } from "./support.ts";

test("a student begins as that of another experiment, trained first, or as that of a run", {
  timeout: 600_000,
}, async (context) => {
  const dense = (units: number) => ({ type: "dense", units });
  const it = await scene(context, {
    with: { teacher: undefined, temperature: undefined, alpha: undefined, losses: [{ type: "ce" }] },
  });
  const base = JSON.parse(await readFile(it.file, "utf8"));
  const write = async (name: string, student: object) => {
    const path = join(it.folder, `${name}.distill.json`);
    const still = { optimizer: { type: "sgd", learningRate: 1e-30 }, training: { steps: 2 } };
    await writeFile(path, JSON.stringify({ ...base, ...still, name, student }));
    return path;
  };
  const runsOf = async (name: string) =>
    (await readdir(it.runs)).filter((id) => id.includes(`-${name}-`)).map((id) => join(it.runs, id));
  const weightsOf = async (run: string, kind: string) => {
    const path = join(run, kind, "weights.safetensors");
    return decodeSafetensors(await readFile(path), path).tensors;
  };

  const further = await write("further", { experiment: "clusters.distill.json" });
  const first = await succeed(["run", further]);
  assert.doesNotMatch(first.stdout, /^ *teacher /m);
  const [former = "", ...others] = await runsOf("clusters");
  assert.deepEqual(others, []);
  const start = await weightsOf(former, "best");
  const named = `.distill/runs/${former.slice(it.runs.length + 1)}`;
  const again = await write("again", { run: named, trainable: ["dense_2.*"] });
  await succeed(["run", again]);
  for (const name of ["further", "again"]) {
    const [run = ""] = await runsOf(name);
    const after = await weightsOf(run, "final");
    for (const [weight, { data }] of Object.entries(start))
      assertClose(after[weight]?.data as Float32Array, data as Float32Array, 1e-20, `${name}: ${weight}`);
  }

  for (const [student, code] of [
    [{ run: ".distill" }, "no-student"],
    [{ run: `${named}x` }, "missing-file"],
    [{ experiment: "wrong.distill.json" }, "teacher-circle"],
    [{ run: named, trainable: ["dense_3.*"] }, "weight-pattern"],
    [{ layers: [dense(3)], run: named }, "unknown-key"],
  ] as const) {
    const { code: exit, stdout, stderr } = await distill(["check", await write("wrong", student)]);
    assert.equal(exit, 2, stdout + stderr);
    assert.match(stdout, new RegExp(` ${code} `));
  }
});
