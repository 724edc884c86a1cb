import {
  add,
  addN,
  concat,
  mean,
  mul,
  reshape,
  sigmoid,
  slice,
  squaredDifference,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { integer } from "../../../parameters/parameter.ts";
import type { Tensors } from "../../program.ts";
import { enlargedTo } from "./enlargedTo.ts";
import { ownMapsLoss } from "./layerLoss.ts";
import { type OwnNet, ownNet } from "./ownNet.ts";
import { pooledTo } from "./pooledTo.ts";

/**
 * Hierarchical context loss, Chen et al. 2021, section 3.4: the mean squared difference of two maps as they are and pooled to 4×4,
 * 2×2 and 1×1 places, with weights 1, ½, ¼, … over those that are smaller than the map, divided by their sum.
 * @param student [batch, height, width, channels], brought to the teacher's shape
 * @param teacher of the same shape, a constant
 */
function hierarchicalContext(student: Tensor, teacher: Tensor): Tensor {
  const [, height, width] = student.shape as [number, number, number, number];
  const levels = [4, 2, 1].filter((places) => places < Math.min(height, width));
  const weights = [1, ...levels.map((_, i) => 0.5 ** (i + 1))];
  const total = weights.reduce((sum, weight) => sum + weight);
  const differences = [
    mean(squaredDifference(student, teacher)),
    ...levels.map((places) => {
      const pooled = (map: Tensor) => pooledTo(map, [places, places]);
      return mean(squaredDifference(pooled(student), pooled(teacher)));
    }),
  ];
  return addN(differences.map((difference, i) => mul(difference, (weights[i] as number) / total)));
}

/** Trained parts of one stage. */
interface Fusion {
  /** 1×1 convolution to the common number of channels. */
  readonly middle: OwnNet;
  /** Shares of the stage and of the deeper ones at each place; absent at the deepest. */
  readonly attention: OwnNet | undefined;
  /** 3×3 convolution to the teacher's channels. */
  readonly output: OwnNet;
}

/** What PyTorch's modules take. */
const norm = (name: string): LayerSpec => ({
  type: "batchNormalization",
  name,
  epsilon: 1e-5,
  momentum: 0.9,
});
const convolution = (name: string, filters: number, kernelSize: number): LayerSpec => ({
  ...{ type: "conv2d", name, filters, kernelSize, padding: "same", useBias: false },
  kernelInitializer: "leCunUniform",
});

/** @param stage its number, with which its weights' names begin */
function fusion(
  term: string,
  {
    stage,
    isDeepest,
    channels,
  }: { readonly stage: number; readonly isDeepest: boolean; readonly channels: number },
  { student, teacher }: { readonly student: Shape; readonly teacher: Shape },
): Fusion {
  const [height = 1, width = 1, depth = 1] = student;
  const name = (part: string) => `${stage}.${part}`;
  const attention = { type: "conv2d", name: name("attention"), filters: 2, kernelSize: 1 };
  return {
    middle: ownNet(
      term,
      [convolution(name("middle"), channels, 1), norm(name("middleNorm"))],
      [height, width, depth],
    ),
    attention: isDeepest ? undefined : ownNet(term, [attention], [height, width, 2 * channels]),
    output: ownNet(
      term,
      [convolution(name("output"), teacher.at(-1) as number, 3), norm(name("outputNorm"))],
      [...teacher.slice(0, 2), channels],
    ),
  };
}

/** Flat features are a map of one place. */
const asMap = (shape: Shape): Shape => (shape.length === 1 ? [1, 1, ...shape] : shape);

const places = ([height = 1, width = 1]: Shape): readonly [number, number] => [height, width];

/**
 * Knowledge review, Chen et al. 2021, equations 7 and 8: from the deepest stage on, each of the student's maps is fused with what
 * came of the deeper ones (attention based fusion), brought to the teacher's shape, and compared by
 * {@link hierarchicalContext}; the loss is the sum over stages.
 *
 * Traps: as in the authors' code a map is enlarged by its nearest places, what is handed on is the fused map before the last
 * convolution, and the attention's shares do not add up to 1.
 */
export const reviewKdLoss = ownMapsLoss({
  description:
    "Knowledge review (ReviewKD): each stage of the teacher is learned from that stage of the student and all deeper ones, fused by small layers that are trained but not part of the student. List the stages from the input on, with the pooled features last. The authors raise the weight from 0 over the first 20 epochs.",
  hint: "Learn each stage from deeper ones, too.",
  formula:
    "Σ over stages of HCL(F_i, t_i),  F_i = conv(fused s_i, s_i+1, …);  HCL = weighted mean of squared differences at sizes n, 4, 2, 1",
  paper: "Chen et al. 2021, Distilling Knowledge via Knowledge Review, https://arxiv.org/abs/2104.09044",
  compares: "mapsOrFlat",
  parameters: {
    maxChannels: integer(
      "Most channels of fused maps; they have as many as the student's last map, if that has fewer.",
      {
        minimum: 1,
        default: 512,
        unit: "channels",
        examples: [512],
      },
    ),
  },
  build: ({ maxChannels }, { term, shapes }) => {
    const stages = shapes().map(({ student, teacher }) => ({
      student: asMap(student),
      teacher: asMap(teacher),
    }));
    const deepest = stages.length - 1;
    const channels = Math.min(maxChannels, stages[deepest]?.student.at(-1) ?? 1);
    const fusions = stages.map((shape, stage) =>
      fusion(term, { stage, isDeepest: stage === deepest, channels }, shape),
    );
    const nets = fusions.flatMap(({ middle, attention, output }) => [
      middle,
      ...(attention ? [attention] : []),
      output,
    ]);
    return {
      own: {
        parameters: Object.assign({}, ...nets.map(({ own }) => own.parameters)),
        initial: (seed) => Object.assign({}, ...nets.map(({ own }) => own.initial(seed))),
      },
      value: ({ student, teacher, own }) => {
        const averages: Record<string, Tensor> = {};
        const through = ({ apply }: OwnNet, x: Tensor): Tensor => {
          const result = apply(own, x);
          Object.assign(averages, result.averages);
          return result.output;
        };
        let handed: Tensor | undefined;
        const values: Tensor[] = [];
        for (let stage = deepest; stage >= 0; stage--) {
          const { middle, attention, output } = fusions[stage] as Fusion;
          const shape = stages[stage] as (typeof stages)[number];
          const batch = (student[stage] as Tensor).shape[0] as number;
          const map = through(middle, reshape(student[stage] as Tensor, [batch, ...shape.student]));
          const fused =
            attention && handed
              ? mixed(map, enlargedTo(handed, places(shape.student)), (x) => through(attention, x))
              : map;
          handed = enlargedTo(fused, places(shape.teacher));
          const target = reshape(teacher[stage] as Tensor, [batch, ...shape.teacher]);
          values.push(hierarchicalContext(through(output, handed), target));
        }
        return { value: addN(values), averages: averages as Tensors };
      },
    };
  },
});

/** a · shares₀ + b · shares₁, of sigmoids of a 1×1 convolution of both. */
function mixed(a: Tensor, b: Tensor, attention: (both: Tensor) => Tensor): Tensor {
  const shares = sigmoid(attention(concat([a, b], -1))); // [batch, height, width, 2]
  const share = (which: number) => slice(shares, [0, 0, 0, which], [-1, -1, -1, 1]);
  return add(mul(a, share(0)), mul(b, share(1)));
}
