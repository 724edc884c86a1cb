import { integer, number } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { dropout } from "./arguments.ts";

/** Parameters of each block of a preset. */
export const blockParameters = {
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

/** @param usual the default */
export const depth = (usual: number) =>
  integer("Blocks, of one self-attention and two dense layers each.", {
    minimum: 1,
    maximum: 64,
    default: usual,
    unit: "blocks",
    examples: [usual],
  });

/** What a block of a transformer is made of. */
interface TransformerBlock {
  readonly width: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly dropout: number;
}

export const transformerNorm = { epsilon: 1e-6 };

/**
 * `depth` blocks of self-attention and two dense layers, each behind a layer norm and added to what came in (Xiong et al. 2020
 * compare that with norms behind).
 */
export const transformerBlocks = (from: string, depth: number, block: TransformerBlock): LayerSpec[] =>
  Array.from({ length: depth }, (_, i) =>
    oneBlock(`block${i + 1}`, i === 0 ? from : `block${i}.out`, block),
  ).flat();

function oneBlock(
  name: string,
  from: string,
  { width, heads, mlpRatio, dropout }: TransformerBlock,
): LayerSpec[] {
  const drop = (name: string): LayerSpec[] => (dropout > 0 ? [{ type: "dropout", name, rate: dropout }] : []);
  return [
    { type: "layerNormalization", name: `${name}.norm1`, inputs: from, ...transformerNorm },
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
    { type: "layerNormalization", name: `${name}.norm2`, ...transformerNorm },
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
}
