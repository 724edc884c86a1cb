import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { boolean, integer, varied } from "../../parameters/parameter.ts";
import { activate } from "./activate.ts";
import { activation, biasInitializer, initializer, useBias } from "./arguments.ts";
import {
  expectRank,
  type ForwardContext,
  type LayerShape,
  layer,
  type Mismatch,
  type Shape,
} from "./layer.ts";

const recurrentArguments = {
  units: integer("Size of the state, which is what the layer gives.", {
    minimum: 1,
    unit: "units",
    examples: [64],
  }),
  activation: varied(activation, { default: "tanh" }),
  recurrentActivation: varied(activation, {
    description: "Function of the gates.",
    default: "sigmoid",
  }),
  useBias,
  returnSequences: boolean("Give the state at every place, [places, units], in place of the last one.", {
    default: false,
  }),
  kernelInitializer: varied(initializer, { default: "glorotUniform" }),
  recurrentInitializer: varied(initializer, {
    description: "How the weights of the state are drawn.",
    default: "glorotUniform",
  }),
};

/** [places, features] → [units], or [places, units]. */
function recurrentShape(
  input: Shape,
  { units, returnSequences }: { readonly units: number; readonly returnSequences: boolean },
  parameters: NonNullable<LayerShape["parameters"]>,
): LayerShape | Mismatch {
  const output = returnSequences ? [input[0] as number, units] : [units];
  return expectRank(input, 2, "[places, features]") ?? { output, parameters };
}

/** [batch, units] tensors, of which the first is what the layer gives. */
type State = readonly Tensor[];

interface Recurrence {
  readonly units: number;
  readonly returnSequences: boolean;
  /** How many tensors the state has; before the first place they are zeros. */
  readonly parts: number;
  /** The state behind a place. */
  readonly next: (entering: Tensor, state: State) => State;
}

/**
 * Place after place; the products with the input are computed for all places at once. At a place of padding the state stays as it
 * was.
 */
function unrolled(
  { tf, x, weights, mask, outputShape }: ForwardContext,
  { units, returnSequences, parts, next }: Recurrence,
): Tensor {
  const [batch, places, features] = x.shape as [number, number, number];
  const kernel = weights["kernel"] as Tensor2D;
  const width = kernel.shape[1];
  const product = tf.matMul(tf.reshape(x, [batch * places, features]) as Tensor2D, kernel);
  // tfjs has no gradient of a split into one part.
  const apart = (all: Tensor): Tensor[] => (places === 1 ? [all] : tf.split(all, places, 1));
  const entering = apart(tf.reshape(product, [batch, places, width]));
  const there = mask && apart(mask); // [batch, 1] each
  let state: State = Array.from({ length: parts }, () => tf.zeros([batch, units]));
  const given: Tensor[] = [];
  for (const [place, one] of entering.entries()) {
    const before = state;
    const after = next(tf.reshape(one, [batch, width]), before);
    const isThere = there?.[place];
    state = isThere
      ? after.map((now, i) => tf.add(tf.mul(now, isThere), tf.mul(before[i] as Tensor, tf.sub(1, isThere))))
      : after;
    if (returnSequences) given.push(tf.expandDims(state[0] as Tensor, 1));
  }
  return returnSequences ? tf.reshape(tf.concat(given, 1), outputShape) : (state[0] as Tensor);
}

/** Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; gates in Keras's order: input, forget, cell, output. */
export const lstm = layer({
  description:
    "Long short-term memory (Hochreiter and Schmidhuber 1997) along a sequence [places, features]; places that are padding leave its state as it is.",
  keras: { className: "LSTM" },
  arguments: {
    ...recurrentArguments,
    biasInitializer: varied(biasInitializer, {
      description:
        "How the initial biases are drawn; that of the forget gate is 1 more (Jozefowicz et al. 2015).",
      default: "zeros",
    }),
  },
  mask: "passes",
  shape: (input, args) => {
    const { units, useBias, kernelInitializer, recurrentInitializer, biasInitializer } = args;
    return recurrentShape(input, args, {
      kernel: { shape: [input[1] as number, 4 * units], role: "kernel", initializer: kernelInitializer },
      recurrentKernel: { shape: [units, 4 * units], role: "kernel", initializer: recurrentInitializer },
      ...(useBias
        ? { bias: { shape: [4 * units], role: "bias", initializer: biasInitializer, forgets: units } }
        : {}),
    });
  },
  /** c = f · c + i · g, h = o · tanh(c) */
  forward: (context, { units, activation, recurrentActivation, returnSequences }) => {
    const { tf, weights } = context;
    const gate = (x: Tensor) => activate(tf, x, recurrentActivation);
    const next = (entering: Tensor, [h, c]: State): State => {
      const recurrent = tf.matMul(h as Tensor2D, weights["recurrentKernel"] as Tensor2D);
      const sum = tf.add(entering, recurrent);
      const [i, f, g, o] = tf.split(weights["bias"] ? tf.add(sum, weights["bias"]) : sum, 4, 1) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const cell = tf.add(tf.mul(gate(f), c as Tensor), tf.mul(gate(i), activate(tf, g, activation)));
      return [tf.mul(gate(o), activate(tf, cell, activation)), cell];
    };
    return unrolled(context, { units, returnSequences, parts: 2, next });
  },
});

/**
 * Cho et al. 2014, with the reset gate behind the product, as PyTorch and Keras have it (`reset_after`); gates in Keras's order:
 * update, reset, new. The bias has a row for what enters and one for the state.
 */
export const gru = layer({
  description:
    "Gated recurrent unit (Cho et al. 2014, in PyTorch's and Keras's form) along a sequence [places, features]; places that are padding leave its state as it is. TensorFlow.js has it in another form alone.",
  keras: { className: "GRU", unknownToTfjs: true },
  arguments: { ...recurrentArguments, biasInitializer },
  mask: "passes",
  shape: (input, args) => {
    const { units, useBias, kernelInitializer, recurrentInitializer, biasInitializer } = args;
    return recurrentShape(input, args, {
      kernel: { shape: [input[1] as number, 3 * units], role: "kernel", initializer: kernelInitializer },
      recurrentKernel: { shape: [units, 3 * units], role: "kernel", initializer: recurrentInitializer },
      ...(useBias ? { bias: { shape: [2, 3 * units], role: "bias", initializer: biasInitializer } } : {}),
    });
  },
  /** h = z · h + (1 − z) · n, n = tanh(x + r · state) */
  forward: (context, { units, activation, recurrentActivation, returnSequences }) => {
    const { tf, weights } = context;
    const bias = weights["bias"] && tf.split(weights["bias"], 2, 0); // [1, 3 · units] each
    const thirds = (x: Tensor, row: 0 | 1) =>
      tf.split(bias ? tf.add(x, bias[row] as Tensor) : x, 3, 1) as [Tensor, Tensor, Tensor];
    const gate = (x: Tensor) => activate(tf, x, recurrentActivation);
    const next = (entering: Tensor, [h]: State): State => {
      const [z, r, n] = thirds(entering, 0);
      const [rz, rr, rn] = thirds(tf.matMul(h as Tensor2D, weights["recurrentKernel"] as Tensor2D), 1);
      const update = gate(tf.add(z, rz));
      const now = activate(tf, tf.add(n, tf.mul(gate(tf.add(r, rr)), rn)), activation);
      return [tf.add(tf.mul(update, h as Tensor), tf.mul(tf.sub(1, update), now))];
    };
    return unrolled(context, { units, returnSequences, parts: 1, next });
  },
});
