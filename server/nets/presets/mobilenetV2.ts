import { number, oneOfNumbers } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { dropout } from "./arguments.ts";
import { preset } from "./preset.ts";
import { resnetNorm } from "./resnet.ts";

/** Table 2 of the paper: expansion, filters, blocks, and the stride of the first of them. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Sandler et al. 2018: inverted residuals with linear bottlenecks. Filters are rounded as the authors' code does. */
export const mobilenetV2 = preset({
  description:
    "MobileNetV2 (Sandler et al. 2018): inverted residual blocks of depthwise convolutions with ReLU6.",
  parameters: {
    width: number("Multiple of the paper's numbers of filters, which are rounded to multiples of 8.", {
      exclusiveMinimum: 0,
      default: 1,
      usual: [0.25, 1.4],
      examples: [0.5],
    }),
    reduction: oneOfNumbers(
      "How many times smaller the last map is than the image: 32 as in the paper, 16 or 8 for small images, whose first convolutions then keep their size.",
      [8, 16, 32],
      { default: 32, examples: [8] },
    ),
    dropout: dropout("Share of the features before the last layer that is dropped in training.", 0.2),
  },
  layers: ({ width, reduction, dropout }, classes) => {
    const head = Math.max(1280, rounded(1280 * width));
    let [from, filters] = ["stem.relu", rounded(32 * width)];
    const body = stages.flatMap(([expansion, base, blocks, stride], stage) => {
      const outer = rounded(base * width);
      return Array.from({ length: blocks }, (_, block) => {
        const strides = block > 0 || (stage === 1 && reduction === 8) ? 1 : stride;
        const name = `stage${stage + 1}.block${block + 1}`;
        const layers = inverted(name, { from, inner: filters, wide: filters * expansion, outer, strides });
        [from, filters] = [layers.at(-1)?.name as string, outer];
        return layers;
      }).flat();
    });
    return [
      ...normed("stem", {
        type: "conv2d",
        inputs: "input",
        filters: rounded(32 * width),
        kernelSize: 3,
        strides: reduction === 32 ? 2 : 1,
      }),
      ...body,
      ...normed("head", { type: "conv2d", inputs: from, filters: head, kernelSize: 1 }),
      { type: "globalAveragePooling2d", name: "pool" },
      ...(dropout > 0 ? [{ type: "dropout", name: "dropout", rate: dropout }] : []),
      { type: "dense", name: "logits", units: classes },
    ];
  },
});

interface Inverted {
  readonly from: string;
  /** Filters of what enters, of the block inside, and of what it gives. */
  readonly inner: number;
  readonly wide: number;
  readonly outer: number;
  readonly strides: number;
}

function inverted(name: string, { from, inner, wide, outer, strides }: Inverted): LayerSpec[] {
  const isWider = wide !== inner;
  const layers = [
    ...(isWider
      ? normed(`${name}.expand`, { type: "conv2d", inputs: from, filters: wide, kernelSize: 1 })
      : []),
    ...normed(`${name}.depthwise`, {
      type: "depthwiseConv2d",
      inputs: isWider ? `${name}.expand.relu` : from,
      kernelSize: 3,
      strides,
    }),
    ...normed(`${name}.project`, {
      type: "conv2d",
      inputs: `${name}.depthwise.relu`,
      filters: outer,
      kernelSize: 1,
    }).slice(0, 2),
  ];
  return strides === 1 && inner === outer
    ? [...layers, { type: "add", name: `${name}.out`, inputs: [from, `${name}.project.norm`] }]
    : layers;
}

const normed = (name: string, convolution: LayerSpec): LayerSpec[] => [
  {
    ...convolution,
    name: `${name}.conv`,
    padding: "same",
    useBias: false,
    [convolution.type === "conv2d" ? "kernelInitializer" : "depthwiseInitializer"]: "heNormal",
  },
  { type: "batchNormalization", name: `${name}.norm`, ...resnetNorm },
  { type: "activation", name: `${name}.relu`, activation: "relu6" },
];

/** To a multiple of 8, by less than a tenth down. */
function rounded(filters: number): number {
  const near = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return near < 0.9 * filters ? near + 8 : near;
}
