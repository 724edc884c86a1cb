import type { DataProblem } from "../problem.ts";
import { blocksOfBoth, type SampleValues } from "../sampleValues.ts";
import type { TokenFacts } from "./textEncoder.ts";

export interface MaskedTokens {
  /** Raw numbers, [samples, length]. */
  readonly ids: SampleValues;
  /** 1 where a token is and 0 where padding is, [samples, length]. */
  readonly mask: SampleValues;
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
 * @param put takes them, some samples at a time, once all numbers are known to be right
 */
export function maskedTokens(
  { ids, mask, file, maskFile, vocabulary = mostTokens, like }: MaskedTokens,
  put: (first: number, rows: Float32Array) => DataProblem | undefined,
): { readonly tokens: TokenFacts } | DataProblem {
  const length = ids.size;
  const placeOf = (at: number) => `${at % length} of sample ${Math.floor(at / length)}`;
  const [used, left] = [new Set<number>(), new Map<number, number>()];
  let [most, firstUse] = [0, -1];
  for (const [first, numbers, shows] of blocksOfBoth(ids, mask))
    for (let i = 0; i < numbers.length; i++) {
      const [id, shown, at] = [numbers[i] as number, shows[i] as number, first * length + i];
      if (shown !== 0 && shown !== 1)
        return {
          code: "bad-mask",
          message: `Value ${placeOf(at)} is ${shown}: a mask is 1 where a token is, and 0 on padding.`,
          file: maskFile,
          expected: "0 or 1",
          found: shown,
        };
      if (shown === 0) {
        if (isNumberOfToken(id)) left.set(id, (left.get(id) ?? 0) + 1);
      } else if (!isNumberOfToken(id) || id >= vocabulary)
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
  for (const [first, numbers, shows] of blocksOfBoth(ids, mask)) {
    const problem = put(
      first,
      Float32Array.from(numbers, (id, i) => (shows[i] === 0 ? padding : id)),
    );
    if (problem) return problem;
  }
  return { tokens: { vocabulary: like?.vocabulary ?? Math.max(known, padding + 1), padding } };
}

const isNumberOfToken = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < mostTokens;

/** The number that stands under the mask most often and nowhere else; where each is a token's, too, the last that is none's. */
function paddingOf(
  used: ReadonlySet<number>,
  left: ReadonlyMap<number, number>,
  vocabulary: number,
): number | undefined {
  const [own] = [...left].filter(([id]) => !used.has(id)).toSorted((a, b) => b[1] - a[1]);
  if (own) return own[0];
  for (let id = vocabulary - 1; id >= 0; id--) if (!used.has(id)) return id;
  return undefined;
}
