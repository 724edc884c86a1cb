import { integer } from "../../parameters/parameter.ts";
import { preset } from "./preset.ts";
import { blockParameters, depth, transformerBlocks, transformerNorm } from "./transformerBlock.ts";

/**
 * The encoder of Vaswani et al. 2017 with norms before (Xiong et al. 2020) and learned positions, for numbers of tokens: padding is
 * left out of attention and of the mean over all places, which the logits are made of.
 */
export const transformer = preset({
  description:
    "Transformer for texts (Vaswani et al. 2017): tokens with learned positions, blocks of self-attention, and the mean over all places that are no padding.",
  parameters: {
    vocabulary: integer("How many tokens there are: those of the tokenizer.", {
      minimum: 1,
      examples: [30522],
    }),
    maskToken: integer("The number that stands for padding, as the tokenizer has it.", {
      minimum: 0,
      default: 0,
      examples: [0],
    }),
    width: integer("Features of each token: a multiple of `heads`.", {
      minimum: 1,
      default: 64,
      examples: [64],
    }),
    depth: depth(2),
    ...blockParameters,
  },
  layers: ({ vocabulary, maskToken, depth, ...block }, classes) => [
    {
      type: "embedding",
      name: "words",
      inputDim: vocabulary,
      outputDim: block.width,
      maskToken,
      embeddingsInitializer: "randomNormal",
    },
    { type: "positionEmbedding", name: "positions", embeddingsInitializer: "randomNormal" },
    { type: "add", name: "tokens", inputs: ["words", "positions"] },
    ...transformerBlocks("tokens", depth, block),
    { type: "layerNormalization", name: "norm", ...transformerNorm },
    { type: "globalAveragePooling1d", name: "pool" },
    { type: "dense", name: "logits", units: classes },
  ],
});
