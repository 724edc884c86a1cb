import { list, number } from "../../parameters/parameter.ts";
import { below, type Generator, generator } from "../random.ts";
import { between, blend } from "./augmentation.ts";
import { forEachPart } from "./change.ts";
import { type ImageSize, imageSize } from "./imageSize.ts";

const range = (
  description: string,
  one: string,
  facts: { minimum: number; usual: number[] },
  maximum?: number,
) =>
  list(
    description,
    number(one, { exclusiveMinimum: facts.minimum, ...(maximum === undefined ? {} : { maximum }) }),
    { minItems: 2, maxItems: 2, default: facts.usual, examples: [facts.usual] },
  );

/** Szegedy et al. 2015; torchvision's RandomResizedCrop, whose rounding to bytes is left out. */
export const randomResizedCrop = blend({
  description:
    "Cuts a random part out and enlarges it to the size of the image, bilinearly (Szegedy et al. 2015).",
  hint: "Enlarge a random part.",
  parameters: {
    scale: range(
      "The least and the greatest area of the part, as shares of the image's.",
      "A share of the area.",
      { minimum: 0, usual: [0.08, 1] },
      1,
    ),
    ratio: range("The least and the greatest width of the part, in heights.", "Width through height.", {
      minimum: 0,
      usual: [3 / 4, 4 / 3],
    }),
  },
  needsImage: true,
  onHost: true,
  change({ scale, ratio }, use, shape) {
    const size = imageSize(shape);
    return {
      type: "onHost",
      draws: { part: { shape: [4], dtype: "int32" } },
      draw({ rows, seed, step }, { part }) {
        for (let i = 0; i < rows.length; i++) {
          const { top, left, height, width } = randomPart(
            size,
            { scale, ratio },
            generator({ seed, step, use }, rows[i]),
          );
          part?.set([top, left, height, width], 4 * i);
        }
      },
      apply({ values, rows }, { part }) {
        forEachPart(values, rows.length, (image, i) => {
          const [top = 0, left = 0, height = 0, width = 0] = part?.subarray(4 * i, 4 * i + 4) ?? [];
          enlarge(image, size, { top, left, height, width });
        });
      },
    };
  },
});

/** A part of an image, in pixels. */
export interface Part {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Ten attempts to find a part within the image, then the largest one in its middle that has an allowed ratio. */
function randomPart(
  { height, width }: ImageSize,
  { scale, ratio }: { readonly scale: readonly number[]; readonly ratio: readonly number[] },
  next: Generator,
): Part {
  const [least = 1, greatest = 1] = scale;
  const [narrow = 1, wide = 1] = ratio;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(least, greatest, next);
    const aspect = Math.exp(between(Math.log(narrow), Math.log(wide), next));
    const [w, h] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (w > 0 && w <= width && h > 0 && h <= height)
      return { top: below(height - h + 1, next), left: below(width - w + 1, next), height: h, width: w };
  }
  const own = width / height;
  const w = own > wide ? Math.max(1, Math.round(height * wide)) : width;
  const h = own < narrow ? Math.max(1, Math.round(width / narrow)) : height;
  const [fitW, fitH] = [Math.min(w, width), Math.min(h, height)];
  return {
    top: Math.floor((height - fitH) / 2),
    left: Math.floor((width - fitW) / 2),
    height: fitH,
    width: fitW,
  };
}

/** Makes the part the whole image: bilinear between the centres of pixels, and as the last pixels beyond them. */
export function enlarge(image: Float32Array, { height, width, channels }: ImageSize, part: Part): void {
  if (part.height === height && part.width === width) return;
  const original = image.slice();
  const rows = neighbours(part.height, height);
  const columns = neighbours(part.width, width);
  const at = (y: number, x: number, c: number) =>
    original[((part.top + y) * width + part.left + x) * channels + c] as number;
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      for (let c = 0; c < channels; c++) {
        const upper = mixed(at(row.first, column.first, c), at(row.first, column.second, c), column.share);
        const lower = mixed(at(row.second, column.first, c), at(row.second, column.second, c), column.share);
        image[(y * width + x) * channels + c] = mixed(upper, lower, row.share);
      }
    });
  });
}

const mixed = (first: number, second: number, share: number) => first + share * (second - first);

/** For each of `to` places the two of `from` that it lies between, and how far it is from the first to the second. */
const neighbours = (from: number, to: number) =>
  Array.from({ length: to }, (_, place) => {
    const source = Math.min(from - 1, Math.max(0, ((place + 0.5) * from) / to - 0.5));
    const first = Math.floor(source);
    return { first, second: Math.min(first + 1, from - 1), share: source - first };
  });
