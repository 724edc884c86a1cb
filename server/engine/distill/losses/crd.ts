import {
  add,
  concat,
  customGrad,
  div,
  gather,
  greater,
  logSumExp,
  matMul,
  mul,
  reshape,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensorScatterUpdate,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { fillUniform } from "../../../data/random.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { choice, integer, number } from "../../../parameters/parameter.ts";
import { sizeOf } from "../../../sizeOf.ts";
import type { Parameter } from "../../nets/net.ts";
import { required } from "../optimizers/optimizer.ts";
import { type OwnContext, ownWeightsLoss } from "./layerLoss.ts";
import type { SampledRows } from "./loss.ts";
import { ownNet } from "./ownNet.ts";
import { positive } from "./positive.ts";

/** What an anchor is compared with: the other network's last embeddings of all samples. */
interface Memory {
  readonly bank: Tensor; // [samples, dimension]
  /** log Z; {@link unset} before the first batch. */
  readonly logNormalizer: Tensor; // []
}

/**
 * One side of contrastive representation distillation, Tian et al. 2020, equations 17 to 19, in the form of the authors'
 * code: an anchor v should distinguish the bank's row of its own sample from those of m others,
 *
 *     −[log P⁺ / (P⁺ + m/N) + Σ log (m/N) / (P⁻ + m/N)] / B,   P = exp(v · row / τ) / Z
 *
 * Z is N times the mean of exp(v · row / τ) over the first batch, and constant after it.
 *
 * Traps: Z is a constant, in the first batch too. All is in logarithms, as exp(1 / τ) leaves float32 at a τ of 0.01; so the
 * 1e-7 that the authors add to each denominator is not needed.
 * @param anchor embeddings of length 1, [batch, dimension]
 */
function contrastiveLoss(
  anchor: Tensor,
  { bank, logNormalizer }: Memory,
  { rows, negatives }: SampledRows,
  temperature: number,
): { readonly value: Tensor; readonly logNormalizer: Tensor } {
  const [batch, count] = negatives.shape as [number, number];
  const samples = bank.shape[0] as number;
  const own = div(sum(mul(anchor, gather(bank, rows)), -1), temperature); // [batch]
  const column = reshape(anchor, [batch, -1, 1]);
  const others = div(reshape(matMul(gather(bank, negatives), column), [batch, count]), temperature);

  const all = constant(concat([reshape(own, [batch, 1]), others], 1));
  const first = add(logSumExp(all), Math.log(samples / (batch * (count + 1))));
  const kept = where(greater(logNormalizer, unset / 2), logNormalizer, first);

  const noise = add(kept, Math.log(count / samples)); // log (m/N · Z)
  const missed = softplus(sub(noise, own));
  const mistaken = softplus(sub(others, noise));
  return { value: div(add(sum(missed), sum(mistaken)), batch), logNormalizer: kept };
}

/** {@link contrastiveLoss} both ways between two layers, with an embedding and a bank for each. */
export const crdLoss = ownWeightsLoss({
  description:
    "Contrastive representation distillation: the student's features of a sample should match the teacher's of the same sample and differ from those of others, and vice versa. Keeps both embeddings of every training sample, in memory and in checkpoints: 2 · samples · dimension · 4 bytes, 61 MB for 60,000. The paper combines it with `kd` and `ce`.",
  hint: "Contrast a sample with others.",
  formula:
    "−[Σ log P⁺ / (P⁺ + m/N) + Σ log (m/N) / (P⁻ + m/N)] / B, both ways,  P = exp(v · w / τ) / Z, m negatives of N samples",
  paper: "Tian et al. 2020, Contrastive Representation Distillation, https://arxiv.org/abs/1910.10699",
  weight: 0.8,
  compares: "any",
  parameters: {
    negatives: integer(
      "Number of other samples that each one is compared with, redrawn in every step. A step reads batch · negatives · dimension numbers of each network; on a CPU the paper's 16384 take ten times as long as 512.",
      { minimum: 1, default: 512, examples: [512, 4096, 16384] },
    ),
    negativesFrom: choice(
      "Which samples are drawn: those of other classes, or all others.",
      ["otherClasses", "otherSamples"],
      { default: "otherClasses", examples: ["otherSamples"] },
    ),
    dimension: integer("Size of an embedding, which a dense layer computes from each network's features.", {
      minimum: 1,
      default: 128,
      examples: [128],
    }),
    temperature: number("Divides similarities. The lower, the more the most similar negatives count.", {
      exclusiveMinimum: 0,
      default: 0.07,
      usual: [0.01, 1],
      examples: [0.07, 0.1],
    }),
    momentum: number("Share of the old embedding when a sample's is updated.", {
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.5,
      examples: [0.5],
    }),
  },
  build: ({ dimension, temperature, momentum, negatives, negativesFrom }, context) => {
    const shapes = context.shapes();
    const sides = {
      student: sideOf("student", { context, shape: shapes.student, dimension }),
      teacher: sideOf("teacher", { context, shape: shapes.teacher, dimension }),
    };
    return {
      negativeSampling: { negatives, negativesFrom },
      own: {
        parameters: { ...sides.student.parameters, ...sides.teacher.parameters },
        initial: (seed) => ({ ...sides.student.initial(seed), ...sides.teacher.initial(seed) }),
      },
      value: ({ student, teacher, own, sampled }) => {
        if (!sampled) throw new Error(`the loss ${context.term} was not given its sampled rows`);
        const [s, t] = [sides.student.embed(own, student), sides.teacher.embed(own, teacher)];
        const [atStudent, atTeacher] = [sides.student.memory(own), sides.teacher.memory(own)];
        const ofStudent = contrastiveLoss(s, { ...atStudent, bank: atTeacher.bank }, sampled, temperature);
        const ofTeacher = contrastiveLoss(t, { ...atTeacher, bank: atStudent.bank }, sampled, temperature);
        return {
          value: add(ofStudent.value, ofTeacher.value),
          averages: {
            [sides.student.bank]: moved(atStudent.bank, s, sampled, momentum),
            [sides.teacher.bank]: moved(atTeacher.bank, t, sampled, momentum),
            [sides.student.logNormalizer]: ofStudent.logNormalizer,
            [sides.teacher.logNormalizer]: ofTeacher.logNormalizer,
          },
        };
      },
    };
  },
});

/** log Z before the first batch, a value that it never takes; finite, as checkpoints hold finite numbers only. */
export const unset = -1e30;

/** A dense layer that makes embeddings of a network's features, and their bank; named TERM/NETWORK.WEIGHT. */
function sideOf(
  network: "student" | "teacher",
  {
    context: { term, samples },
    shape,
    dimension,
  }: { readonly context: OwnContext; readonly shape: Shape; readonly dimension: number },
) {
  const flat = sizeOf(shape);
  const embedding = ownNet(term, [{ type: "dense", name: network, units: dimension }], [flat]);
  const [bank, logNormalizer] = [`${term}/${network}.bank`, `${term}/${network}.logNormalizer`];
  const moving = (of: Shape): Parameter => ({
    shape: of,
    role: "average",
    initializer: "zeros",
    trainable: false,
    decays: false,
  });
  return {
    bank,
    logNormalizer,
    parameters: {
      ...embedding.own.parameters,
      [bank]: moving([samples, dimension]),
      [logNormalizer]: moving([]),
    },
    initial: (seed: number) => ({
      ...embedding.own.initial(seed),
      [bank]: initialBank([samples, dimension], seed, `weights.${bank}`),
      [logNormalizer]: Float32Array.of(unset),
    }),
    embed: (own: Readonly<Record<string, Tensor>>, features: Tensor) =>
      unit(embedding.apply(own, reshape(features, [-1, flat])).output),
    memory: (own: Readonly<Record<string, Tensor>>): Memory => ({
      bank: required(own, bank),
      logNormalizer: required(own, logNormalizer),
    }),
  };
}

/** Uniform, so that a row's expected length is 1, as in the authors' code. */
function initialBank([samples, dimension]: readonly [number, number], seed: number, use: string) {
  const values = new Float32Array(samples * dimension);
  fillUniform(values, { seed, step: 0, use });
  const limit = Math.sqrt(3 / dimension);
  for (let i = 0; i < values.length; i++) values[i] = (2 * (values[i] as number) - 1) * limit;
  return values;
}

/** The bank with a batch's embeddings in it. No sample is in a batch twice. */
function moved(bank: Tensor, embeddings: Tensor, { rows }: SampledRows, momentum: number): Tensor {
  const next = unit(add(mul(gather(bank, rows), momentum), mul(embeddings, 1 - momentum)));
  return tensorScatterUpdate(bank, reshape(rows, [-1, 1]), next);
}

/**
 * Rows of length 1. A row shorter than 1e-3 stays shorter than 1: a layer whose ReLUs are all off gives 0, and the gradient
 * there is 1 over the divisor.
 */
const unit = (x: Tensor): Tensor => div(x, sqrt(positive(sum(square(x), -1, true), 1e-6)));

const constant = (x: Tensor): Tensor =>
  customGrad((...[given]: unknown[]) => ({
    value: (given as Tensor).clone(),
    gradFunc: (dy: Tensor) => zerosLike(dy),
  }))(x);
