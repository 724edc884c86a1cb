import { convolve, gatherGradient } from "../compositions/gatheredConvolution.ts";
import { convolveDepthwise, depthwiseGradient } from "../compositions/gatheredDepthwise.ts";
import {
  addShares,
  averagePool,
  averagePoolShares,
  maxPool,
  maxPoolShares,
} from "../compositions/gatheredPools.ts";
import type { ImageRows } from "../compositions/imageRows.ts";
import { input, type Operations, operationsOf, output } from "../compositions/operations.ts";
import type { Node, Value } from "../graph.ts";
import { positions, type Windows, windowsOf } from "../slidingWindows.ts";
import type { Rewriter, Rule } from "./rewrite.ts";

interface Parts {
  readonly ops: Operations;
  readonly windows: Windows;
  /** Every output position, and every position that is read. */
  readonly outputs: readonly number[];
  readonly positions: readonly number[];
  /** An image among the inputs. */
  readonly image: (name: string) => ImageRows;
  /** The filter as a matrix, [taps · channels, outputs]. */
  readonly filter: () => Value;
}

/** A kernel that slides windows over images [batch, height, width, channels], with the channels innermost. */
const gathered =
  (compose: (parts: Parts, node: Node) => Value): Rule["replace"] =>
  (node: Node, rewriter: Rewriter) => {
    const ops = operationsOf(rewriter);
    const windows = windowsOf(node) as Windows;
    const parts: Parts = {
      ops,
      windows,
      outputs: positions(windows.outputs),
      positions: positions(windows.inputs),
      image: (name) => rowsOf(ops, input(node, name)),
      filter: () => {
        const filter = input(node, "filter");
        const { shape } = filter;
        return ops.reshape(filter, [windows.taps * (shape[2] as number), shape[3] as number]);
      },
    };
    return ops.reshape(compose(parts, node), output(node).shape);
  };

function rowsOf(ops: Operations, image: Value): ImageRows {
  const [batch, height, width, channels] = image.shape as readonly [number, number, number, number];
  const parts = [positions(height * width)];
  const tensors = [ops.reshape(image, [batch, height * width * channels])];
  return { order: "channelsInnermost", dtype: image.dtype, batch, channels, parts, tensors };
}

/** Convolutions and pools as gathers, products and sums. */
export const imageCompositions: Readonly<Record<string, Rule["replace"]>> = {
  Conv2D: gathered(({ ops, windows, outputs, image, filter }) =>
    convolve(ops, image("x"), { filter: filter(), windows, outputs }),
  ),
  Conv2DBackpropInput: gathered(({ ops, windows, positions, image, filter }) =>
    gatherGradient(ops, image("dy"), { filter: filter(), windows, positions }),
  ),
  DepthwiseConv2dNative: gathered(({ ops, windows, outputs, image, filter }) =>
    convolveDepthwise(ops, image("x"), { filter: filter(), windows, outputs }),
  ),
  DepthwiseConv2dNativeBackpropInput: gathered(({ ops, windows, positions, image, filter }) =>
    depthwiseGradient(ops, image("dy"), { filter: filter(), windows, positions }),
  ),
  MaxPool: gathered(({ ops, windows, outputs, image }) => maxPool(ops, image("x"), { windows, outputs })),
  MaxPoolGrad: gathered(({ ops, windows, outputs, positions, image }) => {
    const images = { x: image("input"), y: image("output"), dy: image("dy") };
    const shares = maxPoolShares(ops, images, { windows, outputs });
    return addShares(ops, shares, { image: images.x, windows, outputs, positions });
  }),
  AvgPool: gathered(({ ops, windows, outputs, image }) => averagePool(ops, image("x"), { windows, outputs })),
  AvgPoolGrad: gathered(({ ops, windows, outputs, positions, image }) => {
    const dy = image("dy");
    const shares = averagePoolShares(ops, dy, { windows, outputs });
    return addShares(ops, shares, { image: dy, windows, outputs, positions });
  }),
};
