import assert from "node:assert/strict";
import { test } from "node:test";
import { add, equal, mul, scalar, type Tensor, where } from "@tensorflow/tfjs-core";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { ce } from "../../server/engine/distill/losses/ce.ts";
import { dist } from "../../server/engine/distill/losses/dist.ts";
import { dkd } from "../../server/engine/distill/losses/dkd.ts";
import { jsd, jsdParts } from "../../server/engine/distill/losses/jsd.ts";
import { kd } from "../../server/engine/distill/losses/kd.ts";
import { partlyLabelled } from "../../server/engine/distill/losses/labelled.ts";
import { labelSmoothing } from "../../server/engine/distill/losses/labelSmoothing.ts";
import type { Labels } from "../../server/engine/distill/losses/loss.ts";
import { mlkd } from "../../server/engine/distill/losses/mlkd.ts";
import { reverseKl } from "../../server/engine/distill/losses/reverseKl.ts";
import type { NamedData, Program, TensorSpec, Tensors } from "../../server/engine/program.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, goldenCases } from "./golden.ts";

interface LossCase {
  readonly name: string;
  readonly params: {
    readonly temperature?: number;
    readonly alpha?: number;
    readonly beta?: number;
    readonly gamma?: number;
    readonly warmup?: number;
    readonly base?: string;
    readonly labelSmoothing?: number;
    readonly classWeights?: readonly number[];
    readonly ignoreIndex?: number;
    readonly temperatures?: readonly number[];
    readonly instance?: number;
    readonly batch?: number;
    readonly class?: number;
  };
  readonly inputs: {
    readonly student: GoldenTensor;
    readonly teacher?: GoldenTensor;
    readonly labels?: readonly number[];
  };
  readonly loss: number;
  readonly parts?: Readonly<Record<string, number>>;
  /** Absent where none is prescribed: it has to be finite. */
  readonly grads?: { readonly student: GoldenTensor };
  readonly tol: { readonly loss: number; readonly student?: number };
}

interface Inputs {
  readonly student: Tensor;
  readonly teacher: Tensor;
  readonly labels: Labels;
}

type LossOf = (
  inputs: Inputs,
  params: LossCase["params"],
) => { readonly loss: Tensor; readonly parts?: Tensors; readonly factor?: number };

const checked: Readonly<Record<string, LossOf>> = {
  ce: ({ student, labels }, params) => ({ loss: crossEntropy(student, labels, params) }),
  "label-smoothing": ({ student, labels }, { labelSmoothing: epsilon = 0, ...others }) => ({
    loss:
      Object.keys(others).length === 0
        ? labelSmoothing(student, labels, { epsilon })
        : crossEntropy(student, labels, { labelSmoothing: epsilon, ...others }),
  }),
  kd: ({ student, teacher }, params) => ({
    loss: kd(student, teacher, { temperature: given(params.temperature), standardize: false }),
  }),
  seed: ({ student, teacher, labels }, params) => {
    const alpha = given(params.alpha);
    const kl = kd(student, teacher, { temperature: given(params.temperature), standardize: false });
    const entropy = crossEntropy(student, labels, {});
    return { loss: add(mul(kl, alpha), mul(entropy, 1 - alpha)), parts: { kl, ce: entropy } };
  },
  "reverse-kl": ({ student, teacher }, params) => ({
    loss: reverseKl(student, teacher, { temperature: given(params.temperature) }),
  }),
  jsd: ({ student, teacher }, params) => {
    const parameters = { temperature: given(params.temperature), beta: given(params.beta) };
    return { loss: jsd(student, teacher, parameters), parts: jsdParts(student, teacher, parameters) };
  },
  // The warm-up's factor is the weight of the loss.
  dkd: (inputs, params) => ({ ...decoupled(inputs, params, false), factor: given(params.warmup) }),
  "logit-std": (inputs, params) =>
    params.base === "dkd"
      ? decoupled(inputs, params, true)
      : {
          loss: kd(inputs.student, inputs.teacher, {
            temperature: given(params.temperature),
            standardize: true,
          }),
        },
  dist: ({ student, teacher }, params) => {
    const temperature = given(params.temperature);
    const of = (beta: number, gamma: number) => dist(student, teacher, { temperature, beta, gamma });
    return {
      loss: of(given(params.beta), given(params.gamma)),
      parts: { inter: of(1, 0), intra: of(0, 1) },
    };
  },
  mlkd: ({ student, teacher }, { temperatures = [], ...params }) => ({
    loss: mlkd(student, teacher, {
      temperatures,
      instance: given(params.instance),
      batch: given(params.batch),
      class: given(params.class),
    }),
  }),
};

