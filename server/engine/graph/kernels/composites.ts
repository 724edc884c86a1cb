import type { Attributes, Value } from "../graph.ts";
import type { CompositeKernel, Emit } from "../kernel.ts";

interface Activation {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}
type Fused = { readonly bias?: Value; readonly preluActivationWeights?: Value };

/**
 * Fused kernels that tfjs uses outside gradients. Taken apart, training and evaluation have the same operations, and passes and
 * layouts have fewer kernels to handle.
 */
export const composites: Readonly<Record<string, CompositeKernel>> = {
  _FusedMatMul: {
    expand: (emit, { a, b, ...fused }, attrs) =>
      finish(emit, only(emit("BatchMatMul", { a, b }, matmulOf(attrs))), fused, attrs),
  } satisfies CompositeKernel<Fused & { a: Value; b: Value }, Activation & Attributes>,
  FusedConv2D: fusedConvolution("Conv2D"),
  FusedDepthwiseConv2D: fusedConvolution("DepthwiseConv2dNative"),
  // (x - mean) · (scale / √(variance + ε)) + offset. Folding the mean into the offset would save an addition, but cancels
  // where |mean| is much larger than the deviation.
  FusedBatchNorm: {
    expand: (emit, { x, mean, variance, scale, offset }, { varianceEpsilon }) => {
      const epsilon = only(emit("Fill", {}, { shape: [], value: varianceEpsilon }));
      const deviation = only(emit("Rsqrt", { x: only(emit("Add", { a: variance, b: epsilon })) }));
      const factor = scale ? only(emit("Multiply", { a: deviation, b: scale })) : deviation;
      const centred = only(emit("Sub", { a: x, b: mean }));
      const scaled = only(emit("Multiply", { a: centred, b: factor }));
      return offset ? only(emit("Add", { a: scaled, b: offset })) : scaled;
    },
  } satisfies CompositeKernel<
    { x: Value; mean: Value; variance: Value; scale?: Value; offset?: Value },
    { varianceEpsilon: number }
  >,
};

function fusedConvolution(
  kernel: "Conv2D" | "DepthwiseConv2dNative",
): CompositeKernel<Fused & { x: Value; filter: Value }, Activation & Attributes> {
  return {
    expand: (emit, { x, filter, ...fused }, attrs) => {
      const { activation: _, leakyreluAlpha: __, ...convolution } = attrs;
      return finish(emit, only(emit(kernel, { x, filter }, convolution)), fused, attrs);
    },
  };
}

function matmulOf({ transposeA, transposeB }: Attributes): Attributes {
  return { transposeA, transposeB };
}

function finish(emit: Emit, x: Value, { bias, preluActivationWeights }: Fused, attrs: Activation): Value {
  const biased = bias ? only(emit("Add", { a: x, b: bias })) : x;
  switch (attrs.activation) {
    case undefined:
    case "linear":
      return biased;
    case "relu":
      return only(emit("Relu", { x: biased }));
    case "relu6":
      return only(emit("Relu6", { x: biased }));
    case "elu":
      return only(emit("Elu", { x: biased }));
    case "sigmoid":
      return only(emit("Sigmoid", { x: biased }));
    case "leakyrelu":
      return only(emit("LeakyRelu", { x: biased }, { alpha: attrs.leakyreluAlpha ?? 0.2 }));
    case "prelu":
      return only(emit("Prelu", { x: biased, alpha: preluActivationWeights as Value }));
    default:
      throw new Error(`fused activation ${attrs.activation} is not known`);
  }
}

function only(outputs: readonly Value[]): Value {
  return outputs[0] as Value;
}
