import { integer, type ValuesOf } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { preset } from "./preset.ts";
import { blockParameters, depth, transformerBlocks, transformerNorm } from "./transformerBlock.ts";

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
  depth: depth(4),
  ...blockParameters,
};

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
  return [
    { type: "conv2d", name: "patch", filters: width, kernelSize: patchSize, strides: patchSize },
    { type: "reshape", name: "patches", targetShape: [-1, width] },
    { type: "positionEmbedding", name: "positions", ...positions },
    { type: "add", name: "tokens", inputs: ["patches", "positions"] },
    ...transformerBlocks("tokens", depth, { width, heads, mlpRatio, dropout }),
    { type: "layerNormalization", name: "norm", ...transformerNorm },
    { type: "globalAveragePooling1d", name: "pool" },
    { type: "dense", name: "logits", units: classes },
  ];
}
