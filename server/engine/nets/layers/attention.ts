import { boolean, initializer, integer, number } from "./arguments.ts";
import { expectRank, layer, type ParameterSpec, type Shape } from "./layer.ts";

/** Vaswani et al. 2017, section 3.2.2, with queries, keys and values of one sequence. */
export const multiHeadAttention = layer(
  "Self-attention: each place of a sequence takes from the others what fits to it, in several ways at once.",
  {
    numHeads: integer("How many ways there are."),
    keyDim: integer("Size of each head's queries, keys and values."),
    useBias: boolean("Adds a learned bias to queries, values and the output.", true),
    dropout: number("Share of the attention weights that is dropped in training.", {
      fallback: 0,
      minimum: 0,
      below: 1,
    }),
    kernelInitializer: initializer("Initial weights.", "glorotUniform"),
    biasInitializer: initializer("Initial bias.", "zeros"),
  },
  (input, { numHeads, keyDim, useBias, dropout, kernelInitializer, biasInitializer }) => {
    const mismatch = expectRank(input, 2, "[places, features]");
    if (mismatch) return mismatch;
    const [places, features] = input as readonly [number, number];
    const kernel = (shape: Shape): ParameterSpec => ({
      shape,
      role: "kernel",
      initializer: kernelInitializer,
    });
    const bias = (name: string, size: number): Readonly<Record<string, ParameterSpec>> =>
      useBias ? { [name]: { shape: [size], role: "bias", initializer: biasInitializer } } : {};
    const width = numHeads * keyDim;
    return {
      output: input,
      parameters: {
        queryKernel: kernel([features, width]),
        ...bias("queryBias", width),
        // No bias: it would add the same to all of a query's scores, which the softmax takes away again.
        keyKernel: kernel([features, width]),
        valueKernel: kernel([features, width]),
        ...bias("valueBias", width),
        outputKernel: kernel([width, features]),
        ...bias("outputBias", features),
      },
      ...(dropout > 0 ? { random: { distribution: "uniform", shape: [numHeads, places, places] } } : {}),
    };
  },
);

/** As KerasHub's layer: it gives the vectors themselves, for an `add` to join to the sequence. */
export const positionEmbedding = layer(
  "A learned vector for each place of a sequence, the same for every sample.",
  { embeddingsInitializer: initializer("Initial vectors.", "glorotUniform") },
  (input, { embeddingsInitializer }) =>
    expectRank(input, 2, "[places, features]") ?? {
      output: input,
      parameters: {
        embeddings: { shape: input, role: "position", initializer: embeddingsInitializer },
      },
    },
);
