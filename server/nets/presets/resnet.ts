import { integer } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { preset } from "./preset.ts";

/** PyTorch's, in Keras's terms. */
export const resnetNorm = { momentum: 0.9, epsilon: 1e-5 };

/**
 * ResNet for small images, He et al. 2016, section 4.2: a 3×3 convolution, then three stages of n residual blocks of two 3×3
 * convolutions each, the map halved and the filters doubled from stage to stage, and the mean over the last map.
 *
 * Where a block changes the shape, the shortcut is a projection (1×1 convolution and batch norm; the paper's option B), as
 * in most implementations today; the paper's own CIFAR nets pad with zeros. Convolutions have no bias, since the norm
 * that follows takes it away, and start from He's normal distribution.
 */
export const resnet = preset({
  description: "ResNet for small images (He et al. 2016, section 4.2): three stages of residual blocks.",
  parameters: {
    depth: integer("Layers with weights: 6n + 2, as 8, 14, 20, 32, 44, 56, 110.", {
      minimum: 8,
      maximum: 1202,
      examples: [20],
    }),
    width: integer("Filters of the first stage; each later stage has twice as many.", {
      minimum: 1,
      default: 16,
      examples: [16],
    }),
  },
  layers: ({ depth, width }, classes) => resnetLayers(depth, width, classes),
});

/** @param depth other depths than 6n + 2 are rounded down to the next of these */
function resnetLayers(depth: number, width: number, classes: number): LayerSpec[] {
  const blocks = Math.max(1, Math.floor((depth - 2) / 6));
  const stages = [width, 2 * width, 4 * width];
  const body = stages.flatMap((filters, stage) =>
    Array.from({ length: blocks }, (_, block) => {
      const first = stage === 0 && block === 0;
      const from = first ? "stem.relu" : `${blockName(...before(stage, block, blocks))}.out`;
      return residualBlock(blockName(stage, block), {
        from,
        filters,
        strides: stage > 0 && block === 0 ? 2 : 1,
        projected: stage > 0 && block === 0,
      });
    }).flat(),
  );
  return [
    ...convolved("stem", { from: "input", filters: width, kernelSize: 3, strides: 1 }),
    { type: "reLU", name: "stem.relu" },
    ...body,
    { type: "globalAveragePooling2d", name: "pool" },
    { type: "dense", name: "logits", units: classes },
  ];
}

interface Block {
  readonly from: string;
  readonly filters: number;
  readonly strides: number;
  /** The shape changes, so that the shortcut has to change it too. */
  readonly projected: boolean;
}

const residualBlock = (name: string, { from, filters, strides, projected }: Block): LayerSpec[] => [
  ...convolved(`${name}.1`, { from, filters, kernelSize: 3, strides }),
  { type: "reLU", name: `${name}.1.relu` },
  ...convolved(`${name}.2`, { from: `${name}.1.relu`, filters, kernelSize: 3, strides: 1 }),
  ...(projected ? convolved(`${name}.shortcut`, { from, filters, kernelSize: 1, strides }) : []),
  {
    type: "add",
    name: `${name}.add`,
    inputs: [`${name}.2.norm`, projected ? `${name}.shortcut.norm` : from],
  },
  { type: "reLU", name: `${name}.out` },
];

const convolved = (
  name: string,
  { from, ...convolution }: { from: string; filters: number; kernelSize: number; strides: number },
): LayerSpec[] => [
  {
    type: "conv2d",
    name: `${name}.conv`,
    inputs: from,
    ...convolution,
    padding: "same",
    useBias: false,
    kernelInitializer: "heNormal",
  },
  { type: "batchNormalization", name: `${name}.norm`, ...resnetNorm },
];

const blockName = (stage: number, block: number): string => `stage${stage + 1}.block${block + 1}`;

const before = (stage: number, block: number, blocks: number): [stage: number, block: number] =>
  block > 0 ? [stage, block - 1] : [stage - 1, blocks - 1];
