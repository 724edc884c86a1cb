import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { checkFile } from "../../server/api/checkFile.ts";
import { loadOnnxRuntime } from "../../server/engine/native/onnxruntime.ts";
import { readFileWeights } from "../../server/engine/nets/fileWeights.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { resolve } from "../../server/language/resolve.ts";
import { assertClose } from "../parity/closeness.ts";
import { encodeNpy, filesIn } from "../support/dataFiles.ts";
import { memoryWorld } from "../support/memoryWorld.ts";

const fixtures = fileURLToPath(new URL("../fixtures/weights", import.meta.url));

test("a student begins with PyTorch's weights, and what keeps it from that is told by check as by a run", async (t) => {
  const { layers, x } = JSON.parse(await readFile(join(fixtures, "cnn.json"), "utf8"));
  const folder = await filesIn(t, {
    "x.npy": encodeNpy("<f4", x.shape, x.data),
    "y.npy": encodeNpy("|u1", [4], [0, 1, 2, 0]),
  });
  const path = join(folder, "cnn.safetensors");
  await copyFile(join(fixtures, "cnn.safetensors"), path);
  const experimentOf = (rest: object) =>
    ({
      data: { train: { type: "npy", features: "x.npy", labels: "y.npy" }, batchSize: 4 },
      student: { layers, weights: "cnn.safetensors", ...rest },
      losses: [{ type: "ce" }],
      optimizer: { type: "sgd", learningRate: 1e-30 },
      training: { steps: 1 },
    }) as unknown as Experiment;
  const run = async (rest: object) => {
    const { context, store, events } = memoryWorld({ load: loadOnnxRuntime, folder });
    const ended = await distil(resolve(experimentOf(rest)), context);
    const { diagnostics } = await checkFile(JSON.stringify(experimentOf(rest)), folder);
    const severe = diagnostics.filter(({ severity }) => severity === "error");
    if (ended.ending === "failed")
      assert.deepEqual(
        [ended.code],
        severe.map(({ code }) => code),
      );
    else assert.deepEqual(severe, []);
    const told = events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
    const checked = diagnostics.map(({ code }) => code);
    for (const code of told.filter((code) => code.startsWith("weights-"))) assert.ok(checked.includes(code));
    return { ended, told, weights: await store("student").readWeights("final") };
  };

  const net = buildNet(layers, x.shape.slice(1));
  const read = "problems" in net ? assert.fail() : await readFileWeights(path, net.form.layers, {});
  assert.ok("weights" in read);
  const { ended, weights = {} } = await run({});
  assert.equal(ended.ending, "completed", JSON.stringify(ended));
  for (const [name, { data }] of Object.entries(weights))
    if (!/moving/.test(name)) assertClose(data as Float32Array, read.weights[name] ?? [], 1e-20, name);

  const anew = await run({ newWeights: ["dense_2.*"] });
  assert.deepEqual(
    anew.told.filter((code) => code.startsWith("weights")),
    ["weights-unused"],
  );
  assert.notDeepEqual(anew.weights?.["dense_2.kernel"]?.data, read.weights["dense_2.kernel"]);
  for (const [names, code] of [
    [{ dense_2: "fcs" }, "weights-name"],
    [{ dens_2: "fc" }, "weights-name"],
    [{ dense_2: "hidden" }, "weights-shape"],
    [{ dense_2: "features" }, "weights-missing"],
  ] as const) {
    const { ended } = await run({ weightNames: names });
    assert.ok(ended.ending === "failed" && ended.code === code, JSON.stringify(ended));
  }
});
