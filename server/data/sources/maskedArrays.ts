import { keptRows, withLimit } from "../cache/keptRows.ts";
import { type KeepUse, placeOf } from "../cache/keptSamples.ts";
import { whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { type Numbers, valuesInMemory } from "../sampleValues.ts";
import { maskedTokens } from "../text/maskedTokens.ts";
import type { TokenFacts } from "../text/textEncoder.ts";
import { type ArrayPart, arrayValues } from "./arrayValues.ts";
import type { OpenArray } from "./openArray.ts";
import type { LoadOptions } from "./options.ts";

interface MaskUse extends KeepUse, Pick<LoadOptions, "onRead" | "like"> {
  readonly openMask: () => Promise<OpenArray | DataProblem>;
  readonly vocabulary: number | undefined;
}

type MaskedValues = Pick<Samples, "values" | "onDisk"> & { readonly tokens: TokenFacts };

/** Numbers of tokens, of which a mask says where a text is: both become one array, in memory or in the cache. */
export async function maskedValues(
  features: OpenArray,
  part: ArrayPart,
  { openMask, ...use }: MaskUse,
): Promise<MaskedValues | DataProblem> {
  const mask = await openMask();
  if ("code" in mask) return mask;
  try {
    if (part.shape.length === 1 && mask.header.shape.join() === features.header.shape.join())
      return await together({ features, mask }, part, use);
    return {
      code: "shape-mismatch",
      message: `A mask is for numbers of tokens, [samples, length], and has their shape; the samples are [${features.header.shape.join(", ")}].`,
      file: mask.source.file,
      expected: "[samples, length]",
      found: `[${mask.header.shape.join(", ")}]`,
    };
  } finally {
    await mask.source.close();
  }
}

async function together(
  { features, mask }: { readonly features: OpenArray; readonly mask: OpenArray },
  part: ArrayPart,
  { vocabulary, like, onRead, ...use }: Omit<MaskUse, "openMask">,
): Promise<MaskedValues | DataProblem> {
  const { skip, end, shape } = part;
  const [length = 0] = shape;
  const { file } = features.source;
  const rows = { dtype: "float32", size: length, count: end - skip, file } as const;
  const why = whyOnDisk(4 * length * rows.count, use.storage);
  const sources = [features.source, mask.source];
  const names = sources.map(({ file, archive = file }) => file.slice(archive.length));
  const place =
    why &&
    (await placeOf(
      sources.map(({ file, archive = file }) => archive),
      ["masked", names, skip, end, vocabulary, like?.tokens],
      use,
    ));
  const fill = async (
    put: (first: number, rows: Numbers) => DataProblem | undefined,
    own: KeepUse,
  ): Promise<{ readonly tokens: TokenFacts } | DataProblem> => {
    const ids = await arrayValues(features, part, { ...own, onRead, isOnce: true });
    if ("code" in ids) return ids;
    const shown = await arrayValues(mask, part, { ...own, isOnce: true });
    if ("code" in shown) return shown;
    const known = { file, maskFile: mask.source.file, vocabulary, like: like?.tokens };
    return maskedTokens({ ids: ids.values, mask: shown.values, ...known }, put);
  };
  if (why !== undefined && place) {
    const kept = await keptRows(place, rows, (put) => fill(put, use));
    return "code" in kept ? kept : { values: kept.values, tokens: kept.about.tokens, onDisk: withLimit(why) };
  }
  const all = new Float32Array(rows.count * length);
  const filled = await fill((first, some) => void all.set(some, first * length), { storage: "memory" });
  return "code" in filled ? filled : { values: valuesInMemory(all, length), ...filled };
}
