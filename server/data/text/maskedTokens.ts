import type { DataProblem } from "../problem.ts";
import type { TokenFacts } from "./textEncoder.ts";

export interface MaskedTokens {
  /** Raw numbers, [samples, length]. */
  readonly ids: ArrayLike<number>;
  /** 1 where a token is and 0 where padding is, [samples, length]. */
  readonly mask: ArrayLike<number>;
  readonly length: number;
  readonly file: string;
  readonly maskFile: string;
  /** Numbers are below this; absent: it follows from them. */
  readonly vocabulary?: number | undefined;
  /** Of the training samples. */
  readonly like?: TokenFacts | undefined;
}

/** float32 holds whole numbers up to this. */
const mostTokens = 2 ** 24;

/**
 * Numbers of tokens with one number in every place that the mask leaves out, which is no token's: from there on a mask is where that
 * number is not, as behind a tokenizer.
 */
export function maskedTokens({
  ids,
  mask,
  length,
  file,
  maskFile,
  vocabulary = mostTokens,
  like,
}: MaskedTokens): { readonly storage: Float32Array; readonly tokens: TokenFacts } | DataProblem {
  const placeOf = (at: number) => `${at % length} of sample ${Math.floor(at / length)}`;
  const [used, left] = [new Set<number>(), new Map<number, number>()];
  let [most, firstUse] = [0, -1];
  for (let at = 0; at < ids.length; at++) {
    const [id, shown] = [ids[at] as number, mask[at] as number];
    if (shown !== 0 && shown !== 1)
      return {
        code: "bad-mask",
        message: `Value ${placeOf(at)} is ${shown}: a mask is 1 where a token is, and 0 on padding.`,
        file: maskFile,
        expected: "0 or 1",
        found: shown,
      };
    if (shown === 0) left.set(id, (left.get(id) ?? 0) + 1);
    else if (!Number.isInteger(id) || id < 0 || id >= vocabulary)
      return {
        code: "token-range",
        message: `Number ${placeOf(at)} is ${id}, which is no token's.`,
        file,
        expected: `an integer from 0 to ${vocabulary - 1}`,
        found: id,
      };
    else {
      used.add(id);
      if (id > most) most = id;
      if (id === like?.padding && firstUse < 0) firstUse = at;
    }
  }
  if (firstUse >= 0)
    return {
      code: "token-range",
      message: `Number ${placeOf(firstUse)} is ${like?.padding}, which stands for padding in the training samples: pad these with a number that no token has.`,
      file,
      found: like?.padding as number,
    };
  const known = vocabulary === mostTokens ? most + 1 : vocabulary;
  const padding = like?.padding ?? paddingOf(used, left, known);
  if (padding === undefined)
    return {
      code: "token-range",
      message: `Each of the ${known} numbers is a token's somewhere, so that none can stand for padding: pad with a number that no token has.`,
      file,
    };
  const storage = Float32Array.from(ids, (id, at) => (mask[at] === 0 ? padding : id));
  return { storage, tokens: { vocabulary: like?.vocabulary ?? Math.max(known, padding + 1), padding } };
}

/** The number that stands under the mask most often and nowhere else; where each is a token's, too, the last that is none's. */
function paddingOf(
  used: ReadonlySet<number>,
  left: ReadonlyMap<number, number>,
  vocabulary: number,
): number | undefined {
  const isFree = (id: number) => Number.isInteger(id) && id >= 0 && id < mostTokens && !used.has(id);
  const [own] = [...left].filter(([id]) => isFree(id)).toSorted((a, b) => b[1] - a[1]);
  if (own) return own[0];
  for (let id = vocabulary - 1; id >= 0; id--) if (!used.has(id)) return id;
  return undefined;
}