/** A label that is ignored is, to us, one that is not there. */
function crossEntropy(
  student: Tensor,
  labels: Labels,
  { labelSmoothing = 0, classWeights, ignoreIndex }: LossCase["params"],
): Tensor {
  const parameters = { labelSmoothing, classWeights: classWeights ?? null };
  if (ignoreIndex === undefined || !labels.classes) return ce(student, labels, parameters);
  const isIgnored = equal(labels.classes, scalar(ignoreIndex, "int32"));
  const given = where(isIgnored, scalar(-1, "int32"), labels.classes);
  return ce(student, partlyLabelled(given), parameters);
}

function decoupled(
  { student, teacher, labels }: Inputs,
  params: LossCase["params"],
  standardize: boolean,
): ReturnType<LossOf> {
  const temperature = given(params.temperature);
  const of = (alpha: number, beta: number) =>
    dkd(student, teacher, labels, { temperature, alpha, beta, standardize });
  return { loss: of(given(params.alpha), given(params.beta)), parts: { tckd: of(1, 0), nckd: of(0, 1) } };
}

for (const [name, loss] of Object.entries(checked)) {
  for (const golden of await goldenCases<LossCase>(`losses/${name}`)) {
    for (const [engine, load] of Object.entries(executors)) {
      test(`${name}, ${golden.name}: value and gradient (${engine})`, async () => {
        const { program, feeds } = lossProgram(loss, golden);
        const executor = await load(program, {});
        const { value, gradient, ...parts } = await executor.run("loss", feeds);
        assertClose(value, [golden.loss], golden.tol.loss, "loss");
        if (golden.grads) {
          assertClose(gradient, golden.grads.student.data, given(golden.tol.student), "gradient");
        } else {
          assert.ok(gradient?.every(Number.isFinite), `gradient: ${gradient}`);
        }
        for (const [part, expected] of Object.entries(golden.parts ?? {})) {
          assertClose(parts[part], [expected], golden.tol.loss, part);
        }
        await executor.dispose();
      });
    }
  }
}

function lossProgram(loss: LossOf, { inputs, params }: LossCase): { program: Program; feeds: NamedData } {
  const logits: TensorSpec = { shape: inputs.student.shape, dtype: "float32" };
  const program: Program = {
    state: {},
    entries: [
      {
        name: "loss",
        inputs: {
          student: logits,
          ...(inputs.teacher ? { teacher: logits } : {}),
          ...(inputs.labels ? { labels: { shape: [inputs.labels.length], dtype: "int32" } } : {}),
        },
        run: (_, { student, teacher, labels }) => {
          const { value, gradients, beside } = differentiate({ student: student as Tensor }, () => {
            const {
              loss: value,
              parts = {},
              factor = 1,
            } = loss({ student, teacher, labels: { classes: labels } } as Inputs, params);
            return { value: mul(value, factor), beside: parts };
          });
          return { state: {}, outputs: { value, gradient: gradients["student"] as Tensor, ...beside } };
        },
      },
    ],
  };
  const feeds = {
    student: floats(inputs.student),
    ...(inputs.teacher ? { teacher: floats(inputs.teacher) } : {}),
    ...(inputs.labels ? { labels: Int32Array.from(inputs.labels) } : {}),
  };
  return { program, feeds };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The case lacks a parameter");
  return value;
}
