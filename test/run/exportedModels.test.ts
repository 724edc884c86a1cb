import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import { io, setBackend, type Tensor, tensor } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { zipSync } from "fflate";
import * as native from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { describeFile } from "../../server/data/describe.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { encodeIdx, encodeNpy } from "../support/dataFiles.ts";
import { onTensorflow } from "../support/servedModel.ts";
import { targetForTests } from "../support/tensorflow.ts";
import { distill, eventsOf, onlyRun, type Scene, scene, succeed } from "./support.ts";

// These open what is exported as a stranger would, with the runtimes alone, and feed what stands in the files.

const timeout = 600_000;
const target = await targetForTests();

before(async () => {
  await setBackend("cpu");
  web.env.wasm.numThreads = 1;
});

/** The same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Raw {
  /** Of one sample, as the file has it, channels last. */
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly labels: readonly number[];
}

/** Samples of three classes that no small net tells apart without mistakes. */
function raw(count: number, seed: number, shape: readonly number[], value: (draw: Draw) => number): Raw {
  const random = generator(seed);
  const size = sizeOf(shape);
  const labels = Array.from({ length: count }, (_, row) => row % 3);
  const values = labels.flatMap((label) =>
    Array.from({ length: size }, (_, at) =>
      value({ label, at, channel: at % (shape.at(-1) as number), random }),
    ),
  );
  return { shape, values, labels };
}

interface Draw {
  readonly label: number;
  readonly at: number;
  readonly channel: number;
  readonly random: () => number;
}

interface Case {
  readonly test: Raw;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly data: object;
  readonly layers: readonly object[];
  readonly classNames?: readonly string[];
}

const outputLayer = { type: "dense", units: 3 };

function images(): Case {
  const draw = ({ label, at, random }: Draw) =>
    Math.min(255, Math.floor((at % 3 === label ? 70 : 0) + 185 * random() ** 2));
  const [train, test] = [raw(300, 1, [6, 6, 1], draw), raw(240, 2, [6, 6, 1], draw)];
  const idx = (it: Raw) => encodeIdx("uint8", [it.labels.length, 6, 6], it.values);
  const labels = (it: Raw) => encodeIdx("uint8", [it.labels.length], it.labels);
  const source = (name: string) => ({ type: "idx", images: `${name}-images`, labels: `${name}-labels` });
  return {
    test,
    files: {
      "train-images": idx(train),
      "train-labels": labels(train),
      "test-images": idx(test),
      "test-labels": labels(test),
    },
    data: {
      train: source("train"),
      test: source("test"),
      normalize: { scale: 1 / 255, mean: 0.1307, std: 0.3081 },
    },
    layers: [
      { type: "conv2d", filters: 4, kernelSize: 3, activation: "relu" },
      { type: "batchNormalization", momentum: 0.9 },
      { type: "flatten" },
      outputLayer,
    ],
  };
}

const npz = (samples: string, { shape, values, labels }: Raw) =>
  zipSync({
    "x.npy": encodeNpy(samples, [labels.length, ...shape], values),
    "y.npy": encodeNpy("<i8", [labels.length], labels),
  });

const archive = (path: string) => ({ type: "npz", path, features: "x", labels: "y" });

