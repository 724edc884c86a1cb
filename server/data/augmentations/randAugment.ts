import { integer } from "../../parameters/parameter.ts";
import { below, generator } from "../random.ts";
import { blend } from "./augmentation.ts";
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
} from "./colours.ts";
import { type ImageSize, imageSize } from "./imageSize.ts";
import { inUnitColours } from "./unitColours.ts";
import { rotate, shearX, shearY, translateX, translateY, warp } from "./warp.ts";

/** The greatest magnitude. */
const most = 30;

/** One operation: what it does to an image at a magnitude from 0 to 1, or from −1 to 1 where that has a direction. */
interface Operation {
  readonly name: string;
  readonly isSigned: boolean;
  readonly apply: (image: Colours, magnitude: number, size: ImageSize) => void;
}

const signed = (name: string, apply: Operation["apply"]): Operation => ({ name, isSigned: true, apply });
const unsigned = (name: string, apply: Operation["apply"]): Operation => ({ name, isSigned: false, apply });

/** Cubuk et al. 2020, with the ranges of torchvision's RandAugment. */
const operations: readonly Operation[] = [
  unsigned("identity", () => {}),
  signed("shearX", (image, m, size) => warp(image, size, shearX(0.3 * m))),
  signed("shearY", (image, m, size) => warp(image, size, shearY(0.3 * m))),
  signed("translateX", (image, m, size) => warp(image, size, translateX(pixels(m, size.width)))),
  signed("translateY", (image, m, size) => warp(image, size, translateY(pixels(m, size.height)))),
  signed("rotate", (image, m, size) => warp(image, size, rotate(30 * m))),
  signed("brightness", (image, m) => brighten(image, 1 + 0.9 * m)),
  signed("color", (image, m, { channels }) => saturate(image, 1 + 0.9 * m, channels)),
  signed("contrast", (image, m, { channels }) => contrast(image, 1 + 0.9 * m, channels)),
  signed("sharpness", (image, m, size) => sharpen(image, 1 + 0.9 * m, size)),
  unsigned("posterize", (image, m) => posterize(image, 8 - Math.round(4 * m))),
  unsigned("solarize", (image, m) => solarize(image, 1 - m)),
  unsigned("autoContrast", (image, _, { channels }) => autoContrast(image, channels)),
  unsigned("equalize", (image, _, { channels }) => equalize(image, channels)),
];

/** Whole pixels, towards 0. */
const pixels = (magnitude: number, extent: number) => Math.trunc(((magnitude * 150) / 331) * extent);

export const randAugment = blend({
  description:
    "Changes each image by a few of 14 operations on place, form and colours, chosen at random (Cubuk et al. 2020).",
  hint: "A few random operations of one strength.",
  parameters: {
    count: integer("How many operations a sample is changed by, one after the other.", {
      minimum: 1,
      maximum: 14,
      default: 2,
      unit: "operations",
      examples: [2],
    }),
    magnitude: integer(`Strength of the operations, from 0 to ${most}.`, {
      minimum: 0,
      maximum: most,
      default: 9,
      examples: [9],
    }),
  },
  needsImage: true,
  needsColours: true,
  onHost: true,
  change({ count, magnitude }, use, shape) {
    const size = imageSize(shape);
    return {
      type: "onHost",
      draws: {
        operations: { shape: [count], dtype: "int32" },
        magnitudes: { shape: [count], dtype: "float32" },
      },
      draw({ rows, seed, step }, drawn) {
        for (let i = 0; i < rows.length; i++) {
          const next = generator({ seed, step, use }, rows[i]);
          for (let k = i * count; k < (i + 1) * count; k++) {
            const which = below(operations.length, next);
            const isNegative = below(2, next) === 1 && operations[which]?.isSigned === true;
            drawn["operations"]?.set([which], k);
            drawn["magnitudes"]?.set([(isNegative ? -magnitude : magnitude) / most], k);
          }
        }
      },
      apply(batch, { operations: chosen, magnitudes }) {
        for (let i = 0; i < batch.rows.length; i++)
          inUnitColours(batch, i, (image) => {
            for (let k = i * count; k < (i + 1) * count; k++)
              operations[chosen?.[k] as number]?.apply(image, magnitudes?.[k] as number, size);
          });
      },
    };
  },
});
