import { type Fit, type ImageSize, resizeImages } from "./resize.ts";

/** The size that an image takes on before it is cut or framed, if that is larger in height or width; else undefined. */
export function grownSize(
  { height, width }: { readonly height: number; readonly width: number },
  [toHeight, toWidth]: ImageSize,
  fit: Fit,
): ImageSize | undefined {
  const [down, across] = [toHeight / height, toWidth / width];
  const factor = fit === "cover" ? Math.max(down, across) : Math.min(down, across);
  const grown: ImageSize =
    fit === "stretch" ? [toHeight, toWidth] : [Math.round(height * factor), Math.round(width * factor)];
  return grown[0] > height || grown[1] > width ? grown : undefined;
}

/** Bilinear, pixel centres on pixel centres, as Pillow's BILINEAR. @param bytes [height, width, channels] */
export function grow(
  bytes: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  to: ImageSize,
): Uint8Array {
  return Uint8Array.from(resizeImages(Float32Array.from(bytes), shape, to), Math.round);
}