function colours(): Case {
  const draw = ({ label, channel, random }: Draw) =>
    Math.min(255, Math.floor((channel === label ? 30 : 0) + 40 * (channel + 1) + 100 * random()));
  const [train, test] = [raw(300, 3, [5, 4, 3], draw), raw(240, 4, [5, 4, 3], draw)];
  return {
    test,
    files: { "train.npz": npz("|u1", train), "test.npz": npz("|u1", test) },
    data: {
      train: archive("train.npz"),
      test: archive("test.npz"),
      normalize: { scale: 1 / 255, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
    },
    // As an export names what it puts around the network.
    layers: [
      { type: "conv2d", filters: 4, kernelSize: 3, name: "normalize" },
      { type: "flatten" },
      outputLayer,
    ],
  };
}

/** A table of columns far from zero and near it, measured on the training rows, with names for all. */
function tableOf(): Case {
  const centres = [5000, -3, 0.02, 150];
  const widths = [40, 1, 0.004, 900];
  const draw = ({ label, channel, random }: Draw) => {
    const from =
      (centres[channel] as number) + (channel % 3 === label ? 0.5 : 0) * (widths[channel] as number);
    return Math.fround(from + (random() - 0.5) * 2 * (widths[channel] as number));
  };
  const [train, test] = [raw(300, 5, [4], draw), raw(240, 6, [4], draw)];
  const classNames = ["ash", "beech", "oak"];
  const csv = ({ values, labels }: Raw) =>
    [
      "height,offset,share,weight,tree",
      ...labels.map((label, row) => [...values.slice(row * 4, row * 4 + 4), classNames[label]].join(",")),
    ].join("\n");
  const source = (path: string) => ({ type: "csv", path, label: "tree" });
  return {
    test,
    classNames,
    files: { "train.csv": csv(train), "test.csv": csv(test) },
    data: { train: source("train.csv"), test: source("test.csv"), normalize: "fit" },
    layers: [{ type: "dense", units: 8, activation: "relu" }, outputLayer],
  };
}

function tokens(): Case {
  const draw = ({ label, random }: Draw) =>
    random() < 0.6 ? label * 6 + Math.floor(random() * 6) : Math.floor(random() * 18);
  const [train, test] = [raw(300, 7, [7], draw), raw(240, 8, [7], draw)];
  return {
    test,
    files: { "train.npz": npz("<i4", train), "test.npz": npz("<i4", test) },
    data: { train: archive("train.npz"), test: archive("test.npz") },
    layers: [{ type: "embedding", inputDim: 18, outputDim: 5 }, { type: "flatten" }, outputLayer],
  };
}

interface Trained extends Scene {
  readonly it: Case;
  /** Of the report. */
  readonly accuracy: number;
  /** Its parameters. */
  readonly size: number;
  readonly run: string;
  /** What `distill export` says. */
  readonly exported: (...words: readonly string[]) => Promise<string>;
}

async function trained(context: TestContext, it: Case): Promise<Trained> {
  const made = await scene(context, {
    steps: 60,
    with: {
      data: { batchSize: 32, validation: { split: 0.2 }, ...it.data },
      teacher: undefined,
      temperature: undefined,
      alpha: undefined,
      losses: [{ type: "ce" }],
      student: { layers: it.layers },
    },
  });
  for (const [name, content] of Object.entries(it.files)) await writeFile(join(made.folder, name), content);
  const { code, stdout, stderr } = await distill(["run", made.file], { cwd: made.folder });
  assert.equal(code, 0, stdout + stderr);
  const run = await onlyRun(made);
  const last = (await eventsOf(run)).at(-1);
  assert.ok(last?.type === "completed");
  const accuracy = last.summary.test?.["accuracy"] as number;
  assert.ok(accuracy > 0.4 && accuracy < 1, `a net that has learned and makes mistakes: ${accuracy}`);
  const exported = async (...words: readonly string[]) => {
    const { stdout } = await succeed(["export", run, ...words], { cwd: made.folder });
    return stdout;
  };
  return { ...made, it, accuracy, size: last.summary.parameters, run, exported };
}

/** The share of samples whose largest output is their label's. */
function accuracyOf(outputs: ArrayLike<number>, { labels }: Raw): number {
  const right = labels.filter((label, row) => {
    const scores = Array.from({ length: 3 }, (_, k) => outputs[row * 3 + k] as number);
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return right.length / labels.length;
}

type Runtime = typeof native;
const runtimes: Readonly<Record<string, Runtime>> = {
  "onnxruntime-node": native,
  "onnxruntime-web": web as unknown as Runtime,
};

async function onOnnx(ort: Runtime, model: Uint8Array, data: Raw, given = inputOf(data)) {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ort === native ? ["cpu"] : ["wasm"],
  });
  const [output] = session.outputNames as [string];
  const { type, values, shape } = given;
  const input = new ort.Tensor(type as "float32", values as Float32Array, shape);
  const found = await session.run({ [session.inputNames[0] as string]: input });
  await session.release();
  return { output, values: found[output]?.data as Float32Array };
}

const inputOf = ({ values, labels, shape }: Raw, whole = false) => ({
  type: whole ? "int64" : "float32",
  values: whole ? BigInt64Array.from(values, BigInt) : Float32Array.from(values),
  shape: [labels.length, ...shape],
});

async function onTfjs(
  folder: string,
  { values, labels, shape }: Raw,
  dtype: "float32" | "int32" = "float32",
) {
  const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(
    await readFile(join(folder, "model.json"), "utf8"),
  );
  const weights = await readFile(join(folder, "weights.bin"));
  const model = await loadLayersModel(
    io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: new Uint8Array(weights).buffer,
      userDefinedMetadata,
    }),
  );
  const output = model.predict(tensor([...values], [labels.length, ...shape], dtype)) as Tensor;
  return { values: await output.data(), card: model.getUserDefinedMetadata() as Record<string, unknown> };
}

