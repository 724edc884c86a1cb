import type { RawSample } from "../data/rawSample.ts";
import type { ExportedModel, ExportedPort } from "../engine/train/exportModel.ts";
import { brief, grouped } from "../grouped.ts";
import type { ModelCard } from "../nets/modelCard.ts";
import type { ModelFormat } from "../optionValues.ts";
import { taskOf } from "../tasks/tasks.ts";
import { table } from "./wording.ts";

export interface ExportBlock {
  readonly format: ModelFormat;
  /** The file or folder as written in a program. */
  readonly path: string;
  readonly exported: ExportedModel;
  readonly samples?: RawSample | undefined;
}

/** Usage of an exported model: input, output, and a runnable line of code. */
export function exportBlock({ format, path, exported, samples }: ExportBlock): string[] {
  const { input, output, card } = exported;
  const rows = [
    ["input", `${port(input)}: ${values(exported, samples)}`],
    ...(card.featureNames ? [["columns", listed(card.featureNames)]] : []),
    ["output", `${port(output)}: ${meaningOf(card)}`],
    ...(card.output === "numbers"
      ? card.classNames
        ? [["numbers", listed(card.classNames)]]
        : []
      : [["labels", card.classNames ? listed(card.classNames) : `0 … ${Number(output.shape.at(-1)) - 1}`]]),
    ...(input.shape[0] === "batch"
      ? []
      : [["batch", "one sample at a time: the network computes with the number of samples"]]),
    ...usages[format](path, exported),
  ];
  const described = format === "savedmodel" ? "Its card.json" : "The model's metadata";
  return [
    ...table(rows.map(([name, text]) => [`  ${name}`, text as string])),
    `  Replace the zeros by samples. ${described} has all of this, and its origin.`,
  ];
}

const usages: Readonly<
  Record<ModelFormat, (path: string, exported: ExportedModel) => readonly (readonly [string, string])[]>
> = {
  onnx: (path, exported) => [
    ["Python", python(path, exported)],
    ["JavaScript", javascript(path, exported)],
  ],
  tfjs: (path, exported) => [["JavaScript", layersModel(path, exported)]],
  savedmodel: (path, exported) => [
    ["Python", servedInPython(path, exported)],
    ["JavaScript", servedInNode(path, exported)],
  ],
};

function meaningOf({ output, task, threshold }: ModelCard): string {
  const { output: outputs, activation } = taskOf(task);
  if (output === "numbers") return "the numbers of the regression";
  if (output === "logits") return `a ${activation} turns them into probabilities`;
  if (activation === "softmax") return "of the classes, they sum to 1";
  const from = threshold === undefined ? "" : `, given from ${[threshold].flat().join(", ")} on`;
  return `of the ${outputs[1]}, each of its own${from}`;
}

const port = ({ name, dtype, shape }: ExportedPort): string => `"${name}", ${dtype} [${shape.join(", ")}]`;

function values({ input, card }: ExportedModel, samples: RawSample | undefined): string {
  const order = input.order === undefined ? "" : ` (${input.order})`;
  const { normalize } = card;
  if (normalize?.inside === false) return `normalised samples${order}, ${normalizeFormula(normalize)}`;
  const [least, largest] = samples?.range ?? [];
  if (samples?.tokens !== undefined) {
    const { tokenizer, padding } = samples.tokens;
    const given =
      tokenizer === undefined ? "as they stand in the file" : "as the data's tokenizer gives them";
    return `numbers of tokens, ${given}, and ${padding} as padding`;
  }
  const range =
    samples?.dtype === "uint8"
      ? " 0 … 255"
      : least === undefined || largest === undefined
        ? ""
        : `, in training ${brief(least)} … ${brief(largest)}`;
  const whole = input.dtype === "float32" ? "raw values" : "whole numbers";
  return `${whole}${range}, as they stand in the file${order}`;
}

function normalizeFormula({
  scale,
  mean,
  std,
}: {
  scale: number;
  mean: readonly number[];
  std: readonly number[];
}) {
  const list = (numbers: readonly number[]) =>
    numbers.length > 4 ? `one of ${numbers.length} a channel` : numbers.map((x) => brief(x, 6)).join(", ");
  return `x · ${brief(scale, 6)}, then (x − ${list(mean)}) / ${list(std)}`;
}

/** Few in full, many by their number; one that could be taken for two stands in quotes. */
export function listed(names: readonly string[]): string {
  const most = 12;
  const first = names
    .slice(0, most)
    .map((name) => (/[,"]|^\s|\s$|^$/.test(name) ? JSON.stringify(name) : name))
    .join(", ");
  return names.length > most ? `${first}, … (${grouped(names.length)})` : first;
}

const one = (shape: readonly (number | string)[]) => shape.map((extent) => (extent === "batch" ? 1 : extent));

function python(path: string, { input, card }: ExportedModel): string {
  const zeros = `np.zeros((${one(input.shape).join(", ")}), np.${input.dtype})`;
  const predicted = card.task
    ? undefined
    : card.classNames
      ? 'json.loads(s.get_modelmeta().custom_metadata_map["classNames"])[y[0].argmax()]'
      : "y[0].argmax()";
  const isNamed = predicted?.startsWith("json");
  return `import ${isNamed ? "json, " : ""}numpy as np, onnxruntime as ort; s = ort.InferenceSession(${JSON.stringify(path)}); x = ${zeros}; y = s.run(None, {"${input.name}": x})[0]; print(${predicted === undefined ? "" : `${predicted}, `}y)`;
}

function javascript(path: string, { input, output }: ExportedModel): string {
  const shape = one(input.shape);
  const size = shape.reduce<number>((product, extent) => product * Number(extent), 1);
  const array = input.dtype === "int64" ? "BigInt64Array" : "Float32Array";
  const tensor = `new ort.Tensor("${input.dtype}", new ${array}(${size}), [${shape.join(", ")}])`;
  return `import * as ort from "onnxruntime-web"; const s = await ort.InferenceSession.create(${JSON.stringify(path)}); console.log((await s.run({ ${input.name}: ${tensor} })).${output.name}.data)`;
}

function layersModel(path: string, { input }: ExportedModel): string {
  const dtype = input.dtype === "float32" ? "" : `, "${input.dtype}"`;
  return `import * as tf from "@tensorflow/tfjs"; const m = await tf.loadLayersModel(${JSON.stringify(`${path}/model.json`)}); m.predict(tf.zeros([${one(input.shape).join(", ")}]${dtype})).print()`;
}

function servedInPython(path: string, { input, output }: ExportedModel): string {
  const zeros = `tf.zeros((${one(input.shape).join(", ")}), tf.${input.dtype})`;
  return `import tensorflow as tf; m = tf.saved_model.load(${JSON.stringify(path)}); print(m.signatures["serving_default"](input=${zeros})["${output.name}"])`;
}

function servedInNode(path: string, { input, output }: ExportedModel): string {
  const zeros = `tf.zeros([${one(input.shape).join(", ")}], "${input.dtype}")`;
  return `import * as tf from "@tensorflow/tfjs-node"; const m = await tf.node.loadSavedModel(${JSON.stringify(path)}); m.predict({ input: ${zeros} })["${output.name}"].print()`;
}
