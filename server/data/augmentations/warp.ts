import type { Colours } from "./colours.ts";
import type { ImageSize } from "./imageSize.ts";

/** For the middle of a shown pixel, measured from the middle of the image, the middle of the one that is shown there. */
export type Warp = (x: number, y: number, size: ImageSize) => readonly [x: number, y: number];

export const shearX =
  (by: number): Warp =>
  (x, y, { height }) => [x + by * (y + height / 2), y];

export const shearY =
  (by: number): Warp =>
  (x, y, { width }) => [x, y + by * (x + width / 2)];

export const translateX =
  (pixels: number): Warp =>
  (x, y) => [x - pixels, y];

export const translateY =
  (pixels: number): Warp =>
  (x, y) => [x, y - pixels];

/** Counter-clockwise. */
export function rotate(degrees: number): Warp {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => [cos * x - sin * y, sin * x + cos * y];
}

/** Shows the nearest pixel everywhere, and black where there is none, as torchvision's `affine` and `rotate` do. */
export function warp(image: Colours, size: ImageSize, where: Warp): void {
  const { height, width, channels } = size;
  const original = image.slice();
  image.fill(0);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = where(x + 0.5 - width / 2, y + 0.5 - height / 2, size);
      const [column, row] = [nearest(fromX + width / 2 - 0.5), nearest(fromY + height / 2 - 0.5)];
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      for (let c = 0; c < channels; c++)
        image[(y * width + x) * channels + c] = original[(row * width + column) * channels + c] as number;
    }
}

/** Halves to the even side. */
function nearest(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
