import type { ImageSize } from "./imageSize.ts";

/**
 * Changes of an image's colours as torchvision.transforms.v2 defines them of floating-point images, in place. 0 is black and 1 is
 * white; an image is [height, width, channels] with 1 or 3 channels.
 */
export type Colours = Float64Array;

/** factor · image + (1 − factor) · other, from black to white. */
function blendWith(image: Colours, factor: number, other: (at: number) => number): void {
  for (let k = 0; k < image.length; k++)
    image[k] = clamped(factor * (image[k] as number) + (1 - factor) * other(k));
}

const clamped = (value: number): number => Math.min(1, Math.max(0, value));

export const brighten = (image: Colours, factor: number): void => blendWith(image, factor, () => 0);

export function contrast(image: Colours, factor: number, channels: number): void {
  const grey = greys(image, channels);
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  blendWith(image, factor, () => mean);
}

export function saturate(image: Colours, factor: number, channels: number): void {
  if (channels !== 3) return;
  const grey = greys(image, channels);
  blendWith(image, factor, (k) => grey[Math.floor(k / 3)] as number);
}

/** What a pixel is as grey, [height · width]. */
function greys(image: Colours, channels: number): Float64Array {
  if (channels !== 3) return image.slice();
  return Float64Array.from({ length: image.length / 3 }, (_, p) => {
    const [r, g, b] = pixel(image, p);
    return 0.2989 * r + 0.587 * g + 0.114 * b;
  });
}

const pixel = (image: Colours, p: number): readonly [number, number, number] => [
  image[3 * p] as number,
  image[3 * p + 1] as number,
  image[3 * p + 2] as number,
];

/** Turns the hue by `turns` of the circle. */
export function turnHue(image: Colours, turns: number, channels: number): void {
  if (channels !== 3) return;
  for (let p = 0; p < image.length / 3; p++) {
    const [hue, saturation, value] = hsv(pixel(image, p));
    const turned = hue + turns;
    image.set(rgb([turned - Math.floor(turned), saturation, value]), 3 * p);
  }
}

function hsv([r, g, b]: readonly [number, number, number]): readonly [number, number, number] {
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  if (range === 0) return [0, 0, most];
  const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  return [(sixth / 6 + 1) % 1, range / most, most];
}

function rgb([hue, saturation, value]: readonly [number, number, number]): readonly number[] {
  const sector = Math.floor(6 * hue);
  const f = 6 * hue - sector;
  const p = clamped(value * (1 - saturation));
  const q = clamped(value * (1 - saturation * f));
  const t = clamped(value * (1 - saturation * (1 - f)));
  const sectors = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ];
  return sectors[sector % 6] as readonly number[];
}

/** Against the mean of a pixel and its eight neighbours, of which it counts five times; the edges stay. */
export function sharpen(image: Colours, factor: number, { height, width, channels }: ImageSize): void {
  if (height <= 2 || width <= 2) return;
  const original = image.slice();
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++)
            sum +=
              (dy === 0 && dx === 0 ? 5 : 1) *
              (original[((y + dy) * width + x + dx) * channels + c] as number);
        const at = (y * width + x) * channels + c;
        image[at] = clamped(factor * (original[at] as number) + ((1 - factor) * sum) / 13);
      }
}

/** 2^bits levels. */
export function posterize(image: Colours, bits: number): void {
  const levels = 2 ** bits;
  for (let k = 0; k < image.length; k++)
    image[k] = Math.min(levels - 1, Math.max(0, Math.floor((image[k] as number) * levels))) / levels;
}

/** Turns round what is as bright as `threshold` or brighter. */
export function solarize(image: Colours, threshold: number): void {
  for (let k = 0; k < image.length; k++) {
    const value = image[k] as number;
    if (value >= threshold) image[k] = 1 - value;
  }
}

/** Stretches each channel from black to white. */
export function autoContrast(image: Colours, channels: number): void {
  for (let c = 0; c < channels; c++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = c; k < image.length; k += channels) {
      least = Math.min(least, image[k] as number);
      most = Math.max(most, image[k] as number);
    }
    if (least === most) continue;
    for (let k = c; k < image.length; k += channels)
      image[k] = clamped(((image[k] as number) - least) / (most - least));
  }
}

/** Makes all of the 256 levels of a channel about as frequent. */
export function equalize(image: Colours, channels: number): void {
  const count = image.length / channels;
  for (let c = 0; c < channels; c++) {
    const bytes = Uint8Array.from({ length: count }, (_, p) => 255.999 * (image[p * channels + c] as number));
    const histogram = new Int32Array(256);
    for (const byte of bytes) histogram[byte] = (histogram[byte] as number) + 1;
    const brightest = histogram.findLastIndex((found) => found > 0);
    const step = Math.floor((count - (histogram[brightest] as number)) / 255);
    const levels = new Uint8Array(256);
    let darker = 0;
    for (let level = 0; level < 256; level++) {
      levels[level] = step === 0 ? level : Math.min(255, Math.floor((darker + Math.floor(step / 2)) / step));
      darker += histogram[level] as number;
    }
    bytes.forEach((byte, p) => {
      image[p * channels + c] = (levels[byte] as number) / 255;
    });
  }
}
