import * as tf from "@tensorflow/tfjs-core";
import { savedModelCard } from "../../data/descriptions/savedModel.ts";
import { isIdentity, type ResolvedNormalize } from "../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../data/problem.ts";
import type { RawSample } from "../../data/rawSample.ts";
import { featuresOf } from "../../data/tables/fittedColumn.ts";
import { type LayerTypeName, layerType } from "../../nets/layerTypes.ts";
import { cardTexts, type ModelCard, type ModelOutput } from "../../nets/modelCard.ts";
import { inputName, type LayerSpec } from "../../nets/shapes.ts";
import type { ModelFormat } from "../../optionValues.ts";
import { type Problem, problem } from "../../problem.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { normalizeLayers } from "../distill/normalizeLayers.ts";
import type { ExportableNet } from "../graph/exportableNet.ts";
import { exportOnnx } from "../graph/exportOnnx.ts";
import { exportSavedModel } from "../graph/exportSavedModel.ts";
import { encodeModel, type ModelProto } from "../graph/onnx/onnxSchema.ts";
import { modelFiles, readModelJson } from "../nets/modelJson.ts";
import { buildNet, type Net } from "../nets/net.ts";
import { readGraphNet } from "../nets/savedNet.ts";
import type { NamedData } from "../program.ts";
import { netProblem } from "./nets.ts";
import { asProblem } from "./prepare.ts";

export interface ExportRequest {
  /** The model.json or model.onnx in best/ and final/ of every run. It takes normalised samples and gives logits. */
  readonly model: string;
  readonly format: ModelFormat;
  /** Order of the axes in which an ONNX model, or a SavedModel, takes images. */
  readonly layout?: "nhwc" | "nchw" | undefined;
  readonly name: string;
  /** Absent: what the task's activation makes of logits, probabilities; of a regression its numbers. */
  readonly output?: ModelOutput | undefined;
  /** The bare network; the caller normalises. */
  readonly raw: boolean;
  readonly normalize: ResolvedNormalize;
  /** Absent in runs of earlier versions. */
  readonly samples?: RawSample | undefined;
  /** Metadata of the model. */
  readonly card?: Omit<ModelCard, "output" | "normalize" | "range" | "added">;
}

/** An input or output of the exported model. */
export interface ExportedPort {
  readonly name: string;
  readonly dtype: string;
  /** "batch" for any size. */
  readonly shape: readonly (number | string)[];
  /** Of an image's axes. */
  readonly order?: "channels last" | "channels first";
}

