import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { checkFile } from "../../server/api/checkFile.ts";
import { machineMemory } from "../../server/data/machineMemory.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { resolve } from "../../server/language/resolve.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { encodeIdx, encodeNpy, filesIn, modelJson } from "../support/dataFiles.ts";
import { memoryWorld } from "../support/memoryWorld.ts";

/** An experiment, its files, and the code under which it is refused: none where it trains. */
interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly experiment?: Partial<Experiment> | undefined;
  readonly data: unknown;
  readonly code?: string;
  /** Codes of what the trainer warns of before anything is trained. */
  readonly warned?: readonly string[];
}

const csv = (path: string, more: object = {}) => ({ type: "csv", path, label: "label", ...more });
const header = "a,b,label\n";
const good = `${header}${Array.from({ length: 12 }, (_, i) => `${i},${-i},${i % 3}\n`).join("")}`;

const realNumbers = `${header}1,2,0.5\n3,4,1.5\n`;
const several = `${header}1,2,red|blue\n3,4,\n5,6,green\n`;

const trained = (units: number, loss: string): NonNullable<Row["experiment"]> => ({
  student: { layers: [{ type: "flatten" }, { type: "dense", units }] } as never,
  losses: [{ type: loss }] as never,
});

const stored = { type: "outputs", train: "y.npy" } as const;

/** A table as the only source. */
const table = (name: string, text: string | Uint8Array, code?: string, more: object = {}): Row => ({
  name: `csv: ${name}`,
  files: { "t.csv": text },
  data: { train: csv("t.csv", more) },
  ...(code && { code }),
});

const beside = (name: string, split: string, text: string, code?: string, more: object = {}): Row => ({
  name: `csv: ${name}`,
  files: { "t.csv": good, "o.csv": text },
  data: { train: csv("t.csv"), [split]: csv("o.csv", more) },
  ...(code && { code }),
});

const numbers = (count: number, of: (i: number) => number = (i) => i % 3) =>
  Array.from({ length: count }, (_, i) => of(i));
const x = (shape: number[] = [12, 2], of?: (i: number) => number, descr = "<f4") =>
  encodeNpy(descr, shape, numbers(sizeOf(shape), of));
const y = (count = 12, of?: (i: number) => number, descr = "<i4") =>
  encodeNpy(descr, [count], numbers(count, of));
const npy = (
  name: string,
  features: string | Uint8Array,
  labels: string | Uint8Array,
  code?: string,
  more: object = {},
): Row => ({
  name: `npy: ${name}`,
  files: { "x.npy": features, "y.npy": labels },
  data: { train: { type: "npy", features: "x.npy", labels: "y.npy", ...more } },
  ...(code && { code }),
});
const idx = (
  name: string,
  images: string | Uint8Array,
  labels: string | Uint8Array,
  code?: string,
  more: object = {},
): Row => ({
  name: `idx: ${name}`,
  files: { x: images, y: labels },
  data: { train: { type: "idx", images: "x", labels: "y", ...more }, normalize: { scale: 0.1 } },
  ...(code && { code }),
});
const images = (count = 12) => encodeIdx("uint8", [count, 2, 2], numbers(count * 4));
const classes = (count = 12, of?: (i: number) => number) => encodeIdx("uint8", [count], numbers(count, of));
const descr = (bytes: Uint8Array, from: string, to: string) =>
  Buffer.from(Buffer.from(bytes).toString("latin1").replace(from, to), "latin1");

const foreign = (name: string, file: string, content: string): Row => ({
  name: `data: ${name}`,
  files: { [file]: Buffer.from(content, "latin1") },
  data: { train: csv(file) },
  code: "unsupported-format",
});

const dense = (units: number) => ({ type: "dense", units });
const embedding = (inputDim: number) => ({ type: "embedding", inputDim, outputDim: 4 });
const flatten = { type: "flatten" };
const student = (name: string, layers: object[], code?: string, more: Partial<Row> = {}): Row => ({
  name: `student: ${name}`,
  files: { "t.csv": good },
  data: { train: csv("t.csv") },
  experiment: { student: { layers } as never },
  ...(code && { code }),
  ...more,
});

