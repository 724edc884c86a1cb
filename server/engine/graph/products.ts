import { sizeOf } from "../../sizeOf.ts";
import type { Attributes, Node, Value } from "./graph.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "./kernels/geometry.ts";
import { type ImageAttributes, imageShape } from "./kernels/images.ts";
import { ADD_PRODUCT, FUSED_PRODUCT } from "./kernels/runtimeKernels.ts";

/** [rows, summed] · [summed, columns], as often as a node has it. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly summed: number;
  readonly times: number;
}

/** The matrix product by which ONNX Runtime computes a node; undefined where it does so in another way, as convolutions in blocks. */
export const productOf = (node: Node): Product | undefined => products[node.kernel]?.(node);

const products: Readonly<Record<string, (node: Node) => Product>> = {
  BatchMatMul: ofMatrices,
  [ADD_PRODUCT]: ofMatrices,
  [FUSED_PRODUCT]: ofMatrices,
  // A sample at a time: its windows are the columns.
  Conv2D({ inputs, attrs }) {
    const { x, filter } = inputs as { x: Value; filter: Value };
    const image = imageShape(x, attrs as unknown as ImageAttributes);
    const { taps, outputs, inChannels, outChannels } = mapsOf(image, filter.shape, attrs);
    return { rows: outChannels, columns: outputs, summed: taps * inChannels, times: 1 };
  },
  // Without strides it is a convolution of dy; with them each position of dy is multiplied before it is added where it belongs.
  Conv2DBackpropInput({ inputs, attrs }) {
    const filter = inputs["filter"] as Value;
    const maps = mapsOf(attrs["inputShape"] as readonly number[], filter.shape, attrs);
    const { taps, inputs: read, outputs, inChannels, outChannels, strides } = maps;
    return strides.some((stride) => stride > 1)
      ? { rows: taps * inChannels, columns: outputs, summed: outChannels, times: 1 }
      : { rows: inChannels, columns: read, summed: taps * outChannels, times: 1 };
  },
  Conv2DBackpropFilter({ inputs, attrs }) {
    const x = inputs["x"] as Value;
    const maps = mapsOf(x.shape, attrs["filterShape"] as readonly number[], attrs);
    const { taps, outputs, inChannels, outChannels, batch } = maps;
    return { rows: taps * inChannels, columns: outChannels, summed: outputs * batch, times: 1 };
  },
};

function ofMatrices({ inputs, attrs, outputs: [result] }: Node): Product {
  const { a, b } = inputs as { a: Value; b: Value };
  const { shape } = result as Value;
  const columns = shape.at(-1) as number;
  const summed = a.shape.at(attrs["transposeA"] === true ? -2 : -1) as number;
  // Where b is one matrix, the rows of all samples are those of one.
  const isJoined = sizeOf(b.shape.slice(0, -2)) === 1 && attrs["transposeA"] !== true;
  const times = isJoined ? 1 : sizeOf(shape.slice(0, -2));
  return { rows: sizeOf(shape) / columns / times, columns, summed, times };
}

interface Maps extends Geometry {
  readonly taps: number;
  /** Positions of the map that is read, and of the one that is made. */
  readonly inputs: number;
  readonly outputs: number;
}

function mapsOf(x: readonly number[], filter: readonly number[], attrs: Attributes): Maps {
  const geometry = convGeometry(x, filter, attrs as unknown as WindowAttributes);
  const { kernel, inSize, outSize } = geometry;
  return { ...geometry, taps: sizeOf(kernel), inputs: sizeOf(inSize), outputs: sizeOf(outSize) };
}
