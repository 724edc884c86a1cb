import { choice, defined } from "../../parameters/parameter.ts";
import { expectRank, type Mismatch, type Shape } from "./layer.ts";

/* A window that moves along a sequence or over an image. */

/** Spatial axes: 1 of a sequence, 2 of an image. */
export type SpatialAxes = 1 | 2;

export const padding = defined(
  "PaddingMode",
  choice(
    "`same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.",
    ["valid", "same"],
    { default: "valid", examples: ["same"] },
  ),
);

interface Window {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: "valid" | "same";
  readonly dilationRate?: readonly number[];
}

/** Extents of the spatial axes after a window has moved over them. */
export const windowed = (
  input: Shape,
  { kernelSize, strides, padding: mode, dilationRate: dilation }: Window,
): Shape =>
  kernelSize.map((kernel, axis) => {
    const extent = input[axis] as number;
    const covered = kernel + (kernel - 1) * ((dilation?.[axis] ?? 1) - 1);
    const places = mode === "same" ? extent : extent - covered + 1;
    return Math.max(0, Math.ceil(places / (strides[axis] as number)));
  });

export const expectSpatial = (input: Shape, axes: SpatialAxes): Mismatch | undefined =>
  expectRank(input, axes + 1, axes === 1 ? "[length, channels]" : "[height, width, channels]");

export const pair = (values: readonly number[]): [number, number] => [
  values[0] as number,
  values[1] as number,
];
