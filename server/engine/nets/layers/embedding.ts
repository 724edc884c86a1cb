import { initializer, integer } from "./arguments.ts";
import { layer } from "./layer.ts";

export const embedding = layer(
  "Looks up a learned vector for each number.",
  {
    inputDim: integer("How many different numbers there are: 0 … inputDim − 1."),
    outputDim: integer("Size of each vector."),
    embeddingsInitializer: initializer("Initial vectors.", "glorotUniform"),
  },
  (input, { inputDim, outputDim, embeddingsInitializer }) => ({
    output: [...input, outputDim],
    parameters: {
      embeddings: { shape: [inputDim, outputDim], role: "kernel", initializer: embeddingsInitializer },
    },
  }),
);