/** Patterns of the weights that are trained, of the student and of its stage. */
const choosing = (
  name: string,
  { student, stage }: { readonly student?: string[]; readonly stage: string[] },
  code?: string,
): Row => ({
  name: `trainable: ${name}`,
  files: { "t.csv": good },
  data: { train: csv("t.csv") },
  experiment: {
    student: {
      layers: [dense(3), { type: "batchNormalization", name: "n" }],
      ...(student && { trainable: student }),
    } as never,
    stages: [{ name: "a", trainable: stage, training: { epochs: 1 } }] as never,
  },
  ...(code && { code }),
});

/** Of {@link modelJson}: 4 → 8 → 3. */
const weightBytes = 4 * (4 * 8 + 8 + 8 * 3 + 3);
const four = `a,b,c,d,label\n${Array.from({ length: 12 }, (_, i) => `${i},1,2,3,${i % 3}\n`).join("")}`;

/** A student that starts from a tfjs model. */
const model = (
  name: string,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
  code?: string,
  { warned, data }: Pick<Row, "warned"> & { readonly data?: object } = {},
): Row => ({
  name: `tfjs: ${name}`,
  files: Object.fromEntries(
    Object.entries({
      "t.csv": four,
      "model.json": JSON.stringify(modelJson),
      "weights.bin": new Uint8Array(weightBytes),
      ...files,
    }).flatMap(([file, content]) => (content === undefined ? [] : [[file, content]])),
  ),
  data: { train: csv("t.csv"), ...data },
  experiment: { student: { model: "model.json" } as never },
  ...(code && { code }),
  ...(warned && { warned }),
});

/** A model that knows its samples so. */
const knowing = (mean: readonly number[], std: readonly number[], inside = false) =>
  JSON.stringify({
    ...modelJson,
    userDefinedMetadata: { normalize: { scale: 1, mean, std, inside }, output: "logits" },
  });
const layersOf = modelJson.modelTopology.config.layers;
const ending = (last: object) =>
  JSON.stringify({
    ...modelJson,
    modelTopology: {
      ...modelJson.modelTopology,
      config: { ...modelJson.modelTopology.config, layers: [...layersOf, last] },
    },
  });

