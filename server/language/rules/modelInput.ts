import type { Node } from "jsonc-parser";
import type { ModelPort } from "../../fileHeaders.ts";
import type { InputMistake } from "../../nets/inputRoles.ts";
import { feedingsOf, imageSizeOf, type Layout } from "../../nets/onnxInput.ts";
import { feedableTypes, isFeedable, isInteger, noTensorHint } from "../../nets/onnxTypes.ts";
import { sizeOf } from "../../sizeOf.ts";
import { hasPorts } from "../facts.ts";
import { error, fix, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { FileModel } from "../model/file.ts";
import type { Model } from "../model/model.ts";
import type { NetModel } from "../model/net.ts";
import { teacherInputs } from "../model/teacherInputs.ts";
import { member, textOf } from "../model/values.ts";
import { shapeText } from "../numbers.ts";
import { dataOf } from "../parse.ts";
import { portList } from "./modelPort.ts";
import type { Rule } from "./rule.ts";

/** A model from a file whose input does not fit the samples. */
export const modelInput: Rule = {
  code: "model-input",
  *check(model) {
    const { data, teacher, student } = model;
    const shape = data.train?.shape;
    if (teacher?.file && hasPorts(teacher.file.reference.kind))
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
  { at, data, parsed }: Model,
  { node, file }: { readonly node: Node; readonly file: FileModel },
  shape: readonly number[] | undefined,
): Generator<Uncoded> {
  const { inputs = [], card } = file.knowledge?.facts ?? {};
  const own = member(node, "normalize");
  const normalize = own ?? (card?.normalizes ? undefined : at("data", "normalize"));
  if (inputs.length === 0) return;
  const place = file.reference.node;
  const plan = teacherInputs(node, inputs, data.train?.numberNames);
  if (plan !== "columns" && "message" in plan) {
    // A name that no input has is reported at its place.
    if (plan.unknown === undefined) yield error(member(node, "inputs") ?? place, unclear(inputs, plan));
    return;
  }
  const unfed = inputs.find((port) => !isFeedable(typeOf(port)));
  const isByColumn = plan === "columns";
  const input = (
    isByColumn
      ? (inputs.find((port) => isInteger(typeOf(port))) ?? inputs[0])
      : inputs.find(({ name }) => name === plan.sample)
  ) as ModelPort;
  const dtype = typeOf(input);
  if (unfed !== undefined) {
    const hint = noTensorHint("input", [unfed.dtype]);
    yield error(
      place,
      `The teacher's input "${unfed.name}" has the type ${unfed.dtype}; expected one of ${feedableTypes.join(", ")}.${hint === undefined ? "" : ` ${hint}`}`,
    );
  } else if (isInteger(dtype) && isNormalized(dataOf(normalize))) {
    const raw = insertProperty(parsed.text, node, "normalize", '{ "scale": 1 }');
    yield error(
      place,
      `The teacher's input "${input.name}" takes integers (${dtype}), but the samples are normalised before. With "normalize": { "scale": 1 } in the teacher it sees the raw ones.`,
      ...(own ? [] : [fix('Add "normalize": { "scale": 1 }', raw)]),
    );
  } else if (shape && !isByColumn && !fits(input, node, shape)) {
    yield error(
      place,
      `The teacher takes ${shapeText(input.shape)}; samples of ${shapeText(shape)} do not fit it.`,
    );
  }
}

const unclear = (inputs: readonly ModelPort[], { message, hint }: InputMistake): string =>
  `The teacher has ${inputs.length} inputs, ${portList(inputs)}; ${message}. ${hint}`;

const typeOf = ({ dtype = "unknown" }: ModelPort): string => (dtype === "unknown" ? "float32" : dtype);

/** Images may have another size. */
function fits({ shape: taken }: ModelPort, node: Node, shape: readonly number[]): boolean {
  const layout = layoutOf(node);
  const size = imageSize(node) ?? imageSizeOf(taken, shape, layout);
  const own = size !== undefined && shape.length === 3 ? [...size, shape[2] as number] : shape;
  return feedingsOf(taken, own, layout).length > 0;
}

function imageSize(node: Node): readonly number[] | undefined {
  const size = dataOf(member(node, "size"));
  const isExtent = (value: unknown) => typeof value === "number" && value >= 1;
  return Array.isArray(size) && size.length === 2 && size.every(isExtent) ? size : undefined;
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
