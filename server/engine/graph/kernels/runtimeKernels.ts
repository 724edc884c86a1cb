import type { Attributes, Value } from "../graph.ts";
import type { Kernel, MultiKernel, NodeInputs } from "../kernel.ts";
import type { OnnxAttribute, OnnxGraph } from "../onnx/onnxGraph.ts";

/** A kernel that only lowerings for ONNX Runtime emit. They give its output shapes, as it has no shape rule. */
export type RuntimeKernel<I = NodeInputs, A = Attributes> = Pick<Kernel<I, A>, "onnx">;

export const ADD_PRODUCT = "AddProduct";
export const BLOCKED_CONVOLUTION = "BlockedConvolution";
export const BLOCKED_POOL = "BlockedPool";
export const TO_BLOCKS = "ToBlocks";
export const FROM_BLOCKS = "FromBlocks";
export const GLOBAL_AVERAGE = "BlockedGlobalAverage";
export const POSITIVE = "Positive";
export const HALVED_SUM = "HalvedSum";
export const FUSED_PRODUCT = "FusedProduct";
export const STANDARDIZE = "Standardize";

type Window = {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
};

export const runtimeKernels: Readonly<Record<string, RuntimeKernel>> = {
  /** a · b + c */
  [ADD_PRODUCT]: {
    onnx: (graph, { a, b, c }, { transposeA, transposeB }) =>
      graph.node("Gemm", [a, b, c], { transA: Number(transposeA), transB: Number(transposeB) }),
  } satisfies RuntimeKernel<{ a: Value; b: Value; c: Value }>,
  [BLOCKED_CONVOLUTION]: {
    onnx(graph, { x, filter, bias, sum }, { group, relu, ...window }) {
      const inputs = [x, filter, ...(bias === undefined && sum === undefined ? [] : [bias])];
      return blocked(graph, "Conv", sum === undefined ? inputs : [...inputs, sum], {
        ...windowAttributes(window),
        group,
        activation: relu ? "Relu" : undefined,
      });
    },
  } satisfies RuntimeKernel<
    { x: Value; filter: Value; bias?: Value; sum?: Value },
    Window & { readonly group?: number; readonly relu: boolean }
  >,
  [BLOCKED_POOL]: {
    onnx: (graph, { x }, { op, ...window }) => blocked(graph, op, [x], windowAttributes(window)),
  } satisfies RuntimeKernel<{ x: Value }, Window & { readonly op: string }>,
  [TO_BLOCKS]: {
    onnx: (graph, { x }, { channelsLast }) =>
      blocked(graph, "ReorderInput", [x], channelsLast ? { channels_last: 1 } : {}),
  } satisfies RuntimeKernel<{ x: Value }>,
  [FROM_BLOCKS]: {
    onnx: (graph, { x }, { channels }) =>
      blocked(graph, "ReorderOutput", [x], { channels, channels_last: 1 }),
  } satisfies RuntimeKernel<{ x: Value }, { readonly channels: number }>,
  [GLOBAL_AVERAGE]: {
    onnx: (graph, { x }) => blocked(graph, "GlobalAveragePool", [x], {}),
  } satisfies RuntimeKernel<{ x: Value }>,
  /** min(1, max(0, αx)) with an α that lifts every number but the smallest to 1. */
  [POSITIVE]: {
    onnx: (graph, { x }) => graph.node("HardSigmoid", [x], { alpha: { float: 3.4e38 }, beta: { float: 0 } }),
  } satisfies RuntimeKernel<{ x: Value }>,
  /** (1 + x) / 2, of an x from −1 to 1. */
  [HALVED_SUM]: {
    onnx: (graph, { x }) => graph.node("HardSigmoid", [x], { alpha: { float: 0.5 }, beta: { float: 0.5 } }),
  } satisfies RuntimeKernel<{ x: Value }>,
  /** a · b over the last two axes. */
  [FUSED_PRODUCT]: {
    onnx: (graph, { a, b }, { transposeA, transposeB }) => {
      const flags = { transA: Number(transposeA), transB: Number(transposeB) };
      return graph.nodes("FusedMatMul", [a, b], flags, 1, contributed)[0] as string;
    },
  } satisfies RuntimeKernel<{ a: Value; b: Value }>,
};

/** Kernels with several outputs. */
export const severalOutputs: Readonly<Record<string, Pick<MultiKernel, "onnx">>> = {
  /**
   * Over the last axis: (x − mean) / √(variance + ε), times the scale plus the shift where these are given, and
   * 1 / √(variance + ε), with the axis as one of size 1.
   */
  [STANDARDIZE]: {
    onnx: (graph, { x, scale, shift }, { epsilon }) => {
      const factors = scale ?? graph.float32(new Float32Array(x.shape.at(-1) as number).fill(1));
      const attrs = { axis: -1, epsilon: { float: epsilon } };
      const [normal, , inverse] = graph.nodes("LayerNormalization", [x, factors, shift], attrs, 3);
      return [normal as string, inverse as string];
    },
  } satisfies Pick<
    MultiKernel<{ x: Value; scale?: Value; shift?: Value }, { readonly epsilon: number }>,
    "onnx"
  >,
};

const contributed = { name: "com.microsoft", version: 1 };

/** The domain in which ONNX Runtime has its kernels for images in blocks of channels. */
const domain = { name: "com.microsoft.nchwc", version: 1 };

function blocked(
  graph: OnnxGraph,
  op: string,
  inputs: readonly (Value | undefined)[],
  attrs: Readonly<Record<string, OnnxAttribute>>,
): string {
  const given = Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined));
  return graph.nodes(op, inputs, given, 1, domain)[0] as string;
}

const windowAttributes = ({ kernel, strides, dilations, pads }: Window) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads,
});
