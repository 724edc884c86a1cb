import { availableParallelism } from "node:os";
import { grouped } from "../../grouped.ts";
import type { Contents } from "../cache/contents.ts";
import { createKept, placedRows } from "../cache/keptRows.ts";
import { fullDisk, gigabytes, samplesFolder } from "../cache/room.ts";
import { Lookup } from "../lookup.ts";
import { machineMemory } from "../machineMemory.ts";
import { type StorageChoice, whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import type { Remark } from "../samples.ts";
import { type SampleValues, valuesInMemory } from "../sampleValues.ts";
import { selectedValues } from "../spreadValues.ts";
import { type ImageDecoder, openDecoder, type Pixels, type Unreadable, type Wanted } from "./decoder.ts";
import {
  contentHash,
  type ImageShape,
  type KeptImages,
  keepImages,
  keptPixels,
  openImages,
  rowsIn,
} from "./keptImages.ts";
import type { ImageSize } from "./resize.ts";

/** One image that is to become a sample. */
export interface NamedImage {
  /** As a person finds it: a path, or the row of a table. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array | Unreadable>;
  /** It is in a file that the hashes do not cover. */
  readonly isElsewhere?: boolean;
}

export interface ImageOptions extends Wanted {
  /** What is read, for messages. */
  readonly file: string;
  /** How many images there are. */
  readonly count: number;
  /** Of the training samples. */
  readonly like?: readonly number[] | undefined;
  /** What to do with images that cannot be read. "error" when absent. */
  readonly onBroken?: "error" | "skip" | undefined;
  /** What the images are made of, as an index in a folder of the cache has it. */
  readonly contents: (folder: string) => Promise<Contents>;
  readonly use: ImageUse;
}

/** How decoded images are stored, as in {@link LoadOptions}. */
interface ImageUse {
  readonly storage?: StorageChoice | undefined;
  readonly cacheDirectory?: string | undefined;
  /** Called after each image. */
  readonly onImage?: ((done: number, count: number) => void) | undefined;
}

/** Images as samples: bytes as those of IDX files. */
export interface ImageSamples {
  readonly shape: ImageShape;
  readonly values: SampleValues; // of `rows`
  /** Which of the images these are, ascending. */
  readonly rows: Int32Array;
  readonly remarks: readonly Remark[];
  /** Why they are on disk, in words. */
  readonly onDisk?: string;
}

export type Images = AsyncIterable<NamedImage> | Iterable<NamedImage>;

/** Most problems listed; the message counts the others. */
const mostNamed = 50;
/** Of those that are like one another. */
const fewNamed = 8;

/** Fewer images are decoded faster than looked up. */
const fewImages = 256;
/** Fewer bytes are decoded again. */
const leastKept = 2 ** 24;

/**
 * Decodes images one behind the other. The first that can be read says size and channels where nothing else does, and all others
 * have to have them. All problems of all images are reported at once. Many images are decoded once and kept in the cache.
 */
export async function decodeImages(
  images: () => Images,
  options: ImageOptions,
): Promise<ImageSamples | DataProblem> {
  const decoder = await openDecoder(options.file);
  if ("code" in decoder) return decoder;
  const cache = await openCache(images, options, decoder);
  const known = cache && (await knownImages(images, options, cache));
  const decoded = known ?? (await decodeAll(images(), { options, cache, decoder }));
  await cache?.contents.keep();
  return decoded;
}

/**
 * The same images at other sizes, decoded on first use: for a teacher with an image size of its own.
 * @param decoded what became of them at the student's
 */
export function decodedAt(
  images: () => Images,
  { like: _, ...options }: ImageOptions,
  { shape, rows }: Pick<ImageSamples, "shape" | "rows">,
): Lookup<ImageSize, SampleValues | DataProblem> {
  const known = new Map<string, Promise<SampleValues | DataProblem>>();
  const decode = async (size: ImageSize): Promise<SampleValues | DataProblem> => {
    const decoded = await decodeImages(images, { ...options, size, channels: shape[2] as 1 | 3 });
    if ("code" in decoded) return decoded;
    const isSame = decoded.rows.length === rows.length && decoded.rows.every((row, i) => row === rows[i]);
    if (isSame) return decoded.values;
    const message = "The images have changed since they were read.";
    return { code: "count-mismatch", message, file: options.file };
  };
  return new Lookup((size) => {
    const key = size.join();
    const found = known.get(key) ?? decode(size);
    known.set(key, found);
    return found;
  });
}

/** What is known of images before they are decoded. */
interface ImageCache {
  readonly folder: string;
  /** Everything besides the file that determines the decoded image. */
  readonly how: unknown;
  readonly contents: Contents;
  /** Those that were decoded before in this way. */
  readonly earlier: readonly KeptImages[];
  /** Why images cannot be read that had to be. */
  readonly unreadable: ReadonlyMap<number, string>;
  /** What they become where that is known: of none that was decoded before. */
  readonly shape: ImageShape | undefined;
}

async function openCache(
  images: () => Images,
  options: ImageOptions,
  decoder: ImageDecoder,
): Promise<ImageCache | undefined> {
  const { count, use, contents: contentsIn } = options;
  const { cacheDirectory, storage } = use;
  if (cacheDirectory === undefined || (count < fewImages && storage !== "disk")) return undefined;
  const folder = samplesFolder(cacheDirectory);
  const { size, fit, channels } = wantedOf(options);
  const how = [decoder.version, size, fit, channels];
  const [earlier, contents] = [await openImages(folder, how), await contentsIn(folder)];
  const unreadable = new Map<number, string>();
  const cache = { folder, how, contents, earlier, unreadable };
  if (earlier.length === 0) return { ...cache, shape: undefined };
  if (contents.hashes.includes(undefined))
    await eachAtOnce(images(), async ({ read }, at) => {
      if (contents.hashes[at] !== undefined) return;
      const bytes = await read();
      if ("why" in bytes) unreadable.set(at, bytes.why);
      else contents.learn(at, contentHash(bytes));
    });
  return { ...cache, shape: await shapeOf(images, options, decoder) };
}

/** Images read at a time. */
const atOnce = 32;

async function eachAtOnce(
  images: Images,
  use: (image: NamedImage, at: number) => Promise<void>,
): Promise<void> {
  let at = 0;
  let some: Promise<void>[] = [];
  for await (const image of images) {
    some.push(use(image, at++));
    if (some.length < atOnce) continue;
    await Promise.all(some);
    some = [];
  }
  await Promise.all(some);
}

/** What images become: as the experiment or the training samples say, else as the first one is. */
async function shapeOf(
  images: () => Images,
  options: ImageOptions,
  decoder: ImageDecoder,
): Promise<ImageShape | undefined> {
  const { like, size } = options;
  const channels = options.channels ?? like?.[2];
  if (size && channels) return [...size, channels];
  for await (const { read } of images()) {
    const bytes = await read();
    const pixels = "why" in bytes ? bytes : await decoder.decode(bytes, wantedOf(options));
    if (!("why" in pixels)) return shapeLike(options, pixels);
  }
  return undefined;
}

/** The shape of all images, of which one has this size and these channels. */
function shapeLike(
  { like, size, channels }: ImageOptions,
  own: Pick<Pixels, "height" | "width" | "channels">,
): ImageShape {
  const isLike = like?.length === 3;
  const [height, width] = size === undefined && isLike ? (like as ImageShape) : [own.height, own.width];
  return [height, width, channels ?? (isLike ? (like[2] as number) : own.channels)];
}

/** Images that were all decoded before, in order: an unchanged source, or a part of another one. */
async function knownImages(
  images: () => Images,
  { onBroken = "error", use, count }: ImageOptions,
  { contents: { hashes }, earlier, unreadable, shape }: ImageCache,
): Promise<ImageSamples | undefined> {
  if (shape === undefined || (unreadable.size > 0 && onBroken === "error")) return undefined;
  const readable = Int32Array.from(hashes.keys()).filter((at) => !unreadable.has(at));
  for (const known of earlier) {
    if (known.shape.join() !== shape.join()) continue;
    const found = rowsIn(
      known,
      Array.from(readable, (at) => hashes[at]),
    );
    if (found === undefined) continue;
    const whys = new Map(unreadable);
    for (const [i, at] of readable.entries()) {
      const why = known.broken.get(found[i] as number);
      if (why !== undefined) whys.set(at, why);
    }
    if (whys.size === count || (whys.size > 0 && onBroken === "error")) return undefined;
    const own = found.filter((row) => !known.broken.has(row));
    const { values } = known.kept;
    const broken: Named[] = [];
    if (whys.size > 0)
      await eachAtOnce(images(), async ({ name }, at) => {
        const what = whys.get(at);
        if (what !== undefined) broken.push({ name, what });
      });
    return {
      shape,
      rows: Int32Array.from({ length: count }, (_, at) => at).filter((at) => !whys.has(at)),
      remarks: skippedRemarks(broken, count),
      ...placedRows(own.length === values.count ? values : selectedValues(values, own), use.storage),
    };
  }
  return undefined;
}

async function decodeAll(
  images: Images,
  {
    options,
    cache,
    decoder,
  }: {
    readonly options: ImageOptions;
    readonly cache: ImageCache | undefined;
    readonly decoder: ImageDecoder;
  },
): Promise<ImageSamples | DataProblem> {
  const { file, count, onBroken = "error", use } = options;
  const wanted = wantedOf(options);
  const sheet = new Sheet(options, cache);
  const { hashes = [] } = cache?.contents ?? {};
  const before = cache?.shape && keptPixels(cache.earlier, cache.shape);
  const total = count - hashes.filter((hash) => hash !== undefined && before?.has(hash)).length;
  let done = 0;
  const pixelsOf = async ({ read }: NamedImage, at: number): Promise<Pixels | Unreadable> => {
    const hash = hashes[at];
    const kept = hash !== undefined && before?.has(hash) ? before.read(hash) : undefined;
    if (kept) return kept;
    const bytes = await read();
    if (!("why" in bytes) && hash === undefined) cache?.contents.learn(at, contentHash(bytes));
    const pixels = "why" in bytes ? bytes : await decoder.decode(bytes, wanted);
    use.onImage?.(++done, total);
    return pixels;
  };
  const decode = async (image: NamedImage, at: number) => sheet.put(at, image, await pixelsOf(image, at));
  const running = new Set<Promise<DataProblem | undefined>>();
  try {
    let at = 0;
    for await (const image of images) {
      const one = decode(image, at++);
      running.add(one);
      void one.finally(() => running.delete(one)).catch(() => {});
      // The first one sets the shape of the others.
      const problem =
        sheet.isEmpty || running.size >= availableParallelism() + 1 ? await Promise.race(running) : undefined;
      if (problem) return problem;
    }
    const late = (await Promise.all(running)).find((problem) => problem !== undefined);
    return late ?? sheet.problem(onBroken) ?? (await sheet.finish());
  } catch (error) {
    return fullDisk(file, error);
  } finally {
    await Promise.allSettled(running);
    sheet.dispose();
  }
}

/** Other sources are read in colour where the training samples are. */
const wantedOf = ({ size, fit, channels, like }: ImageOptions): Wanted => ({
  size,
  fit,
  channels: channels ?? (like?.length === 3 && like[2] === 3 ? 3 : undefined),
});

interface Named {
  readonly name: string;
  readonly what: string;
}

/** Where the pixels go. */
interface Sink {
  put(at: number, pixels: Uint8Array): DataProblem | undefined;
  finish(rows: Int32Array): Promise<Pick<ImageSamples, "values" | "onDisk">>;
  dispose(): void;
}

/** Where the pixels go, and what was wrong on the way. */
class Sheet {
  readonly #options: ImageOptions;
  readonly #cache: ImageCache | undefined;
  readonly #broken: (Named & { readonly at: number })[] = [];
  readonly #otherSize: Named[] = [];
  readonly #coloured: Named[] = [];
  readonly #isThere: Uint8Array;
  #shape: ImageShape | undefined;
  #sink: Sink | undefined;
  /** Some images are in files that the hashes do not cover. */
  #hasOthers = false;

  constructor(options: ImageOptions, cache: ImageCache | undefined) {
    this.#options = options;
    this.#cache = cache;
    this.#isThere = new Uint8Array(options.count);
  }

  get isEmpty(): boolean {
    return this.#shape === undefined;
  }

  put(
    at: number,
    { name, isElsewhere = false }: Pick<NamedImage, "name" | "isElsewhere">,
    pixels: Pixels | Unreadable,
  ): DataProblem | undefined {
    this.#hasOthers ||= isElsewhere;
    if ("why" in pixels) {
      this.#broken.push({ name, what: pixels.why, at });
      return undefined;
    }
    const problem = this.#shape === undefined ? this.#begin(pixels) : undefined;
    if (problem) return problem;
    const [height, width, channels] = this.#shape as ImageShape;
    if (pixels.height !== height || pixels.width !== width) {
      this.#otherSize.push({ name, what: `${pixels.height} × ${pixels.width}` });
      return undefined;
    }
    const size = height * width * channels;
    this.#isThere[at] = 1;
    if (pixels.channels > channels) {
      this.#coloured.push({ name, what: "" });
      return undefined;
    }
    return this.#sink?.put(
      at,
      pixels.channels === channels
        ? pixels.bytes
        : Uint8Array.from({ length: size }, (_, i) => pixels.bytes[Math.floor(i / 3)] as number),
    );
  }

  /** All that is wrong of all images, under the code of the first kind. */
  problem(onBroken: "error" | "skip"): DataProblem | undefined {
    const { file, count, like } = this.#options;
    const [height, width] = this.#shape ?? [];
    const others = like ? "the training samples have" : "the first one has";
    const found: Pick<DataProblem, "code" | "message">[] = [];
    if (this.#otherSize.length > 0)
      found.push({
        code: "image-size",
        message: `${of(this.#otherSize, count)} another size than ${others}, ${height} × ${width} (height × width): ${list(this.#otherSize, fewNamed)}. Give \`size\`, and each is brought to it.`,
      });
    if (this.#coloured.length > 0)
      found.push({
        code: "image-channels",
        message: `${of(this.#coloured, count)} colours, and ${like ? "the training samples are" : "the first one is"} grey: ${list(this.#coloured, fewNamed)}. Give \`channels\`: 3 for colours, 1 for grey.`,
      });
    if (this.#broken.length > 0 && (onBroken === "error" || this.isEmpty))
      found.push({
        code: "broken-images",
        message: `${grouped(this.#broken.length)} of ${grouped(count)} images cannot be read: ${list(this.#broken)}. ${this.#broken.length === count ? "Put images there that can be." : 'Mend or remove them, or leave them out by "onBroken": "skip".'}`,
      });
    const [first] = found;
    return first && { code: first.code, message: found.map(({ message }) => message).join(" "), file };
  }

  async finish(): Promise<ImageSamples> {
    const { count } = this.#options;
    const rows = Int32Array.from({ length: count }, (_, row) => row).filter(
      (row) => this.#isThere[row] === 1,
    );
    if (this.#sink === undefined || this.#shape === undefined) throw new Error("No image was decoded.");
    const placed = await this.#sink.finish(rows);
    return { shape: this.#shape, rows, remarks: skippedRemarks(this.#broken, count), ...placed };
  }

  dispose(): void {
    this.#sink?.dispose();
  }

  /** Takes room for all images, once it is known how large one is. */
  #begin(pixels: Pixels): DataProblem | undefined {
    const { count, use } = this.#options;
    const shape = shapeLike(this.#options, pixels);
    const bytes = count * shape[0] * shape[1] * shape[2];
    const staysOnDisk = whyOnDisk(bytes, use.storage) !== undefined;
    const sink =
      this.#cache && (staysOnDisk || bytes >= leastKept)
        ? this.#inCache(this.#cache, shape)
        : inMemory(this.#options, shape);
    if ("code" in sink) return sink;
    this.#sink = sink;
    this.#shape = shape;
    return undefined;
  }

  #inCache({ folder, how, contents }: ImageCache, shape: ImageShape): Sink | DataProblem {
    const { count, use } = this.#options;
    const size = shape[0] * shape[1] * shape[2];
    const writer = createKept({ folder }, { dtype: "uint8", size }, count * size);
    if ("code" in writer) return writer;
    return {
      put: writer.put,
      finish: async (rows) => {
        const broken = this.#broken.map(({ at, what }) => [at, what] as const);
        const hashes = this.#hasOthers ? contents.hashes.map(() => undefined) : contents.hashes;
        const values = await keepImages(writer, how, { shape, broken, hashes });
        return placedRows(rows.length === count ? values : selectedValues(values, rows), use.storage);
      },
      dispose: writer.abandon,
    };
  }
}

/** Images that are left out. */
function skippedRemarks(broken: readonly Named[], count: number): readonly Remark[] {
  if (broken.length === 0) return [];
  const message = `${grouped(broken.length)} of ${grouped(count)} images cannot be read and are left out: ${list(broken)}.`;
  return [{ code: "images-skipped", message }];
}

function inMemory({ count, file }: ImageOptions, shape: ImageShape): Sink | DataProblem {
  const size = shape[0] * shape[1] * shape[2];
  const bytes = count * size;
  try {
    // Systems overcommit memory, and kill a process that uses it.
    if (bytes > machineMemory()) throw new RangeError();
    const storage = new Uint8Array(bytes);
    return {
      put: (at, pixels) => void storage.set(pixels, at * size),
      async finish(rows) {
        if (rows.length < count)
          rows.forEach((row, i) => {
            storage.copyWithin(i * size, row * size, (row + 1) * size);
          });
        return { values: valuesInMemory(storage.subarray(0, rows.length * size), size) };
      },
      dispose: () => {},
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      code: "too-large",
      message: `The images take ${gigabytes(bytes)} as bytes, all of it in memory, which is not there; \`take\` fewer, or give a smaller \`size\`.`,
      file,
      found: `[${[count, ...shape].join(", ")}]`,
    };
  }
}

const of = (some: readonly Named[], count: number): string =>
  `${grouped(some.length)} of ${grouped(count)} images ${some.length === 1 ? "has" : "have"}`;

/** By name, whichever was decoded first. A reason that several have is given once. */
function list(all: readonly Named[], most = mostNamed): string {
  const byReason = new Map<string, string[]>();
  for (const { name, what } of all.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const same = byReason.get(what) ?? [];
    byReason.set(what, same);
    same.push(name);
  }
  const named = [...byReason].slice(0, most).map(([why, names]) => {
    const few = names.slice(0, why === "" ? most : fewNamed);
    const words = `${few.join(", ")}${more(names.length - few.length)}`;
    return why === "" ? words : `${words} (${names.length > 1 ? "each: " : ""}${why})`;
  });
  const others = [...byReason.values()].slice(most).reduce((sum, names) => sum + names.length, 0);
  return `${named.join(", ")}${more(others)}`;
}

const more = (count: number): string => (count > 0 ? ` and ${grouped(count)} more` : "");
