import type { Composed } from "../composed/composed.ts";
import { convolution, convolutionInputGradient } from "../composed/convolution.ts";
import { depthwiseConvolution, depthwiseInputGradient } from "../composed/depthwise.ts";
import {
  acos,
  asin,
  atan,
  expm1,
  log1p,
  logicalOr,
  logicalXor,
  logSoftmax,
  pow,
  selu,
  sign,
} from "../composed/elementwise.ts";
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from "../composed/pooling.ts";
import { replacedRows } from "../composed/replacedRows.ts";
import { segmentSum } from "../composed/segments.ts";
import type { Pass } from "../graph.ts";
import { rewrite, rule } from "./rewrite.ts";

/**
 * Replaces kernels that ONNX Runtime's WebGPU provider computes wrongly or not at all by others. Its convolutions are wrong
 * for some numbers of channels, without a word, and so are transposed ones in groups; its max pool gives no positions; an
 * arcsine is as rough as the device's. What it lacks it computes on the CPU, and waits for the device before and after.
 */
export const deviceKernels: Pass = (graph) => rewrite(graph, rules);

const composed: Readonly<Record<string, Composed>> = {
  Conv2D: convolution,
  Conv2DBackpropInput: convolutionInputGradient,
  DepthwiseConv2dNative: depthwiseConvolution,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  AvgPool: averagePool,
  AvgPoolGrad: averagePoolGradient,
  LogSoftmax: logSoftmax,
  Pow: pow,
  Sign: sign,
  Selu: selu,
  Asin: asin,
  Acos: acos,
  Atan: atan,
  Expm1: expm1,
  Log1p: log1p,
  LogicalOr: logicalOr,
  LogicalXor: logicalXor,
  UnsortedSegmentSum: segmentSum,
  TensorScatterUpdate: replacedRows,
};

const rules = Object.entries(composed).map(([kernel, composition]) => rule(kernel, composition));