for (const [what, make] of Object.entries({ images, colours, "a table": tableOf })) {
  test(`an export of ${what} takes the values of the file, and has the report's accuracy in every runtime`, {
    timeout,
  }, async (context) => {
    const { folder, file, it, accuracy, size, exported } = await trained(context, make());
    await exported("--format", "onnx", "--out", "student.onnx");
    await exported("--format", "onnx", "--output", "logits", "--out", "logits.onnx");
    await exported("--format", "tfjs", "--out", "web");
    for (const [runtime, ort] of Object.entries(runtimes)) {
      for (const name of ["student", "logits"]) {
        const { output, values } = await onOnnx(ort, await readFile(join(folder, `${name}.onnx`)), it.test);
        assert.equal(output, name === "logits" ? "logits" : "probabilities");
        assert.equal(accuracyOf(values, it.test), accuracy, `${runtime}, ${output}`);
        const sums = it.test.labels.map((_, row) =>
          values.slice(row * 3, row * 3 + 3).reduce((a, b) => a + b),
        );
        const far = Math.max(...sums.map((sum) => Math.abs(sum - 1)));
        assert.ok(output === "logits" ? far > 0.1 : far < 1e-6, `${output} sum to 1 ± ${far}`);
      }
    }
    const { values } = await onTfjs(join(folder, "web"), it.test);
    assert.equal(accuracyOf(values, it.test), accuracy, "tfjs");
    if (target) {
      await exported("--format", "savedmodel", "--out", "saved");
      const { shape, values: data } = inputOf(it.test);
      const fed = [{ shape, data: data as Float32Array }];
      const saved = { folder: join(folder, "saved"), output: "probabilities", fed };
      const [given] = await onTensorflow(target, saved);
      const { values: own } = await onOnnx(native, await readFile(join(folder, "student.onnx")), it.test);
      const far = Math.max(...own.map((value, i) => Math.abs(value - (given?.[i] as number))));
      assert.ok(far < 1e-5, `TensorFlow is ${far} from ONNX Runtime`);
    }

    // Who reads an export here does not normalise a second time.
    for (const model of ["student.onnx", "web/model.json"]) {
      const measured = await distill(["evaluate", model, "--data", file, "--json"], { cwd: folder });
      const { metrics, parameters } = JSON.parse(measured.stdout);
      assert.deepEqual([metrics.accuracy, parameters], [accuracy, size], model);
    }

    // The bare network takes other values: it is not that raw ones would do as well.
    await exported("--format", "onnx", "--raw", "--out", "raw.onnx");
    const bare = await onOnnx(native, await readFile(join(folder, "raw.onnx")), it.test);
    assert.equal(bare.output, "logits");
    assert.notEqual(accuracyOf(bare.values, it.test), accuracy);
  });
}

