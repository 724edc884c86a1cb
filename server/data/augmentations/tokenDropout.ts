import { integer, list, number } from "../../parameters/parameter.ts";
import { sizeOf } from "../../sizeOf.ts";
import { generator, uniform } from "../random.ts";
import { blend } from "./augmentation.ts";

/** Iyyer et al. 2015 leave words out; another token in their place keeps the others where they are (Bowman et al. 2016). */
export const tokenDropout = blend({
  description:
    "Puts another token in the place of random tokens of a text (Bowman et al. 2016). A tokenizer's padding and special tokens, such as [CLS] and [SEP], stay.",
  hint: "Replace random tokens of a text.",
  parameters: {
    probability: number("Share of the tokens that are replaced.", {
      minimum: 0,
      maximum: 1,
      default: 0.1,
      examples: [0.1],
    }),
    token: integer("The number that is put there: of the tokenizer's [MASK] or [UNK].", {
      minimum: 0,
      examples: [103],
    }),
    keep: list(
      "Numbers that are never replaced either, such as those of [CLS] and [SEP] where samples come without a tokenizer.",
      integer("The number of a token.", { minimum: 0 }),
      { default: [], examples: [[101, 102]] },
    ),
  },
  needsTokens: true,
  onHost: true,
  change({ probability, token, keep }, use, shape) {
    const size = sizeOf(shape);
    const kept = new Set(keep);
    return {
      type: "onHost",
      draws: { dropped: { shape, dtype: "int32" } },
      draw({ rows, seed, step }, { dropped }) {
        for (let i = 0; i < rows.length; i++) {
          const next = generator({ seed, step, use }, rows[i]);
          for (let k = 0; k < size; k++)
            (dropped as Int32Array)[i * size + k] = uniform(next) < probability ? 1 : 0;
        }
      },
      apply({ values, padding, special = [] }, { dropped }) {
        const staying = new Set([...kept, ...special]);
        for (let k = 0; k < values.length; k++) {
          const found = values[k] as number;
          if (dropped?.[k] === 1 && found !== padding && !staying.has(found)) values[k] = token;
        }
      },
    };
  },
});
