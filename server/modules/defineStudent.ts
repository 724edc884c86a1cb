import type { Tensor } from "@tensorflow/tfjs-core";
import { isRecord } from "../isRecord.ts";
import type { RandomDraw } from "../nets/layers/layer.ts";
import type { OwnStudent, StudentContext, StudentOutputs, StudentPlace } from "../nets/ownStudents.ts";
import type { Parameters, ValuesOf } from "../parameters/parameter.ts";
import { assertDeclared, homeOf } from "./declared.ts";
import { drawOf, type GivenWeights, weightsOf } from "./declaredWeights.ts";
import { assertShape } from "./defineLayer.ts";
import type { ModuleDefinition } from "./definition.ts";
import { operations, purely } from "./purity.ts";

/** Logits, and beside them what losses can compare and what moves with the data. */
type Given = Tensor | (Pick<StudentOutputs, "logits"> & Partial<StudentOutputs>);

interface Declaration<P extends Parameters> {
  readonly description: string;
  readonly parameters: P;
  /** Every weight by its name: its shape, and how it begins. */
  readonly weights: (place: StudentPlace, values: ValuesOf<P>) => GivenWeights;
  /** Numbers that are drawn for each sample of a training step, by name. Absent: none. */
  readonly random?: (place: StudentPlace, values: ValuesOf<P>) => Readonly<Record<string, RandomDraw>>;
  /** In the operations `tf`: logits [batch, outputs]. Tensors have the batch as their first axis. */
  readonly forward: (context: StudentContext, values: ValuesOf<P>) => Given;
}

/** Declares a student: its weights, and what it makes of samples with them. */
export function defineStudent<const P extends Parameters>(declaration: Declaration<P>): ModuleDefinition {
  assertDeclared("student", declaration, {
    functions: ["weights", "forward", ...(declaration.random === undefined ? [] : ["random"])],
    taken: ["type", "trainable", "learningRates", "weightDecays"],
  });
  const { description, parameters, random } = declaration;
  const declared = homeOf(declaration.weights);
  const drawn = homeOf(random ?? declaration.weights);
  const home = homeOf(declaration.forward);
  const student: OwnStudent<P> = {
    description,
    parameters,
    weights: (place, values) => purely(() => weightsOf(declaration.weights(place, values)), declared),
    random: (place, values) =>
      random === undefined ? {} : purely(() => drawsOf(random(place, values)), drawn),
    forward: (context, values) =>
      purely(() => outputsOf(declaration.forward({ ...context, tf: operations }, values), context), home),
  };
  return { kind: "student", student: student as unknown as OwnStudent };
}

function drawsOf(given: unknown): Readonly<Record<string, RandomDraw>> {
  if (!isRecord(given)) throw new Error("`random` gives an object of random numbers by name");
  return Object.fromEntries(Object.entries(given).map(([name, draw]) => [name, drawOf(draw)]));
}

function outputsOf(given: Given, { x, outputs }: StudentContext): StudentOutputs {
  if (typeof (given as { then?: unknown } | undefined)?.then === "function") return given as never;
  const batch = x.shape[0] as number;
  const whole = isRecord(given) && "logits" in given ? given : { logits: given };
  const { logits, layers = {}, averages = {} } = whole as StudentOutputs;
  assertShape("forward", logits, [batch, outputs]);
  for (const [name, tensor] of Object.entries(layers)) {
    const shape = tensor?.shape;
    if (!Array.isArray(shape) || shape[0] !== batch)
      throw new Error(`the layer "${name}" must be a tensor whose first axis is the batch`);
  }
  return { logits, layers, averages };
}
