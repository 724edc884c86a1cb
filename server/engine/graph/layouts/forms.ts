import type { Node } from "../graph.ts";
import { isElementwise } from "../passes/isElementwise.ts";
import type { Form } from "./form.ts";
import { convolution, filterGradient, inputGradient } from "./forms/convolution.ts";
import { depthwiseConvolution, depthwiseFilterGradient, depthwiseInputGradient } from "./forms/depthwise.ts";
import { elementwise } from "./forms/elementwise.ts";
import { packing, unpacking } from "./forms/packing.ts";
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient } from "./forms/pool.ts";
import { product } from "./forms/product.ts";
import { reduction } from "./forms/reduction.ts";
import { filling, repeating, reshaping } from "./forms/shape.ts";
import { PACK, UNPACK } from "./pack.ts";

/** The kernels that have a form of their own with the batch innermost; elementwise kernels share one. */
const forms: Readonly<Record<string, Form>> = {
  Conv2D: convolution,
  Conv2DBackpropFilter: filterGradient,
  Conv2DBackpropInput: inputGradient,
  DepthwiseConv2dNative: depthwiseConvolution,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  AvgPool: averagePool,
  AvgPoolGrad: averagePoolGradient,
  Sum: reduction,
  Mean: reduction,
  Max: reduction,
  Reshape: reshaping,
  ExpandDims: reshaping,
  Tile: repeating,
  BroadcastTo: repeating,
  Fill: filling,
  OnesLike: filling,
  ZerosLike: filling,
  BatchMatMul: product,
  [PACK]: packing,
  [UNPACK]: unpacking,
};

/** The form of a node; undefined where its kernel has none but its own. */
export const formOf = ({ kernel }: Node): Form | undefined =>
  forms[kernel] ?? (isElementwise(kernel) ? elementwise : undefined);
