import assert from "node:assert/strict";
import { test } from "node:test";
import {
  autoContrast,
  brighten,
  type Colours,
  contrast,
  equalize,
  posterize,
  saturate,
  sharpen,
  solarize,
  turnHue,
} from "../../server/data/augmentations/colours.ts";
import type { ImageSize } from "../../server/data/augmentations/imageSize.ts";
import { enlarge } from "../../server/data/augmentations/randomResizedCrop.ts";
import {
  rotate,
  shearX,
  shearY,
  translateX,
  translateY,
  warp,
} from "../../server/data/augmentations/warp.ts";
import golden from "../fixtures/augmentations/golden.json" with { type: "json" };
import { assertClose } from "./closeness.ts";

interface Params {
  readonly amount?: number;
  readonly part?: readonly number[];
}

const operations: Readonly<
  Record<string, (image: Colours, size: ImageSize, params: Required<Params>) => void>
> = {
  brightness: (image, _, { amount }) => brighten(image, amount),
  contrast: (image, { channels }, { amount }) => contrast(image, amount, channels),
  saturation: (image, { channels }, { amount }) => saturate(image, amount, channels),
  hue: (image, { channels }, { amount }) => turnHue(image, amount, channels),
  sharpness: (image, size, { amount }) => sharpen(image, amount, size),
  posterize: (image, _, { amount }) => posterize(image, amount),
  solarize: (image, _, { amount }) => solarize(image, amount),
  autoContrast: (image, { channels }) => autoContrast(image, channels),
  equalize: (image, { channels }) => equalize(image, channels),
  shearX: (image, size, { amount }) => warp(image, size, shearX(amount)),
  shearY: (image, size, { amount }) => warp(image, size, shearY(amount)),
  translateX: (image, size, { amount }) => warp(image, size, translateX(amount)),
  translateY: (image, size, { amount }) => warp(image, size, translateY(amount)),
  rotate: (image, size, { amount }) => warp(image, size, rotate(amount)),
  resizedCrop(image, size, { part: [top = 0, left = 0, height = 0, width = 0] }) {
    const out = Float32Array.from(image);
    enlarge(out, size, { top, left, height, width });
    image.set(out);
  },
};

const { height, width, images } = golden;

for (const { name, channels, params, result } of golden.cases.filter((one) => !("image" in one)))
  test(`torchvision's ${name} of ${channels} channels, ${JSON.stringify(params)}`, () => {
    const image = Float64Array.from(images[`${channels as 1 | 3}`], (byte) => byte / 255);
    operations[name]?.(image, { height, width, channels }, params as Required<Params>);
    // Seven digits are kept of results; an enlarged part is float32, and so is much of torchvision's hue.
    assertClose(image, result, 1e-6, name);
  });

test("torchvision's equalize of bytes with many pixels a level", () => {
  const [large] = golden.cases.filter((one) => "image" in one);
  assert.ok(large && "image" in large);
  const image = Float64Array.from(large.image ?? [], (byte) => byte / 255);
  equalize(image, 1);
  assert.deepEqual(
    Array.from(image, (value) => Math.round(255 * value)),
    large.result,
  );
});
