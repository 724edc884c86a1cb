import type { Node } from "jsonc-parser";
import { feedingsOf, type Layout } from "../../nets/onnxInput.ts";
import { feedableTypes, isFeedable, isInteger } from "../../nets/onnxTypes.ts";
import { error, fix, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { FileModel } from "../model/file.ts";
import type { Model } from "../model/model.ts";
import type { NetModel } from "../model/net.ts";
import { member, textOf } from "../model/values.ts";
import { shapeText, sizeOf } from "../numbers.ts";
import { dataOf } from "../parse.ts";
import { portList } from "./modelPort.ts";
import type { Rule } from "./rule.ts";

/** A model from a file whose input does not fit the samples. */
export const modelInput: Rule = {
  code: "model-input",
  *check(model) {
    const { data, teacher, student } = model;
    const shape = data.train?.shape;
    if (teacher?.file?.reference.kind === "onnx")
      yield* wrongOnnxInput(model, { node: teacher.node, file: teacher.file }, shape);
    else if (shape) yield* wrongInput("teacher", teacher, shape);
    if (shape) yield* wrongInput("student", student, shape);
  },
};

function* wrongInput(role: string, net: NetModel | undefined, shape: readonly number[]): Generator<Uncoded> {
  const [input, ...others] = net?.file?.knowledge?.facts?.inputs ?? [];
  if (!net?.file || !input || others.length > 0) return;
  // The first axis is the batch; an open axis takes any size.
  const sample = input.shape.slice(1);
  if (sample.length === 0 || sample.some((size) => size < 1)) return;
  // The second is one without a batch.
  if (sizeOf(sample) === sizeOf(shape) || sizeOf(input.shape) === sizeOf(shape)) return;
  yield error(
    net.file.reference.node,
    `The ${role} takes samples of ${shapeText(sample)}, the data has ${shapeText(shape)}.`,
  );
}

/** The trainer's checks of an ONNX model's input before it runs the model. */
function* wrongOnnxInput(
  { at, parsed }: Model,
  { node, file }: { readonly node: Node; readonly file: FileModel },
  shape: readonly number[] | undefined,
): Generator<Uncoded> {
  const { inputs = [], card } = file.knowledge?.facts ?? {};
  const own = at("teacher", "normalize");
  const normalize = own ?? (card?.normalizes ? undefined : at("data", "normalize"));
  const name = textOf(member(node, "input"));
  const input = name === undefined ? inputs[0] : inputs.find((input) => input.name === name);
  if (input === undefined) return;
  const place = file.reference.node;
  const dtype = input.dtype === undefined || input.dtype === "unknown" ? "float32" : input.dtype;
  if (inputs.length > 1) {
    yield error(
      place,
      `The teacher has ${inputs.length} inputs, ${portList(inputs)}; only the sample is fed. Export it with constants for the others.`,
    );
  } else if (!isFeedable(dtype)) {
    yield error(
      place,
      `The teacher's input "${input.name}" has the type ${dtype}; expected one of ${feedableTypes.join(", ")}.`,
    );
  } else if (isInteger(dtype) && isNormalized(dataOf(normalize))) {
    const raw = insertProperty(parsed.text, node, "normalize", '{ "scale": 1 }');
    yield error(
      place,
      `The teacher's input "${input.name}" takes integers (${dtype}), but the samples are normalised before.`,
      ...(own ? [] : [fix('Add "normalize": { "scale": 1 }', raw)]),
    );
  } else if (shape && feedingsOf(input.shape, shape, layoutOf(node)).length === 0) {
    yield error(
      place,
      `The teacher takes ${shapeText(input.shape)}; samples of ${shapeText(shape)} do not fit it.`,
    );
  }
}

function layoutOf(node: Node): "auto" | Layout {
  const layout = textOf(member(node, "layout"));
  return layout === "nchw" || layout === "nhwc" ? layout : "auto";
}

/** Anything but the identity. */
function isNormalized(normalize: unknown): boolean {
  if (typeof normalize !== "object" || normalize === null) return normalize === "fit";
  const { scale = 1, mean = 0, std = 1 } = normalize as Readonly<Record<string, unknown>>;
  const are = (value: unknown, same: number) => [value].flat().every((item) => item === same);
  return !(are(scale, 1) && are(mean, 0) && are(std, 1));
}
