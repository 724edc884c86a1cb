import {
  add,
  div,
  log,
  mean,
  mul,
  reshape,
  softplus,
  squaredDifference,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { smallerExtents } from "../../../nets/comparedFeatures.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { ownWeightsLoss } from "./layerLoss.ts";
import { ownNet } from "./ownNet.ts";
import { pooledTo } from "./pooledTo.ts";

const epsilon = 1e-5;
const initialVariance = 5;

/** ρ for a variance of 5: softplus(ρ) + 1e-5. */
export const initialRho = Math.log(Math.expm1(initialVariance - epsilon));

/**
 * Variational information distillation, Ahn et al. 2019, equations 5 and 6:
 *
 *     mean of ½ · ((μ(f_s) − f_t)² / σ² + log σ²),   σ² = softplus(ρ) + 1e-5, one for each of the teacher's channels
 *
 * A bound on the mutual information of the student's and teacher's features: where it is low, σ² grows.
 *
 * Traps: it may be negative. ρ is trained, as are the weights of μ.
 * @param predicted μ(f_s), [batch, height, width, channels]
 * @param teacher features of the same shape, a constant
 * @param rho [channels]
 */
export function vid(predicted: Tensor, teacher: Tensor, rho: Tensor): Tensor {
  const variance = add(softplus(rho), epsilon);
  const surprise = add(div(squaredDifference(predicted, teacher), variance), log(variance));
  return mul(mean(surprise), 0.5);
}

/** μ: three 1×1 convolutions without bias, as wide as the teacher's channels, with ReLUs between them. */
export const regression = (channels: number): readonly LayerSpec[] =>
  ["conv1", "conv2", "conv3"].map((name, i) => ({
    type: "conv2d",
    name,
    filters: channels,
    kernelSize: 1,
    useBias: false,
    activation: i < 2 ? "relu" : "linear",
  }));

/** {@link vid} of two layers, with its μ and ρ. */
export const vidLoss = ownWeightsLoss({
  description:
    "Variational information distillation: the student's features should predict the teacher's; where they cannot, a learned variance grows. It may be negative.",
  hint: "Predict a layer of the teacher.",
  formula:
    "mean of ½ · ((μ(f_s) − f_t)² / σ² + log σ²),  σ² of each channel = softplus(ρ) + 1e-5, μ three 1×1 convolutions",
  paper:
    "Ahn et al. 2019, Variational Information Distillation for Knowledge Transfer, https://arxiv.org/abs/1904.05835",
  compares: "mapsOrFlat",
  parameters: {},
  build: (_, { term, shapes: shapesOf }) => {
    const shapes = shapesOf();
    const [student, teacher] = [asMap(shapes.student), asMap(shapes.teacher)];
    const extents = smallerExtents(student, teacher);
    const channels = teacher.at(-1) as number;
    const { own, apply } = ownNet(term, regression(channels), [...extents, student.at(-1) as number]);
    const rho = `${term}/rho`;
    const parameter = {
      shape: [channels],
      role: "bias",
      initializer: "zeros",
      trainable: true,
      decays: false,
    } as const;
    return {
      own: {
        parameters: { ...own.parameters, [rho]: parameter },
        initial: (seed) => ({ ...own.initial(seed), [rho]: new Float32Array(channels).fill(initialRho) }),
      },
      value: (inputs) => {
        const pooled = (features: Tensor, shape: Shape) =>
          pooledTo(reshape(features, [features.shape[0] as number, ...shape]), extents);
        const { output, averages } = apply(inputs.own, pooled(inputs.student, student));
        const target = pooled(inputs.teacher, teacher);
        return { value: vid(output, target, inputs.own[rho] as Tensor), averages };
      },
    };
  },
});

/** Flat features are a map of one place. */
const asMap = (shape: Shape): Shape => (shape.length === 1 ? [1, 1, ...shape] : shape);
