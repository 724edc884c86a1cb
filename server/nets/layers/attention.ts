import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { integer, number, varied } from "../../parameters/parameter.ts";
import { biasInitializer, initializer, useBias } from "./arguments.ts";
import { expectRank, layer, type ParameterSpec, type Shape } from "./layer.ts";
import { dropped } from "./noise.ts";

/** Vaswani et al. 2017, section 3.2.2, with queries, keys and values of one sequence. */
export const multiHeadAttention = layer({
  description:
    "Self-attention on a sequence [places, features] (Vaswani et al. 2017): each place takes from the others what fits to it. Losses can compare `NAME.scores`, its scores before the softmax [places, places, heads]; `hint` of them is TinyBERT's loss of attention. TensorFlow.js has no such layer.",
  keras: { className: "MultiHeadAttention", unknownToTfjs: true },
  arguments: {
    numHeads: integer("How many attentions work side by side.", { minimum: 1, examples: [4] }),
    keyDim: integer(
      "Size of the queries, keys and values of each head: usually the number of features divided by `numHeads`.",
      { minimum: 1, examples: [16] },
    ),
    useBias,
    dropout: number("Share of the attention weights that is dropped in training.", {
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      examples: [0.1],
    }),
    kernelInitializer: varied(initializer, { default: "glorotUniform" }),
    biasInitializer,
  },
  shape: (input, { numHeads, keyDim, useBias, dropout, kernelInitializer, biasInitializer }) => {
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
      taps: { scores: [places, places, numHeads] },
      ...(dropout > 0 ? { random: { distribution: "uniform", shape: [numHeads, places, places] } } : {}),
    };
  },
  /** softmax(Q Kᵀ / √keyDim) V for each head, side by side, times the output's kernel. */
  mask: "passes",
  forward: ({ tf, x, weights, random, mask }, { numHeads, keyDim, dropout }) => {
    const [batch, places, features] = x.shape as [number, number, number];
    const projected = (rows: Tensor, name: string) => {
      const product = tf.matMul(rows as Tensor2D, weights[`${name}Kernel`] as Tensor2D);
      const bias = weights[`${name}Bias`];
      return bias ? tf.add(product, bias) : product;
    };
    const rows = tf.reshape(x, [batch * places, features]);
    const heads = (name: string) =>
      tf.transpose(tf.reshape(projected(rows, name), [batch, places, numHeads, keyDim]), [0, 2, 1, 3]);
    const [query, key, value] = [heads("query"), heads("key"), heads("value")]; // [batch, heads, places, keyDim]
    // Scaled here, where there are fewer values than in the scores.
    const scores = tf.matMul(tf.mul(query, keyDim ** -0.5), key, false, true); // [batch, heads, places, places]
    // Far below every score, so that a place of padding has a share of exactly 0.
    const maskedScores = mask
      ? tf.add(scores, tf.reshape(tf.mul(tf.sub(mask, 1), 1e9), [batch, 1, 1, places]))
      : scores;
    const shares = tf.softmax(maskedScores);
    const mixed = tf.matMul(random ? dropped(tf, shares, random, dropout) : shares, value);
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * places, numHeads * keyDim]);
    return {
      output: tf.reshape(projected(joined, "output"), [batch, places, features]),
      averages: {},
      // Heads last, as channels are: where padding is no place is left out.
      taps: { scores: tf.transpose(scores, [0, 2, 3, 1]) },
    };
  },
});

/** As KerasHub's layer: it gives the vectors themselves, for an `add` to join to the sequence. */
export const positionEmbedding = layer({
  description:
    "A trained vector for each place of a sequence [places, features]; an `add` layer joins them to it. TensorFlow.js has no such layer.",
  keras: { className: "PositionEmbedding", unknownToTfjs: true },
  arguments: {
    embeddingsInitializer: varied(initializer, {
      description: "How the initial vectors are drawn.",
      default: "glorotUniform",
    }),
  },
  shape: (input, { embeddingsInitializer }) =>
    expectRank(input, 2, "[places, features]") ?? {
      output: input,
      parameters: {
        embeddings: { shape: input, role: "position", initializer: embeddingsInitializer },
      },
    },
  mask: "passes",
  /** Added to zeros, which a graph leaves out: the gradient of tfjs's broadcast takes two kernels for each sample. */
  forward: ({ tf, weights, outputShape }) =>
    tf.add(tf.zeros(outputShape), tf.reshape(weights["embeddings"] as Tensor, [1, ...outputShape.slice(1)])),
});