const rows: readonly Row[] = [
  table("sound", good),
  table("with a byte order mark", `\ufeff${good}`),
  table("with carriage returns", good.replaceAll("\n", "\r\n")),
  table("packed", gzipSync(good)),
  table("quoted newlines", `${header}1,2,"a\nb"\n3,4,"c"\n5,6,d\n`),
  table("text in a column of numbers, far down", `${good}1,two,0\n`, "not-a-number"),
  { ...table("an empty cell", `${good}1,,0\n`), warned: ["columns-inferred"] },
  {
    ...table("words", `${good}1,NA,0\n`.replace("a,b", "a,c").replaceAll(/^(\d+),(-?\d+)/gm, "$1,w$2")),
    warned: ["columns-inferred"],
  },
  beside("test with an empty cell", "test", `${header}1,,0\n`, "missing-value"),
  table("infinity", `${good}1,inf,0\n`, "not-finite"),
  table("a number beyond float32", `${good}1,1e39,0\n`, "not-finite"),
  table("a row too short", `${good}1,0\n`, "bad-csv"),
  table("a row too long", `${good}1,0,1,2\n`, "bad-csv"),
  table("a quote that never ends", `${good}"1,0,1\n`, "bad-csv"),
  table("a header only", header, "no-samples"),
  table("nothing", "", "empty-file"),
  table("line ends only", "\n\n\n", "no-samples"),
  table("no such label", good, "missing-column", { label: "species" }),
  table("no such feature", good, "missing-column", { features: ["a", "c"] }),
  table("no such column number", good, "missing-column", { label: 7 }),
  table("the label only", "label\n0\n1\n", "missing-column"),
  table("one class", `${header}1,2,0\n3,4,0\n`, "one-class"),
  { ...table("real numbers as labels", realNumbers), experiment: trained(1, "mse") },
  { ...table("real numbers and a loss of classes", realNumbers, "loss-task"), experiment: trained(1, "ce") },
  {
    ...table("real numbers that are far from 0", `${header}1,2,100.5\n3,4,300.5\n`),
    experiment: trained(1, "mse"),
    warned: ["targets-large"],
  },
  {
    ...npy(
      "probabilities as labels",
      x(),
      encodeNpy(
        "<f4",
        [12, 2],
        numbers(24, () => 0.5),
      ),
      "loss-task",
    ),
    experiment: { ...trained(2, "dkd"), teacher: stored },
  },
  {
    ...npy(
      "real numbers and a teacher's, one a sample",
      x(),
      y(12, (i) => i + 0.5, "<f4"),
    ),
    experiment: { ...trained(1, "kd"), teacher: stored },
  },
  {
    ...npy("classes and one number a sample of a teacher's", x(), y(), "class-mismatch"),
    experiment: { losses: [{ type: "kd" }], teacher: stored },
  },
  {
    ...table("real numbers and three outputs", realNumbers, "class-mismatch"),
    experiment: trained(3, "mse"),
  },
  {
    ...table("real numbers that are said to be classes", realNumbers, "unsupported-task"),
    experiment: { task: "classification" },
  },
  {
    ...table("several labels between spaces", several.replaceAll("|", " "), undefined, {
      labelSeparator: " ",
    }),
    experiment: trained(3, "bce"),
  },
  {
    ...table("several labels a field", several, undefined, { labelSeparator: "|" }),
    experiment: trained(3, "bce"),
  },
  {
    ...table("several labels with nothing between them", several, "label-range"),
    experiment: { ...trained(3, "bce"), task: "multiLabel" },
  },
  table("an empty label", `${header}1,2,0\n3,4,\n5,6,1\n7,8,2\n`, "unlabelled-unused"),
  table("a shape that does not fit", good, "shape-mismatch", { shape: [3, 1] }),
  table("another delimiter", good, "missing-column", { delimiter: ";" }),
  table("damaged packing", gzipSync(good).subarray(0, 30), "truncated"),
  table("take of none that are wrong", `${good}1,two,0\n`, undefined, { take: 3 }),
  table("of zero bytes", new Uint8Array(100), "bad-csv"),
  { name: "csv: missing", files: {}, data: { train: csv("t.csv") }, code: "missing-file" },
  { name: "csv: a folder", files: {}, data: { train: csv(".") }, code: "not-a-file" },
  {
    name: "split: none left",
    files: { "t.csv": `${header}1,2,0\n3,4,1\n` },
    data: { train: csv("t.csv"), validation: { split: 0.01 } },
    code: "empty-split",
  },
  beside("validation with another class", "validation", `${header}1,2,3\n`, "label-range"),
  beside("validation with a class by name", "validation", `${header}1,2,cat\n`, "label-range"),
  beside("test with text", "test", `${header}1,2,0\nx,2,0\n`, "not-a-number"),
  beside("test without a column", "test", "a,label\n1,0\n", "missing-column"),
  beside("test of another width", "test", "1,2,3,0\n", "shape-mismatch", { label: -1 }),
  beside("test empty", "test", "", "empty-file"),
  beside("test with columns in another order", "test", "label,b,a\n0,1,2\n"),
  {
    name: "normalize: of other channels",
    files: { "t.csv": good },
    data: { train: csv("t.csv"), normalize: { mean: [1, 2, 3] } },
    code: "normalize-channels",
  },
  {
    name: "teacher's own data with text",
    files: { "t.csv": good, "o.csv": `${good}1,two,0\n` },
    data: { train: csv("t.csv") },
    experiment: {
      losses: [{ type: "kd" }],
      teacher: {
        type: "layers",
        layers: [{ type: "dense", units: 3 }],
        train: { epochs: 1, data: csv("o.csv") as never },
      },
    },
    code: "not-a-number",
  },
  npy("sound", x(), y()),
  npy(
    "NaN",
    x([12, 2], (i) => (i === 20 ? Number.NaN : i)),
    y(),
    "not-finite",
  ),
  npy(
    "infinite",
    x([12, 2], (i) => (i === 20 ? Number.POSITIVE_INFINITY : i)),
    y(),
    "not-finite",
  ),
  npy(
    "float64 beyond float32",
    x([12, 2], (i) => (i === 20 ? 1e300 : i), "<f8"),
    y(),
    "not-finite",
  ),
  npy("fewer labels", x(), y(11), "count-mismatch"),
  npy(
    "negative label",
    x(),
    y(12, (i) => (i % 4) - 1),
    "unlabelled-unused",
  ),
  {
    ...npy(
      "real labels",
      x(),
      y(12, (i) => i / 2, "<f4"),
    ),
    experiment: trained(1, "huber"),
  },
  npy(
    "NaN label",
    x(),
    y(12, (i) => (i === 5 ? Number.NaN : i % 2), "<f4"),
    "label-range",
  ),
  npy(
    "one-hot labels",
    x(),
    encodeNpy(
      "<i4",
      [12, 3],
      numbers(36, (i) => Number(i % 3 === Math.floor(i / 3) % 3)),
    ),
  ),
  {
    ...npy(
      "several ones a row",
      x(),
      encodeNpy(
        "<i4",
        [12, 3],
        numbers(36, (i) => Number(i % 3 > 0)),
      ),
    ),
    experiment: trained(3, "bce"),
  },
  npy("a map of labels", x(), encodeNpy("<i4", [12, 2, 2], numbers(48)), "shape-mismatch"),
  {
    ...npy(
      "rows of probabilities",
      x(),
      encodeNpy(
        "<f4",
        [12, 2],
        numbers(24, () => 0.5),
      ),
    ),
    experiment: trained(2, "ce"),
  },
  { ...npy("boxes", x(), encodeNpy("<i4", [12, 4], numbers(48))), experiment: trained(4, "mse") },
  foreign("parquet", "x.parquet", "PAR1\x15\x04"),
  foreign("parquet under another name", "x.csv", "PAR1\x15\x04"),
  foreign("a picture", "x.png", "\x89PNG\r\n\x1a\n"),
  foreign("a picture under another name", "x.csv", "\x89PNG\r\n\x1a\n"),
  foreign("MATLAB", "x.mat", "MATLAB 5.0 MAT-file, Platform"),
  foreign("HDF5", "x.h5", "\x89HDF\r\n\x1a\n"),
  foreign("a pickle", "x.pkl", "\x80\x04\x95"),
  foreign("a zip archive", "x.zip", "PK\x03\x04"),
  foreign("ORC", "x.csv", "ORC\x0a\x03\x00\x00"),
  foreign("Avro", "x.csv", "Obj\x01\x04"),
  foreign("SQLite", "x.csv", "SQLite format 3\0"),
  foreign("Stata", "x.dta", "<stata_dta>"),
  foreign("a stream of Arrow", "x.csv", "\xff\xff\xff\xff\x80"),
  ...["ORC\x0a\x03\x00\x00", "\xff\xff\xff\xff\x80", "SQLite format 3\0"].map(
    (content): Row => ({
      ...foreign(`${JSON.stringify(content)} as Parquet`, "x.parquet", content),
      data: { train: { type: "parquet", path: "x.parquet", label: "label" } },
    }),
  ),
  foreign("tar", "x.dat", `${"0".repeat(257)}ustar`),
  foreign("weights of PyTorch", "x.pt", "PK\x03\x04"),
  npy("pickled", Buffer.from("\x80\x04\x95", "latin1"), y(), "unsupported-format"),
  foreign("CatBoost's own file", "x.csv", "CBM1\x10"),
  foreign("LightGBM's own file", "x.csv", "tree\nversion=v4\n"),
  ...["t.h5", "t.keras", "t.pt", "t.pkl", "t.safetensors", "t.pb", "t.tflite"].map(
    (file): Row => ({
      name: `student: ${file}`,
      files: { "t.csv": good, [file]: "anything" },
      data: { train: csv("t.csv") },
      experiment: { student: { model: file } as never },
      code: "unsupported-format",
    }),
  ),
  npy("cut off", x().subarray(0, -5), y(), "truncated"),
  npy("labels cut off", x(), y().subarray(0, -5), "truncated"),
  npy("more bytes than it says", Buffer.concat([x(), Buffer.alloc(9)]), y(), "trailing-bytes"),
  npy("text", good, y(), "wrong-magic"),
  npy("objects", descr(x(), "'<f4'", "'|O'"), y(), "unsupported-dtype"),
  npy("complex numbers", descr(x(), "'<f4'", "'<c8'"), y(), "unsupported-dtype"),
  npy("no samples", x([0, 2]), y(0), "no-samples"),
  npy("a damaged header", descr(x(), "'shape'", "'shope'"), y(), "bad-header"),
  npy("a shape that does not fit", x(), y(), "shape-mismatch", { shape: [3] }),
  npy("columns first", encodeNpy("<f4", [12, 2], numbers(24), { fortran: true }), y()),
  npy("channels first", x([12, 3, 8, 8]), y(), undefined, { layout: "channelsFirst" }),
  npy("channels first and the shape that they then have", x([12, 3, 8, 8]), y(), undefined, {
    layout: "channelsFirst",
    shape: [8, 8, 3],
  }),
  npy("channels first in a shape that has them first", x([12, 3, 8, 8]), y(), "shape-mismatch", {
    layout: "channelsFirst",
    shape: [3, 8, 8],
  }),
  npy("channels first of flat samples", x([12, 192]), y(), undefined, {
    layout: "channelsFirst",
    shape: [8, 8, 3],
  }),
  npy("channels first of flat samples without a shape", x([12, 192]), y(), "shape-mismatch", {
    layout: "channelsFirst",
  }),
  {
    name: "npy: test with channels last, training with them first",
    files: { "x.npy": x([12, 3, 8, 8]), "y.npy": y(), "z.npy": x([12, 8, 8, 3], (i) => i + 1) },
    data: {
      train: { type: "npy", features: "x.npy", labels: "y.npy", layout: "channelsFirst" },
      test: { type: "npy", features: "z.npy", labels: "y.npy" },
    },
  },
  {
    name: "npy: test with channels first, training with them last",
    files: { "x.npy": x([12, 3, 8, 8]), "y.npy": y(), "z.npy": x([12, 8, 8, 3], (i) => i + 1) },
    data: {
      train: { type: "npy", features: "z.npy", labels: "y.npy" },
      test: { type: "npy", features: "x.npy", labels: "y.npy" },
    },
    code: "shape-mismatch",
  },
  npy("labels that are text", x(), descr(y(), "'<i4'", "'<U1'"), "unsupported-dtype"),
  idx("sound", images(), classes()),
  idx("packed", gzipSync(images()), gzipSync(classes())),
  idx("swapped", classes(), images(), "shape-mismatch"),
  idx("fewer labels", images(), classes(9), "count-mismatch"),
  idx("cut off", images().subarray(0, 30), classes(), "truncated"),
  idx("packed and cut off", gzipSync(images()).subarray(0, 30), classes(), "truncated"),
  idx("not idx", good, classes(), "wrong-magic"),
  idx(
    "one class",
    images(),
    classes(12, () => 0),
    "one-class",
  ),
  idx("a shape that does not fit", images(), classes(), "shape-mismatch", { shape: [3, 3, 1] }),
  student("an embedding with a row for each value", [embedding(12), flatten, dense(3)], undefined, {
    files: { "t.csv": good.replaceAll("-", "") },
  }),
  student(
    "padding that a layer takes for words",
    [{ ...embedding(12), maskToken: 0 }, flatten, dense(3)],
    undefined,
    {
      files: { "t.csv": good.replaceAll("-", "") },
      warned: ["mask-lost"],
    },
  ),
  student("an embedding with too few rows", [embedding(11), flatten, dense(3)], "embedding-range", {
    files: { "t.csv": good.replaceAll("-", "") },
  }),
  student("an embedding of negative values", [embedding(12), flatten, dense(3)], "embedding-range"),
  student("an embedding behind weights", [dense(4), embedding(9), flatten, dense(3)], "layer-unsupported"),
  model("sound", {}),
  model("without its weights", { "weights.bin": undefined }, "model-weights"),
  model("with weights cut off", { "weights.bin": new Uint8Array(100) }, "model-weights"),
  model("with weights too long", { "weights.bin": new Uint8Array(weightBytes + 4) }),
  model("that is no JSON", { "model.json": "model" }, "model-format"),
  model("that knows samples normalised otherwise", { "model.json": knowing([5, 1, 2, 3], [2]) }, undefined, {
    warned: ["student-normalize"],
  }),
  model(
    "that knows samples otherwise than they are fitted",
    { "model.json": knowing([5, 1, 2, 3], [2]) },
    undefined,
    { data: { normalize: "fit" }, warned: ["student-normalize"] },
  ),
  model(
    "that knows samples as they are fitted",
    { "model.json": knowing([5.5, 1, 2, 3], [3.452, 1, 1, 1]) },
    undefined,
    { data: { normalize: "fit" } },
  ),
  model(
    "that ends in a softmax",
    { "model.json": ending({ class_name: "Softmax", config: { name: "probabilities" } }) },
    undefined,
    {
      warned: ["softmax-output"],
    },
  ),
  student("a softmax at its end", [dense(3), { type: "softmax" }], undefined, { warned: ["softmax-output"] }),
  model("for other samples", { "t.csv": good }, "model-input"),
  student("no weights", [{ type: "activation", activation: "relu" }], "no-weights", {
    files: { "t.csv": "a,b,label\n1,2,0\n3,4,1\n" },
  }),
  choosing("averages for a stage", { stage: ["n.moving*"] }, "no-weights"),
  choosing("averages for the student", { student: ["n.moving*"], stage: ["n.gamma"] }, "no-weights"),
  choosing("averages with what they are of", { stage: ["n.*"] }),
  {
    ...table("classes that are drawn evenly and weighed", good),
    data: { train: csv("t.csv"), sampler: "balanced" },
    experiment: { losses: [{ type: "ce", classWeights: [1, 2, 2] }] },
    warned: ["balanced-twice"],
  },
  student("fewer units than classes", [dense(2)], "class-mismatch"),
  student("40,001,400,003 weights", [dense(200_000), dense(200_000), dense(3)], "out-of-memory"),
  {
    name: "teacher: 40,001,400,003 weights",
    files: { "t.csv": good },
    data: { train: csv("t.csv") },
    experiment: {
      losses: [{ type: "kd" }],
      teacher: {
        type: "layers",
        layers: [dense(200_000), dense(200_000), dense(3)] as never,
        train: { epochs: 1 },
      },
    },
    code: "out-of-memory",
  },
  {
    name: "batch: none is full",
    files: { "t.csv": good },
    data: { train: csv("t.csv"), batchSize: 13, dropRemainder: true },
    code: "batch-too-large",
  },
  student("a map for an output", [{ type: "reshape", targetShape: [1, 2] }, dense(3)], "class-mismatch"),
  student(
    "a convolution of a vector",
    [{ type: "conv2d", filters: 2, kernelSize: 3 }, flatten, dense(3)],
    "layer-shape",
  ),
];

