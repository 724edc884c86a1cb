import { integer, number, type ValuesOf } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { dropout } from "./arguments.ts";
import { preset } from "./preset.ts";

const parameters = {
  patchSize: integer(
    "Height and width of the squares that the image is cut into; what is left at the right and lower edges is not seen.",
    { minimum: 1, default: 4, unit: "pixels", examples: [4] },
  ),
  width: integer("Features of each patch: a multiple of `heads`.", {
    minimum: 1,
    default: 64,
    examples: [64],
  }),
  depth: integer("Blocks, of one self-attention and two dense layers each.", {
    minimum: 1,
    maximum: 64,
    default: 4,
    unit: "blocks",
    examples: [4],
  }),
  heads: integer("Attentions that work side by side in a block, on `width` / `heads` features each.", {
    minimum: 1,
    default: 4,
    examples: [4],
  }),
  mlpRatio: number("Units of a block's hidden dense layer, as a multiple of `width`.", {
    exclusiveMinimum: 0,
    default: 4,
    examples: [2],
  }),
  dropout: dropout("Share of what each block adds that is dropped in training.", 0.1),
};

const norm = { epsilon: 1e-6 };
// The paper's deviation is 0.02; this is Keras's.
const positions = { embeddingsInitializer: "randomNormal" };

/**
 * Vision transformer, Dosovitskiy et al. 2021: patches with learned positions, blocks of self-attention and two dense
 * layers, each behind a layer norm and added to what came in, and a dense layer at the end. The mean over all patches
 * takes the place of the class token, as in Beyer et al. 2022 (Better plain ViT baselines): small nets do no worse by it.
 * Pixels at the right and lower edges that do not fill a patch are left out.
 */
export const vit = preset({
  description:
    "Vision transformer (Dosovitskiy et al. 2021) for small images: patches, blocks of self-attention, and the mean over all patches.",
  parameters,
  layers: vitLayers,
});

function vitLayers(
  { patchSize, width, depth, heads, mlpRatio, dropout }: ValuesOf<typeof parameters>,
  classes: number,
): LayerSpec[] {
  const drop = (name: string): LayerSpec[] => (dropout > 0 ? [{ type: "dropout", name, rate: dropout }] : []);
  const block = (name: string, from: string): LayerSpec[] => [
    { type: "layerNormalization", name: `${name}.norm1`, inputs: from, ...norm },
    {
      type: "multiHeadAttention",
      name: `${name}.attention`,
      numHeads: heads,
      keyDim: Math.max(1, Math.floor(width / heads)),
    },
    ...drop(`${name}.dropout1`),
    {
      type: "add",
      name: `${name}.mixed`,
      inputs: [from, dropout > 0 ? `${name}.dropout1` : `${name}.attention`],
    },
    { type: "layerNormalization", name: `${name}.norm2`, ...norm },
    {
      type: "dense",
      name: `${name}.hidden`,
      units: Math.max(1, Math.round(mlpRatio * width)),
      activation: "gelu",
      kernelInitializer: "glorotUniform",
    },
    { type: "dense", name: `${name}.dense`, units: width, kernelInitializer: "glorotUniform" },
    ...drop(`${name}.dropout2`),
    {
      type: "add",
      name: `${name}.out`,
      inputs: [`${name}.mixed`, dropout > 0 ? `${name}.dropout2` : `${name}.dense`],
    },
  ];
  const blockName = (i: number): string => `block${i + 1}`;
  return [
    { type: "conv2d", name: "patch", filters: width, kernelSize: patchSize, strides: patchSize },
    { type: "reshape", name: "patches", targetShape: [-1, width] },
    { type: "positionEmbedding", name: "positions", ...positions },
    { type: "add", name: "tokens", inputs: ["patches", "positions"] },
    ...Array.from({ length: depth }, (_, i) =>
      block(blockName(i), i === 0 ? "tokens" : `${blockName(i - 1)}.out`),
    ).flat(),
    { type: "layerNormalization", name: "norm", ...norm },
    { type: "globalAveragePooling1d", name: "pool" },
    { type: "dense", name: "logits", units: classes },
  ];
}
