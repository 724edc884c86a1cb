import type { Tensor } from "@tensorflow/tfjs-core";
import { cast, oneHot } from "@tensorflow/tfjs-core";
import { meanOverLabelled } from "../engine/distill/losses/labelled.ts";
import { layerLoss } from "../engine/distill/losses/layerLoss.ts";
import { logitLoss } from "../engine/distill/losses/logitLoss.ts";
import type { Labels, LossTexts, LossType } from "../engine/distill/losses/loss.ts";
import type { Ops } from "../nets/layers/layer.ts";
import type { Parameters, ValuesOf } from "../parameters/parameter.ts";
import type { Schema } from "../parameters/schema.ts";
import { assertCompares, assertDeclared, homeOf } from "./declared.ts";
import type { ModuleDefinition } from "./definition.ts";
import { operations, purely } from "./purity.ts";

/** The labels of a batch, of which some samples may have none. */
interface GivenLabels {
  /** [batch, classes], rows sum to 1: what a sample is, also one that is mixed of two. */
  readonly probabilities: Tensor;
  /** The mean of a value for each sample [batch], over those that have a label. */
  readonly mean: (perSample: Tensor) => Tensor;
}

interface OwnTexts extends Omit<LossTexts, "formula"> {
  readonly formula?: string;
}

interface OfLogits<R extends "teacher" | "labels", P extends Parameters> extends OwnTexts {
  /** What it compares the student with: it is given these and nothing else. */
  readonly reads: readonly R[];
  readonly parameters: P;
  /** A scalar. `student` and `teacher` are logits [batch, classes]. */
  readonly value: (
    inputs: { readonly tf: Ops; readonly student: Tensor } & Pick<
      { readonly teacher: Tensor; readonly labels: GivenLabels },
      R
    >,
    values: ValuesOf<P>,
  ) => Tensor;
}

interface OfLayers<P extends Parameters> extends OwnTexts {
  /** Which outputs of layers it can compare. The file names one of the student and one of the teacher. */
  readonly compares: NonNullable<Schema["compares"]>;
  readonly parameters: P;
  /** A scalar. `student` and `teacher` are outputs of layers [batch, …], maps with their channels last. */
  readonly value: (
    inputs: { readonly tf: Ops; readonly student: Tensor; readonly teacher: Tensor },
    values: ValuesOf<P>,
  ) => Tensor;
}

/** Declares a loss of logits, or of the outputs of two layers. */
export function defineLoss<const R extends "teacher" | "labels", const P extends Parameters>(
  declaration: OfLogits<R, P>,
): ModuleDefinition;
export function defineLoss<const P extends Parameters>(declaration: OfLayers<P>): ModuleDefinition;
export function defineLoss(
  declaration: OfLogits<"teacher" | "labels", Parameters> | OfLayers<Parameters>,
): ModuleDefinition {
  assertDeclared("loss", declaration, {
    functions: ["value"],
    taken: ["type", "weight", "name", ...("compares" in declaration ? ["student", "teacher"] : [])],
  });
  assertCompares(declaration);
  const home = homeOf(declaration.value);
  const scalar = (compute: () => Tensor) => purely(() => asScalar(compute()), home);
  const loss: unknown =
    "compares" in declaration
      ? layerLoss({
          formula: "",
          ...declaration,
          value: (student, teacher, values) =>
            scalar(() => declaration.value({ tf: operations, student, teacher }, values)),
        })
      : logitLoss({
          formula: "",
          ...declaration,
          value: ({ student, ...given }, values) =>
            scalar(() => {
              const labels = given.labels && givenLabels(given.labels, student.shape[1] as number);
              return declaration.value(
                { tf: operations, student, teacher: given.teacher, ...(labels ? { labels } : {}) } as never,
                values,
              );
            }),
        });
  return { kind: "loss", loss: loss as LossType };
}

const givenLabels = ({ classes, labelled, weights }: Labels, count: number): GivenLabels => ({
  probabilities: weights ?? cast(oneHot(cast(classes, "int32"), count), "float32"),
  mean: (perSample) => meanOverLabelled(perSample, labelled),
});

function asScalar(value: Tensor | undefined): Tensor {
  if (value === undefined || !Array.isArray(value.shape)) {
    if (typeof (value as { then?: unknown } | undefined)?.then === "function")
      return value as unknown as Tensor;
    throw new Error(
      `\`value\` must give a tensor; it gave ${value === undefined ? "nothing" : typeof value}`,
    );
  }
  if (value.rank !== 0)
    throw new Error(
      `\`value\` must give one number, a scalar; it gave [${value.shape.join(", ")}]. Take \`tf.mean\` or \`tf.sum\` of it`,
    );
  return value;
}