test("images are taken channels first where that is asked for", { timeout }, async (context) => {
  const { folder, it, accuracy, exported } = await trained(context, colours());
  const said = await exported("--format", "onnx", "--layout", "nchw", "--out", "student.onnx");
  assert.match(said, /input +"input", float32 \[batch, 3, 5, 4\].*channels first/);
  const { values, labels, shape } = it.test;
  const turned = values.map((_, i) => {
    const [sample, channel, pixel] = [Math.floor(i / 60), Math.floor((i % 60) / 20), i % 20];
    return values[sample * 60 + pixel * 3 + channel] as number;
  });
  const given = { type: "float32", values: Float32Array.from(turned), shape: [labels.length, 3, 5, 4] };
  const model = await readFile(join(folder, "student.onnx"));
  assert.deepEqual(shape, [5, 4, 3]);
  assert.equal(
    accuracyOf((await onOnnx(web as unknown as Runtime, model, it.test, given)).values, it.test),
    accuracy,
  );
});

test("a student that looks its numbers up is fed whole ones", { timeout }, async (context) => {
  const { folder, file, it, accuracy, exported } = await trained(context, tokens());
  const said = await exported("--format", "onnx", "--out", "student.onnx");
  assert.match(said, /input +"input", int64 \[batch, 7\]: whole numbers, in training 0 … 17/);
  assert.match(await exported("--format", "tfjs", "--out", "web"), /"input", int32 \[batch, 7\]/);
  const model = await readFile(join(folder, "student.onnx"));
  for (const [runtime, ort] of Object.entries(runtimes)) {
    const { values } = await onOnnx(ort, model, it.test, inputOf(it.test, true));
    assert.equal(accuracyOf(values, it.test), accuracy, runtime);
  }
  const { values } = await onTfjs(join(folder, "web"), it.test, "int32");
  assert.equal(accuracyOf(values, it.test), accuracy, "tfjs");
  const measured = await distill(["evaluate", "student.onnx", "--data", file, "--json"], { cwd: folder });
  assert.equal(JSON.parse(measured.stdout).metrics.accuracy, accuracy);
});

test("an export says what it is, and what it prints runs", { timeout }, async (context) => {
  const { folder, file, it, accuracy, run, exported } = await trained(context, tableOf());
  const said = await exported("--format", "onnx", "--out", "student.onnx");
  assert.match(said, /columns +height, offset, share, weight\n/);
  assert.match(said, /labels +ash, beech, oak\n/);

  await exported("--format", "tfjs", "--out", "web");
  const { card } = await onTfjs(join(folder, "web"), it.test);
  assert.deepEqual(card["classNames"], it.classNames);
  assert.deepEqual(card["featureNames"], ["height", "offset", "share", "weight"]);
  assert.equal(card["run"], run.split("/").at(-1));
  assert.equal((card["metrics"] as { test: { accuracy: number } }).test.accuracy, accuracy);
  const model = await describeFile(join(folder, "student.onnx"));
  assert.ok(model.kind === "model");
  const { added, ...shared } = card;
  assert.deepEqual(added, ["normalize_centred", "normalize", "probabilities"]);
  const texts = Object.entries(shared).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  assert.deepEqual(model.metadata, Object.fromEntries(texts), "both formats carry the same");

  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(folder, "node_modules"));
  await writeFile(join(folder, "use.mjs"), / {2}JavaScript +(.*)/.exec(said)?.[1] ?? "");
  const printed = execFileSync(process.execPath, ["use.mjs"], { cwd: folder, encoding: "utf8" });
  assert.match(printed, /^Float32Array\(3\) \[/);

  const shown = await distill(["evaluate", run], { cwd: folder });
  assert.match(shown.stdout, /most confused +(ash|beech|oak) predicted as (ash|beech|oak)/);
  assert.match(shown.stdout, /\n {2}(ash|beech|oak) +\d+\.\d\d % +80 /);
  assert.doesNotMatch(shown.stdout, /top5/, "of three classes");

  // The same classes under other places: the columns of the outputs would be read wrongly.
  await writeFile(join(folder, "train.csv"), String(it.files["train.csv"]).replaceAll("ash", "yew"));
  await writeFile(join(folder, "test.csv"), String(it.files["test.csv"]).replaceAll("ash", "yew"));
  for (const other of ["student.onnx", "web/model.json"]) {
    const refused = await distill(["evaluate", other, "--data", file], { cwd: folder });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /has other classes than the data: .*ash.*\n.*the model's classes/);
  }
});
