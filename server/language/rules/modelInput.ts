import type { ModelPort } from "../facts.ts";
import { error, type Uncoded } from "../finding.ts";
import type { NetModel } from "../model/net.ts";
import { member, textOf } from "../model/values.ts";
import { shapeText, sizeOf } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** A model from a file that takes other samples than there are. Which axis is which is for later: the sizes must agree. */
export const modelInput: Rule = {
  code: "model-input",
  *check({ data, teacher, student }) {
    const shape = data.train?.shape;
    if (!shape) return;
    yield* wrongInput("teacher", teacher, shape);
    yield* wrongInput("student", student, shape);
  },
};

function* wrongInput(role: string, net: NetModel | undefined, shape: readonly number[]): Generator<Uncoded> {
  if (!net?.file) return;
  const input = inputOf(net);
  // The first axis is the batch; an axis that is left open takes any size.
  const sample = input?.shape.slice(1);
  if (!sample || sample.length === 0 || sample.some((size) => size < 1)) return;
  if (sizeOf(sample) === sizeOf(shape)) return;
  if (input?.shape.every((size) => size > 0) && sizeOf(input.shape) === sizeOf(shape)) return; // one without a batch
  yield error(
    net.file.reference.node,
    `The ${role} takes samples of ${shapeText(sample)}, the data has ${shapeText(shape)}.`,
  );
}

function inputOf({ node, file }: NetModel): ModelPort | undefined {
  const inputs = file?.knowledge?.facts?.inputs ?? [];
  const name = textOf(member(node, "input"));
  if (name !== undefined) return inputs.find((input) => input.name === name);
  return inputs.length === 1 ? inputs[0] : undefined;
}