for (const row of rows)
  test(`check says what run says: ${row.name}`, async (context) => {
    const folder = await filesIn(context, row.files);
    const experiment = {
      student: { layers: [{ type: "flatten" }, { type: "dense", units: 3 }] },
      losses: [{ type: "ce" }],
      ...row.experiment,
      data: row.data,
    } as unknown as Experiment;
    const { diagnostics, experiment: asked } = await checkFile(JSON.stringify(experiment), folder);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const checked = errors.map(({ code }) => code);
    const { refusal: ran, warnings } = await trainerSays(asked, folder);
    const doubts = diagnostics.flatMap(({ severity, code }) => (severity === "warning" ? [code] : []));
    assert.deepEqual(
      warnings.filter((code) => !doubts.includes(code)),
      [],
      "a warning that check does not give",
    );
    if (row.warned) assert.deepEqual(warnings, row.warned);
    assert.deepEqual(
      [...new Set(checked)],
      ran === undefined ? [] : [ran],
      errors.map(({ message }) => message).join("\n"),
    );
    assert.equal(ran, row.code);
  });

/** What the trainer refuses it with that has not been told to check before; nothing where it begins to train. */
async function trainerSays(experiment: Experiment, folder: string) {
  const begins = new Error("The training begins.");
  const load = () => Promise.reject(begins);
  const world = memoryWorld({ load, folder });
  const context = { ...world.context, machineMemory: machineMemory() };
  const warnings = () => world.events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
  try {
    const ended = await distil(resolve(experiment), context);
    if (ended.ending !== "failed") return assert.fail("It ended without training.");
    return { refusal: ended.code, warnings: warnings() };
  } catch (error) {
    if (error !== begins) throw error;
    return { refusal: undefined, warnings: warnings() };
  }
}
