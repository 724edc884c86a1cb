import { number } from "../../parameters/parameter.ts";
import { below, generator } from "../random.ts";
import { blend } from "./augmentation.ts";
import { imageSize } from "./imageSize.ts";
import { beta } from "./mixup.ts";
import { blendLabels, circle } from "./partners.ts";

/**
 * Yun et al. 2019, algorithm 1. The rectangle has the share 1 − λ of the image, λ ~ Beta(alpha, alpha), lies around a random pixel
 * and is cut at the edges; the labels are blended by what is left of it. Partners are found as those of `mixup`.
 */
export const cutMix = blend({
  description:
    "Shows a rectangle of another image of the batch, and blends the labels by its area (Yun et al. 2019).",
  hint: "Paste a part of another image.",
  parameters: {
    alpha: number(
      "Parameter of the Beta(alpha, alpha) distribution that the share of the own image is drawn from.",
      { exclusiveMinimum: 0, default: 1, examples: [1] },
    ),
  },
  needsImage: true,
  blendsLabels: true,
  change({ alpha }, use, shape) {
    const { height, width, channels } = imageSize(shape);
    return {
      type: "cutMix",
      draws: {
        partner: { shape: [], dtype: "int32" },
        share: { shape: [], dtype: "float32" },
        // 1 where a line, or a place in it, is of the rectangle.
        rows: { shape: [height], dtype: "float32" },
        columns: { shape: [width], dtype: "float32" },
      },
      draw({ rows, seed, step }, out) {
        out["partner"]?.set(circle(rows, { seed, step, use }));
        for (let i = 0; i < rows.length; i++) {
          const next = generator({ seed, step, use: `${use}.rectangle` }, rows[i]);
          const { top, bottom, left, right } = rectangle(beta(alpha, next), {
            height,
            width,
            x: below(width, next),
            y: below(height, next),
          });
          out["rows"]?.fill(0, i * height, (i + 1) * height).fill(1, i * height + top, i * height + bottom);
          out["columns"]?.fill(0, i * width, (i + 1) * width).fill(1, i * width + left, i * width + right);
          (out["share"] as Float32Array)[i] = 1 - ((bottom - top) * (right - left)) / (height * width);
        }
      },
      apply(batch, { partner, share, rows, columns }) {
        const original = batch.values.slice();
        const size = height * width * channels;
        for (let i = 0; i < batch.rows.length; i++) {
          const from = (partner?.[i] as number) * size;
          for (let y = 0; y < height; y++) {
            if (rows?.[i * height + y] === 0) continue;
            for (let x = 0; x < width; x++) {
              if (columns?.[i * width + x] === 0) continue;
              const at = (y * width + x) * channels;
              for (let c = 0; c < channels; c++)
                batch.values[i * size + at + c] = original[from + at + c] as number;
            }
          }
        }
        blendLabels(batch, { partners: partner as Int32Array, shares: share as Float32Array });
      },
    };
  },
});

/** The rectangle around (x, y) that leaves the share `left` of an image, cut at its edges; ends are exclusive. */
function rectangle(
  left: number,
  {
    height,
    width,
    x,
    y,
  }: { readonly height: number; readonly width: number; readonly x: number; readonly y: number },
) {
  const half = 0.5 * Math.sqrt(1 - left);
  const [down, across] = [Math.floor(half * height), Math.floor(half * width)];
  return {
    top: Math.max(0, y - down),
    bottom: Math.min(height, y + down),
    left: Math.max(0, x - across),
    right: Math.min(width, x + across),
  };
}
