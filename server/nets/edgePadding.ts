import type { PlannedLayer } from "./shapes.ts";

/**
 * Whether a convolution in steps pads other edges than PyTorch's does, which has half of its window on all sides: as Keras's, "same" has
 * what is left over at the right and lower edges, so that on an even image the windows stand one place further.
 */
export function padsOtherEdges({ arguments: given, inputShapes: [input = []] }: PlannedLayer): boolean {
  const { kernelSize, strides, padding } = given;
  if (padding !== "same" || kernelSize === undefined || strides === undefined) return false;
  const axes = input.length - 1;
  const along = (value: unknown, axis: number) => Number(Array.isArray(value) ? value[axis] : value);
  return Array.from({ length: axes }, (_, axis) => axis).some((axis) => {
    const [extent, window, step] = [input[axis] as number, along(kernelSize, axis), along(strides, axis)];
    const padded = Math.max((Math.ceil(extent / step) - 1) * step + window - extent, 0);
    return step > 1 && window % 2 === 1 && Math.floor(padded / 2) !== (window - 1) / 2;
  });
}
