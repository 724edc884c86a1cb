import { sizeOf } from "../../sizeOf.ts";
import { moveChannelsLast } from "../fileRows.ts";
import type { Numbers } from "../sampleValues.ts";
import { encodePng } from "./png.ts";
import { resizeImages } from "./resize.ts";

export type PictureShape = readonly [height: number, width: number, channels: number];

/** A small picture as a data URI. */
export interface Picture {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

/** Smaller ones are grids of numbers rather than pictures. */
const fewestPixels = 4;

/** The shape of a sample that may be an image, channels last. */
export function pictureShape([height = 0, width = 0, channels = 1, ...more]: readonly number[]):
  | PictureShape
  | undefined {
  const isImage = more.length === 0 && Math.min(height, width) >= fewestPixels && channels <= 4;
  return isImage ? [height, width, channels] : undefined;
}

/**
 * A sample as a picture.
 * @param most its longer side, in pixels
 * @param range of the values, which those that are no bytes are stretched from
 */
export function pictureOf(
  raw: Numbers,
  [height, width, channels]: PictureShape,
  { most, range: [least, greatest] }: { readonly most: number; readonly range: readonly [number, number] },
): Picture {
  const scale = Math.min(1, most / Math.max(height, width));
  const size = {
    height: Math.max(1, Math.round(height * scale)),
    width: Math.max(1, Math.round(width * scale)),
  };
  const smaller = resizeImages(Float32Array.from(raw), [height, width, channels], [size.height, size.width]);
  const [low, high] = raw instanceof Uint8Array ? [0, 255] : [least, greatest];
  const shown = channels >= 3 ? 3 : 1; // An alpha channel is left out, and the second of two.
  const pixels = new Uint8Array(size.height * size.width * shown);
  for (let i = 0; i < size.height * size.width; i++)
    for (let c = 0; c < shown; c++) {
      const value = smaller[i * channels + c] as number;
      pixels[i * shown + c] = Math.min(
        255,
        Math.max(0, Math.round((255 * (value - low)) / (high - low || 1))),
      );
    }
  const png = encodePng(pixels, { ...size, channels: shown });
  return { uri: `data:image/png;base64,${png.toString("base64")}`, ...size };
}

/** Of how many images there is a small picture, at the most, and how large it is, in pixels. */
export const mostShown = 6;
export const side = 48;

/**
 * Small pictures of samples that may be images, with their channels last or first.
 * @param values [count, ...shape]
 */
export function thumbnailsOf(values: Numbers, shape: readonly number[]): readonly string[] {
  const [channels = 0, ...places] = shape;
  const isFirst = pictureShape(shape) === undefined && places.length === 2 && [1, 3].includes(channels);
  const picture = pictureShape(isFirst ? [...places, channels] : shape);
  if (picture === undefined) return [];
  const size = sizeOf(shape);
  const range = rangeOf(values);
  return Array.from({ length: Math.floor(values.length / size) }, (_, i) => {
    const sample = values.slice(i * size, (i + 1) * size);
    if (isFirst) moveChannelsLast(sample, channels);
    return pictureOf(...enlarged(sample, picture), { most: side, range }).uri;
  });
}

/** Of a few pixels each is seen. */
function enlarged(sample: Numbers, [height, width, channels]: PictureShape): [Numbers, PictureShape] {
  const times = Math.floor(side / Math.max(height, width));
  if (times < 2) return [sample, [height, width, channels]];
  const [tall, wide] = [height * times, width * times];
  const length = tall * wide * channels;
  const larger = sample instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (let y = 0; y < tall; y++)
    for (let x = 0; x < wide; x++) {
      const from = (Math.floor(y / times) * width + Math.floor(x / times)) * channels;
      larger.set(sample.subarray(from, from + channels), (y * wide + x) * channels);
    }
  return [larger, [tall, wide, channels]];
}

/** That of shares or bytes, where values may be such. */
function rangeOf(values: Numbers): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least < 0 || most > 255) return [least, most];
  return [0, most > 1 ? 255 : 1];
}
