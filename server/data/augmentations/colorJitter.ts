import { number } from "../../parameters/parameter.ts";
import { generator, shuffle } from "../random.ts";
import { between, blend } from "./augmentation.ts";
import { brighten, type Colours, contrast, saturate, turnHue } from "./colours.ts";
import { imageSize } from "./imageSize.ts";
import { inUnitColours } from "./unitColours.ts";

/** Named `what` in a sentence. */
const strength = (what: string) =>
  number(`Farthest change of the ${what}: its factor is drawn from 1 − this (at least 0) to 1 + this.`, {
    minimum: 0,
    default: 0,
    examples: [0.4],
  });

/** torchvision's ColorJitter, whose rounding to bytes is left out. */
export const colorJitter = blend({
  description:
    "Changes brightness, contrast, saturation and hue, in random order. An image of one channel has neither saturation nor hue.",
  hint: "Change the colours.",
  parameters: {
    brightness: strength("brightness"),
    contrast: strength("contrast"),
    saturation: strength("saturation"),
    hue: number("Farthest turn of the hue either way, as a part of the circle of colours.", {
      minimum: 0,
      maximum: 0.5,
      default: 0,
      examples: [0.1],
    }),
  },
  needsImage: true,
  needsColours: true,
  onHost: true,
  change({ hue, ...factors }, use, shape) {
    const { channels } = imageSize(shape);
    const strengths = [factors.brightness, factors.contrast, factors.saturation];
    return {
      type: "onHost",
      draws: { order: { shape: [4], dtype: "int32" }, amounts: { shape: [4], dtype: "float32" } },
      draw({ rows, seed, step }, { order, amounts }) {
        for (let i = 0; i < rows.length; i++) {
          const next = generator({ seed, step, use }, rows[i]);
          order?.set(shuffle(Int32Array.of(0, 1, 2, 3), next), 4 * i);
          const drawn = strengths.map((most) => between(Math.max(0, 1 - most), 1 + most, next));
          amounts?.set([...drawn, between(-hue, hue, next)], 4 * i);
        }
      },
      apply(batch, { order, amounts }) {
        for (let i = 0; i < batch.rows.length; i++)
          inUnitColours(batch, i, (image) => {
            for (const which of order?.subarray(4 * i, 4 * i + 4) ?? [])
              if (which === 3 ? hue > 0 : (strengths[which] as number) > 0)
                jitters[which]?.(image, amounts?.[4 * i + which] as number, channels);
          });
      },
    };
  },
});

const jitters: readonly ((image: Colours, amount: number, channels: number) => void)[] = [
  brighten,
  contrast,
  saturate,
  turnHue,
];