export interface ExportedModel {
  /** By name: one for `onnx`, a folder for the others. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly input: ExportedPort;
  readonly output: ExportedPort;
  readonly card: ModelCard;
}

/** A run's student in a format that other programs load, or why there is none. */
export const exportModel = (
  request: ExportRequest,
): Promise<ExportedModel | { readonly problem: Problem }> => {
  const { samples, raw } = request;
  const { activation } = taskOf(samples?.task);
  const { output = activation ? (raw ? "logits" : "probabilities") : "numbers" } = request;
  if ((output === "numbers") !== (activation === undefined))
    return Promise.resolve(
      problem(
        "export-output",
        activation
          ? "The model gives probabilities or logits, and no numbers."
          : `The model is of a regression: it gives numbers, and no ${output}.`,
        "Leave --output out.",
      ),
    );
  const complete = { ...request, output };
  return request.model.endsWith(".onnx") ? exportGraph(complete) : exportLayers(complete);
};

interface Asked extends ExportRequest {
  readonly output: ModelOutput;
}

/** Where another order of axes is asked for than the samples have. */
const orderProblem = ({ layout }: ExportRequest, inputShape: readonly number[]) =>
  layout === undefined || inputShape.length === 3
    ? undefined
    : problem(
        "layout",
        "--layout orders the axes of images, and the student takes none.",
        "Leave --layout out.",
      );

async function exportLayers(request: Asked): Promise<ExportedModel | { readonly problem: Problem }> {
  const { model: modelJson, format, layout, output, raw, normalize, samples } = request;
  const { activation } = taskOf(samples?.task);
  const read = await readModelJson(modelJson);
  if ("problem" in read)
    return isDataProblem(read.problem) ? asProblem(read.problem) : { problem: read.problem };
  const { inputShape, weights } = read;
  if (inputShape === undefined)
    return problem("model-format", `${modelJson} does not declare its input's shape.`);
  const unordered = orderProblem(request, inputShape);
  if (unordered !== undefined) return unordered;
  const raws = { channels: inputShape.at(-1) ?? 1, dtype: samples?.dtype ?? "float32" };
  const before = raw ? [] : apartFrom(read.layers, normalizeLayers(normalize, raws));
  const end: LayerSpec =
    activation === "sigmoid"
      ? { type: "activation", activation: "sigmoid", name: "probabilities" }
      : { type: "softmax", name: "probabilities" };
  const after = output === "probabilities" ? apartFrom(read.layers, [end]) : [];
  const net = buildNet(around(read.layers, before, after), inputShape);
  if ("problems" in net) return netProblem(modelJson, net.problems);
  const card = cardOf(request, net);
  const tokens = net.takesTokens && (raw || isIdentity(normalize));
  const classes = net.outputShape.at(-1) as number;
  if (format !== "tfjs") return graphExport(net, weights, { ...request, card, tokens });
  const order = orderOf(request, inputShape);
  const masking = net.form.layers.find(({ arguments: given }) => typeof given["maskToken"] === "number");
  if (masking)
    return problem(
      "layer-unsupported",
      `TensorFlow.js does not leave padding out of pooling and attention, as \`maskToken\` of ${masking.name} asks for.`,
      "Export it as ONNX: --format onnx.",
    );
  const unknown = net.form.layers.find(({ type }) => layerType(type as LayerTypeName).keras.unknownToTfjs);
  if (unknown)
    return problem(
      "layer-unsupported",
      `TensorFlow.js has no ${unknown.type} layer, so it could not load the model (${unknown.name}).`,
      "Export it as ONNX: --format onnx.",
    );
  if (layout === "nchw" && inputShape.length === 3)
    return problem(
      "layout",
      "A TensorFlow.js layers model takes images channels last.",
      "Leave --layout out, or export it as ONNX.",
    );
  const inputType = tokens ? "int32" : "float32";
  const added = [...before, ...after].map(({ name }) => name as string);
  const files = modelFiles(net, weights, { inputType, card: { ...card, added } });
  return {
    files: { "model.json": files.json, "weights.bin": files.weights, ...besideOf(card) },
    input: { name: inputName, dtype: inputType, shape: ["batch", ...inputShape], ...order },
    output: { name: net.layers.at(-1)?.name ?? output, dtype: "float32", shape: ["batch", classes] },
    card,
  };
}

/** An ONNX graph goes into another graph, with the normalisation before and the softmax behind it. */
async function exportGraph(request: Asked): Promise<ExportedModel | { readonly problem: Problem }> {
  const { model: path, format, output, raw, normalize, samples } = request;
  if (format === "tfjs")
    return problem(
      "layer-unsupported",
      "The student is an ONNX graph, as those with modules of one's own are kept: a TensorFlow.js layers model cannot express it.",
      "Export it as ONNX: --format onnx.",
    );
  const read = await readGraphNet(path, { sample: samples?.shape, tokens: samples?.tokens });
  if ("problem" in read)
    return isDataProblem(read.problem) ? asProblem(read.problem) : { problem: read.problem };
  const { net, weights } = read;
  const unordered = orderProblem(request, net.inputShape);
  if (unordered !== undefined) return unordered;
  const raws = { channels: net.inputShape.at(-1) ?? 1, dtype: samples?.dtype ?? "float32" };
  const layers = raw ? [] : normalizeLayers(normalize, raws);
  const before = layers.length === 0 ? undefined : buildNet(layers, net.inputShape);
  if (before !== undefined && "problems" in before) return netProblem(path, before.problems);
  const whole: Exported = {
    ...net,
    apply: (weights, x, mode) => {
      const given = net.apply(weights, before?.apply({}, x, mode).logits ?? x, mode);
      const end = taskOf(samples?.task).activation === "sigmoid" ? tf.sigmoid : tf.softmax;
      return output === "probabilities" ? { ...given, logits: end(given.logits) } : given;
    },
  };
  const tokens = net.takesTokens && (raw || isIdentity(normalize));
  return graphExport(whole, weights, { ...request, card: cardOf(request, net), tokens });
}

type Exported = Pick<Net, "inputShape" | "outputShape" | "parameters" | "apply">;

/** What is added around a network has constants, and no parameters. */
const cardOf = (
  { card, output, normalize, raw, samples }: Asked,
  { parameterCount }: Pick<Net, "parameterCount">,
): ModelCard => ({
  ...card,
  parameters: parameterCount,
  ...(samples?.task ? { task: samples.task } : {}),
  ...(samples?.classNames ? { classNames: samples.classNames } : {}),
  ...(samples?.threshold === undefined ? {} : { threshold: samples.threshold }),
  ...(samples?.featureNames ? { featureNames: samples.featureNames } : {}),
  ...(samples?.booleans ? { booleans: samples.booleans } : {}),
  ...(samples?.tokens ? { tokens: samples.tokens } : {}),
  ...(samples?.columns
    ? { columns: samples.columns.map((column) => ({ ...column, features: featuresOf(column) })) }
    : {}),
  output,
  normalize: { ...normalize, inside: !raw },
  ...(samples ? { range: samples.range } : {}),
});

const orderOf = ({ layout }: ExportRequest, inputShape: readonly number[]): Pick<ExportedPort, "order"> =>
  inputShape.length === 3 ? { order: layout === "nchw" ? "channels first" : "channels last" } : {};

interface Described extends Asked {
  readonly card: ModelCard;
  readonly tokens: boolean;
}

const graphExport = (net: Exported, weights: NamedData, request: Described): ExportedModel =>
  request.format === "savedmodel" ? servedExport(net, weights, request) : onnxExport(net, weights, request);

function servedExport(net: Exported, weights: NamedData, request: Described): ExportedModel {
  const { output, layout, card, tokens } = request;
  const made = exportSavedModel(exportable(net, request), weights, { layout, output });
  const batch = made.takesAnyBatch ? "batch" : 1;
  const json = `${JSON.stringify(card, null, 2)}\n`;
  return {
    files: { "saved_model.pb": made.bytes, [savedModelCard]: json, ...besideOf(card) },
    input: {
      ...{ name: "input", dtype: tokens ? "int32" : "float32", shape: [batch, ...made.inputShape] },
      ...orderOf(request, net.inputShape),
    },
    output: { name: output, dtype: "float32", shape: [batch, ...made.outputShape] },
    card,
  };
}

function onnxExport(net: Exported, weights: NamedData, request: Described): ExportedModel {
  const model = onnxModel(net, weights, request);
  const [input] = model.graph.input;
  const dtype = request.tokens ? "int64" : "float32";
  return {
    files: { "model.onnx": encodeModel(model), ...besideOf(request.card) },
    input: { name: "input", dtype, shape: dimensions(input), ...orderOf(request, net.inputShape) },
    output: { name: request.output, dtype: "float32", shape: dimensions(model.graph.output[0]) },
    card: request.card,
  };
}

/** What a table's columns become, for a program that has words and not numbers. */
const besideOf = ({ columns }: ModelCard): Readonly<Record<string, string>> =>
  columns === undefined ? {} : { "columns.json": `${JSON.stringify({ columns }, null, 2)}\n` };

/** What stands in each input where it is NaN; of a category nothing is missing: it has an input for each text. */
function fillsOf({ columns }: ModelCard): Float32Array | undefined {
  const isNumeric = columns?.some(({ as }) => as !== "category") ?? false;
  return isNumeric
    ? Float32Array.from(columns?.flatMap(({ fill, own }) => [...fill, ...(own ? [1] : [])]) ?? [])
    : undefined;
}

/** No shape with the batch in it is made, so that a model takes any number of samples. */
function filled(x: tf.Tensor, fills: Float32Array): tf.Tensor {
  const isMissing = tf.isNaN(x);
  return tf.where(isMissing, tf.mul(tf.cast(isMissing, "float32"), tf.tensor1d(fills)), x);
}

/** The added layers, under names that the network does not use. */
function apartFrom(own: readonly LayerSpec[], added: readonly LayerSpec[]): readonly LayerSpec[] {
  const taken = new Set(own.map(({ name }) => name));
  const ours = new Set(added.map(({ name }) => name));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return added.map(({ inputs, ...layer }) => ({
    ...layer,
    name: free(layer.name as string),
    ...(inputs === undefined
      ? {}
      : { inputs: [inputs].flat().map((name) => (ours.has(name) ? free(name) : name)) }),
  }));
}

/** The layers with others before and after them. */
function around(
  layers: readonly LayerSpec[],
  before: readonly LayerSpec[],
  after: readonly LayerSpec[],
): LayerSpec[] {
  const first = before.at(-1)?.name ?? inputName;
  return [
    ...before,
    ...layers.map(({ inputs, ...layer }) => ({
      ...layer,
      ...(inputs === undefined
        ? {}
        : { inputs: [inputs].flat().map((name) => (name === inputName ? first : name)) }),
    })),
    ...after,
  ];
}

const onnxModel = (net: Exported, weights: NamedData, { layout, ...request }: Described): ModelProto =>
  exportOnnx(exportable(net, request), weights, {
    name: request.name,
    output: request.card.output,
    metadata: cardTexts(request.card),
    ...(layout === undefined ? {} : { layout }),
  });

function exportable(net: Exported, { card, raw, tokens }: Omit<Described, "layout">): ExportableNet {
  const fills = raw ? undefined : fillsOf(card);
  return {
    inputShape: net.inputShape,
    ...(tokens ? { inputType: "int32" as const } : {}),
    weights: Object.fromEntries(
      Object.entries(net.parameters).map(([parameter, { shape }]) => [
        parameter,
        { shape, dtype: "float32" as const },
      ]),
    ),
    logits: (tensors, x) => net.apply(tensors, fills ? filled(x, fills) : x, { training: false }).logits,
  };
}

const dimensions = (port: ModelProto["graph"]["input"][number] | undefined): (number | string)[] =>
  port?.type.tensor_type.shape.dim.map((dim) => ("dim_param" in dim ? dim.dim_param : dim.dim_value)) ?? [];
