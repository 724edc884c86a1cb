import assert from "node:assert/strict";
import { test } from "node:test";
import { kernels } from "./kernels.ts";

/**
 * What the feed-forward, convolution, pooling, normalisation, activation, dropout, merge, reshape and embedding layers,
 * the losses, the optimizers and the metrics call, forward and in gradients.
 */
const needed = {
  activations:
    "Abs ClipByValue Elu EluGrad Erf Exp LeakyRelu LogSoftmax Prelu Relu Relu6 Selu Sigmoid Softmax Softplus Step Tanh",
  arithmetic:
    "Add AddN Maximum Minimum Multiply Neg Pow RealDiv Reciprocal Rsqrt Sqrt Square SquaredDifference Sub Floor FloorDiv Round Sign Log Log1p Expm1 Mod",
  comparison:
    "Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalNot LogicalOr Select IsNan IsFinite IsInf",
  reduction: "All Any ArgMax ArgMin Cumsum Max Mean Min Prod Sum TopK",
  products: "BatchMatMul _FusedMatMul",
  convolution:
    "Conv2D Conv2DBackpropFilter Conv2DBackpropInput DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput FusedConv2D FusedDepthwiseConv2D",
  pooling: "AvgPool AvgPoolGrad MaxPool MaxPoolGrad",
  normalisation: "FusedBatchNorm",
  shapes:
    "Cast Concat ExpandDims Fill Identity OnesLike Pack PadV2 MirrorPad Range Reshape Reverse Slice SplitV StridedSlice Tile Transpose Unpack ZerosLike BroadcastTo OneHot SpaceToBatchND BatchToSpaceND",
  embedding: "GatherV2 UnsortedSegmentSum",
  resizing: "ResizeBilinear ResizeBilinearGrad ResizeNearestNeighbor ResizeNearestNeighborGrad",
};

for (const [family, names] of Object.entries(needed))
  test(`every kernel of ${family} has an entry`, () => {
    for (const name of names.split(" ")) assert.ok(name in kernels, name);
  });
