import { backend_util } from "@tensorflow/tfjs-core";

export type WindowAttributes = {
  readonly strides: number | readonly [number, number];
  readonly pad: "valid" | "same" | number | readonly (readonly [number, number])[];
  readonly dilations?: number | readonly [number, number];
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
};

type Pair = readonly [number, number];

/** How a window slides over an image: pairs are [height, width]. */
export interface Geometry {
  readonly batch: number;
  readonly inSize: Pair;
  readonly inChannels: number;
  readonly outSize: Pair;
  readonly outChannels: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Rows and columns of padding before the image. */
  readonly before: Pair;
  /**
   * Padding after the image that the last window needs: in + before + after = (out - 1) stride + (kernel - 1) dilation + 1.
   * Negative where the last rows or columns are not read at all.
   */
  readonly after: Pair;
}

/** @param x [batch, height, width, channels]  @param filter [height, width, in, out or multiplier] */
export function convGeometry(
  x: readonly number[],
  filter: readonly number[],
  attrs: WindowAttributes,
  { depthwise = false } = {},
): Geometry {
  const { strides, pad, dilations, dimRoundingMode } = attrs;
  type Four = [number, number, number, number];
  const info = backend_util.computeConv2DInfo(
    [...x] as Four,
    [...filter] as Four,
    strides as number,
    (dilations ?? 1) as number,
    pad as "same",
    dimRoundingMode,
    depthwise,
  );
  return geometry(info);
}

/** @param x [batch, height, width, channels] */
export function poolGeometry(
  x: readonly number[],
  filterSize: number | readonly [number, number],
  attrs: WindowAttributes,
): Geometry {
  const { strides, pad, dilations, dimRoundingMode } = attrs;
  const info = backend_util.computePool2DInfo(
    [...x] as [number, number, number, number],
    filterSize as number,
    strides as number,
    (dilations ?? 1) as number,
    pad as "same",
    dimRoundingMode,
  );
  return geometry(info);
}

function geometry(info: backend_util.Conv2DInfo): Geometry {
  const strides: Pair = [info.strideHeight, info.strideWidth];
  const inSize: Pair = [info.inHeight, info.inWidth];
  const outSize: Pair = [info.outHeight, info.outWidth];
  const before: Pair = [info.padInfo.top, info.padInfo.left];
  const extent: Pair = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  const after = ([0, 1] as const).map(
    (axis) => (outSize[axis] - 1) * strides[axis] + extent[axis] - inSize[axis] - before[axis],
  ) as unknown as Pair;
  return {
    batch: info.batchSize,
    inSize,
    inChannels: info.inChannels,
    outSize,
    outChannels: info.outChannels,
    kernel: [info.filterHeight, info.filterWidth],
    strides,
    dilations: [info.dilationHeight, info.dilationWidth],
    before,
    after,
  };
}

/** The padding in ONNX's order, without what the last window does not need. */
export function onnxPads({ before, after }: Geometry): number[] {
  return [...before, Math.max(after[0], 0), Math.max(after[1], 0)];
}

/**
 * For every output position (row-major) and, within it, every window offset (row-major), the input position
 * (row-major) that is read; `outside` where it is padding.
 */
export function readPositions(geometry: Geometry, outside: number): Int32Array {
  const { inSize, outSize, kernel, strides, dilations, before } = geometry;
  const positions = new Int32Array(outSize[0] * outSize[1] * kernel[0] * kernel[1]);
  let next = 0;
  for (let oh = 0; oh < outSize[0]; oh++)
    for (let ow = 0; ow < outSize[1]; ow++)
      for (let kh = 0; kh < kernel[0]; kh++)
        for (let kw = 0; kw < kernel[1]; kw++) {
          const h = oh * strides[0] - before[0] + kh * dilations[0];
          const w = ow * strides[1] - before[1] + kw * dilations[1];
          const inside = h >= 0 && w >= 0 && h < inSize[0] && w < inSize[1];
          positions[next++] = inside ? h * inSize[1] + w : outside;
        }
  return positions;
}
