import type {
  ResolvedOnnxTeacher,
  ResolvedSavedModelTeacher,
} from "../../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../../data/samples.ts";
import { columnHint, columnInput } from "../../../nets/columnInputs.ts";
import { type InputPlan, inputPlan } from "../../../nets/inputRoles.ts";
import { isNoRow, isOneNumber } from "../../../nets/onnxInput.ts";
import {
  feedableTypes,
  isFeedable,
  isFloat,
  isInteger,
  isList,
  isReadable,
  noTensorHint,
} from "../../../nets/onnxTypes.ts";
import { type Problem, problem } from "../../../problem.ts";
import { taskOf } from "../../../tasks/tasks.ts";
import type { OnnxPort } from "../../native/onnxModel.ts";
import type { OtherInput } from "./onnxFeeds.ts";

/** What an experiment says of a model that is run as it is. */
export type ModelTeacher = ResolvedOnnxTeacher | ResolvedSavedModelTeacher;

type Found<T> = T | { readonly problem: Problem };

/** The inputs of a model, by what they are fed. */
export interface FedInputs {
  readonly input: OnnxPort;
  readonly others: readonly OtherInput[];
  readonly plan: InputPlan;
  /** The model takes each column of a table by itself. */
  readonly isByColumn: boolean;
}

/**
 * @param isRaw samples are not normalised before the teacher sees them
 * @param columns of a table
 */
export function inputsOf(
  given: readonly OnnxPort[],
  spec: Pick<ModelTeacher, "input" | "inputs">,
  {
    path,
    isRaw,
    columns,
  }: { readonly path: string; readonly isRaw: boolean; readonly columns?: readonly string[] | undefined },
): Found<FedInputs> {
  if (given.length === 0) return problem("model-input", `${path}: the model has no input.`);
  const isSaid = spec.input !== undefined || spec.inputs !== undefined;
  const joined = isSaid ? undefined : columnInput(given, columns);
  const ports = joined ? [joined] : given;
  const plan = inputPlan(
    ports.map(({ name }) => name),
    spec,
  );
  if ("message" in plan)
    return problem(
      plan.unknown === undefined ? "model-input" : "model-port",
      `${path}: ${plan.message}.`,
      (isSaid ? undefined : columnHint(given, columns)) ?? plan.hint,
    );
  const unfed = ports.find(({ type }) => !isFeedable(type));
  if (unfed !== undefined)
    return problem(
      "model-input",
      `${path}: the input "${unfed.name}" has the type ${unfed.type}; expected one of ${feedableTypes.join(", ")}.`,
      noTensorHint("input", [unfed.type]),
    );
  const input = ports.find(({ name }) => name === plan.sample) as OnnxPort;
  if (isInteger(input.type) && !isRaw)
    return problem(
      "model-input",
      `${path}: the input "${input.name}" takes integers (${input.type}), but the samples are normalised before.`,
      'Add "normalize": { "scale": 1 } to the teacher: it then sees the raw samples.',
    );
  const others = plan.others.map(({ name, feed }) => ({
    ...(ports.find((port) => port.name === name) as OnnxPort),
    feed,
  }));
  return { input, others, plan, isByColumn: joined !== undefined };
}

export function outputOf(
  outputs: readonly OnnxPort[],
  name: string | undefined,
  { path, samples }: { readonly path: string; readonly samples: Samples | undefined },
): Found<OnnxPort> {
  const output = outputs.find((port) => port.name === name);
  if (output === undefined) return noSuchPort(path, "output", name, outputs);
  if (isReadable(output.type) && isOneNumber(output.shape) && samples?.classes !== 1)
    return problem(
      "model-port",
      `${path}: the output "${output.name}" gives one number per sample; expected one number per ${taskOf(samples?.task).output[0]}.`,
      `Export the scores of all ${taskOf(samples?.task).output[1]} as one output. Its outputs are ${named(outputs)}.`,
    );
  if (isReadable(output.type) && isNoRow(output.shape, samples?.task))
    return problem(
      "model-port",
      `${path}: the output "${output.name}" gives [${output.shape.map((extent) => (Number(extent) > 0 ? extent : "any")).join(", ")}]; expected [batch, ${taskOf(samples?.task).output[1]}].`,
      `Its outputs are ${named(outputs)}.`,
    );
  if (isReadable(output.type)) return output;
  return problem(
    "model-port",
    `${path}: the output "${output.name}" has the type ${output.type}; numbers were expected.`,
    advice("output", outputs, [output]),
  );
}

/** Where the file leaves types to be inferred. */
export const inferred = (outputs: readonly OnnxPort[]): string | undefined =>
  (
    outputs.find(({ type }) => isFloat(type)) ??
    (outputs.some(({ type }) => isList(type))
      ? undefined
      : outputs.find(({ type, shape }) => isReadable(type) && !isOneNumber(shape)))
  )?.name;

const noSuchPort = (
  path: string,
  kind: "input" | "output",
  name: string | undefined,
  ports: readonly OnnxPort[],
) =>
  problem(
    "model-port",
    name === undefined
      ? `${path}: the model has no ${kind} of numbers for each class.`
      : `${path}: the model has no ${kind} named "${name}".`,
    advice(kind, ports),
  );

const advice = (kind: "input" | "output", ports: readonly OnnxPort[], wrong = ports): string =>
  [
    `Its ${kind}s are ${named(ports)}.`,
    noTensorHint(
      kind,
      wrong.map(({ type }) => type),
    ),
  ]
    .filter(Boolean)
    .join(" ");

const named = (ports: readonly OnnxPort[]) => ports.map(({ name, type }) => `"${name}" (${type})`).join(", ");
