import { createHash } from "node:crypto";
import { ownVersion } from "../../packageRoot.ts";
import type { StorageChoice } from "../placement.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import type { Samples } from "../samples.ts";
import type { LoadOptions } from "../sources/options.ts";
import { contentHashes } from "./contents.ts";
import { GrowingRows } from "./growingRows.ts";
import { type KeptPlace, openWhole, placedRows } from "./keptRows.ts";
import { fullDisk, samplesFolder } from "./room.ts";

/** How samples that may not fit into memory are stored, as in {@link LoadOptions}. */
export interface KeepUse {
  readonly storage?: StorageChoice | undefined;
  readonly cacheDirectory?: string | undefined;
}

/** Smaller files are read faster than hashed, so their samples are kept without a key. */
const leastBytes = 2 ** 22;

/**
 * Place in the cache of samples made of files.
 * @param made all else that decides what they are, as JSON; undefined where they are not to be found again
 */
export async function placeOf(
  files: readonly string[],
  made: unknown,
  { storage, cacheDirectory }: KeepUse,
): Promise<KeptPlace | undefined> {
  if (cacheDirectory === undefined || storage === "memory") return undefined;
  const folder = samplesFolder(cacheDirectory);
  const now = () => Promise.all(files.map(statsOf));
  const before = await now();
  const bytes = before.reduce((sum, stats) => sum + (stats?.size ?? 0), 0);
  if (made === undefined || (storage !== "disk" && bytes < leastBytes)) return { folder };
  const hashes = await contentHashes(folder, files[0] ?? "", files);
  if (hashes === undefined) return { folder };
  const stamps = (of: typeof before) => JSON.stringify(of.map((it) => [it?.size, it?.mtimeMs, it?.ctimeMs]));
  const holds = async () => stamps(before) === stamps(await now());
  return { folder, key: keyOf([ownVersion(), hashes, made]), holds };
}

export const keyOf = (made: unknown): string =>
  createHash("sha256").update(JSON.stringify(made)).digest("hex");

/** What the training samples decide for others loaded beside them. */
export const likeKey = ({ like, classes, task, labels }: LoadOptions): unknown => [
  like && [like.task, like.classes, like.classNames, like.featureNames, like.shape, like.columns],
  classes,
  task,
  labels,
];

/**
 * Samples that are made row by row: kept ones, or those of `make`, which are kept once they are many.
 * @param file for messages
 */
export async function keptSamples(
  { place, file, storage }: KeepUse & { readonly place: KeptPlace | undefined; readonly file: string },
  make: (rows: () => GrowingRows) => Promise<Samples | DataProblem>,
): Promise<Samples | DataProblem> {
  const kept = place && (await openWhole(place));
  if (kept) {
    const { labels, targets } = kept.sections;
    const { onDisk: _, ...about } = kept.about as Omit<Samples, "labels" | "values">;
    return {
      ...about,
      labels: new Int32Array(bufferOf(labels)),
      ...(targets && { targets: new Float32Array(bufferOf(targets)) }),
      ...placedRows(kept.values, storage),
    };
  }
  const made: GrowingRows[] = [];
  try {
    const samples = await make(() => {
      const rows = new GrowingRows(file, { storage, place });
      made.push(rows);
      return rows;
    });
    if (isProblem(samples)) return samples;
    const { labels, targets, values, ...about } = samples;
    const sections = { labels: bytesIn(labels), ...(targets && { targets: bytesIn(targets) }) };
    for (const rows of made) await rows.keep(values, { about, sections });
    return samples;
  } catch (error) {
    return fullDisk(file, error);
  } finally {
    for (const rows of made) rows.abandon();
  }
}

const bytesIn = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A copy at an aligned address. */
const bufferOf = (bytes: Uint8Array = new Uint8Array(0)): ArrayBuffer => Uint8Array.from(bytes).buffer;
