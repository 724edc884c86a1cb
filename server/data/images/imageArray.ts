import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { grouped } from "../../grouped.ts";
import { Lookup } from "../lookup.ts";
import { machineMemory } from "../machineMemory.ts";
import { type StorageChoice, whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import type { Remark } from "../samples.ts";
import { type SampleValues, valuesInMemory } from "../sampleValues.ts";
import {
  cacheLimit,
  createDecoded,
  type Decoded,
  type DecodedPlace,
  gigabytes,
  openDecoded,
} from "./decodedFile.ts";
import { type ImageDecoder, openDecoder, type Pixels, type Unreadable, type Wanted } from "./decoder.ts";
import type { ImageSize } from "./resize.ts";

/** One image that is to become a sample. */
export interface NamedImage {
  /** As a person finds it: a path, or the row of a table. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array | Unreadable>;
  /** It is in a file of which the identity of the images says nothing. */
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
  /** Tells the images, as they are now, from all others. */
  readonly identity: () => Promise<string>;
  readonly use: ImageUse;
}

/** What is done with decoded images, as {@link LoadOptions} say. */
interface ImageUse {
  readonly storage?: StorageChoice | undefined;
  readonly cacheDirectory?: string | undefined;
  /** Called after each image. */
  readonly onImage?: ((done: number, count: number) => void) | undefined;
}

/** Images as samples: bytes as those of IDX files. */
export interface ImageSamples extends Decoded {
  readonly onDisk?: string;
}

/** Nobody reads a longer list; how many there are is said with it. */
const mostNamed = 50;
/** Of those that are like one another. */
const fewNamed = 8;

/** So many are decoded sooner than it is looked up whether they were before. */
const fewImages = 256;
/** Fewer bytes are decoded again. */
const leastKept = 2 ** 24;

/**
 * Decodes images one behind the other. The first that can be read says size and channels where nothing else does, and all others
 * have to have them. What is wrong is told of all images at once. Many are decoded once, and kept in the cache.
 */
export async function decodeImages(
  images: AsyncIterable<NamedImage> | Iterable<NamedImage>,
  options: ImageOptions,
): Promise<ImageSamples | DataProblem> {
  const decoder = await openDecoder(options.file);
  if ("code" in decoder) return decoder;
  const place = await placeOf(options, decoder);
  const stays = (bytes: number) => whyOnDisk(bytes, options.use.storage) !== undefined;
  const decoded =
    (place && (await openDecoded(place, stays))) ?? (await decodeAll(images, { options, place, decoder }));
  if ("code" in decoded || decoded.values.inMemory) return decoded;
  const { count, size } = decoded.values;
  const why = whyOnDisk(count * size, options.use.storage) ?? "as there was no memory for so many";
  return { ...decoded, onDisk: `${why} (decoded images may take ${gigabytes(cacheLimit())} there)` };
}

/**
 * The same images at other sizes, decoded on first use: who sees more of them than the student does.
 * @param decoded what became of them at the student's
 */
export function decodedAt(
  images: () => AsyncIterable<NamedImage> | Iterable<NamedImage>,
  { like: _, ...options }: ImageOptions,
  { shape, rows }: Pick<Decoded, "shape" | "rows">,
): Lookup<ImageSize, SampleValues | DataProblem> {
  const known = new Map<string, Promise<SampleValues | DataProblem>>();
  const decode = async (size: ImageSize): Promise<SampleValues | DataProblem> => {
    const decoded = await decodeImages(images(), { ...options, size, channels: shape[2] as 1 | 3 });
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

async function placeOf(options: ImageOptions, { version }: ImageDecoder): Promise<DecodedPlace | undefined> {
  const { count, size, fit, channels, like, onBroken, identity, use } = options;
  const { cacheDirectory, storage } = use;
  if (cacheDirectory === undefined || (count < fewImages && storage !== "disk")) return undefined;
  const made = { version, size, fit, channels, like, onBroken, count };
  const key = createHash("sha256")
    .update(JSON.stringify(made))
    .update(await identity());
  return { folder: join(cacheDirectory, "images"), key: key.digest("hex") };
}

async function decodeAll(
  images: AsyncIterable<NamedImage> | Iterable<NamedImage>,
  {
    options,
    place,
    decoder,
  }: {
    readonly options: ImageOptions;
    readonly place: DecodedPlace | undefined;
    readonly decoder: ImageDecoder;
  },
): Promise<Decoded | DataProblem> {
  const { file, count, onBroken = "error", use } = options;
  const wanted = wantedOf(options);
  const sheet = new Sheet(options, place);
  let done = 0;
  const decode = async ({ name, read, isElsewhere = false }: NamedImage, at: number) => {
    const bytes = await read();
    const pixels = "why" in bytes ? bytes : await decoder.decode(bytes, wanted);
    const problem = await sheet.put(at, { name, isElsewhere }, pixels);
    use.onImage?.(++done, count);
    return problem;
  };
  const running = new Set<Promise<DataProblem | undefined>>();
  try {
    let at = 0;
    for await (const image of images) {
      const one = decode(image, at++);
      running.add(one);
      void one.finally(() => running.delete(one)).catch(() => {});
      // The first one says what the others have to be.
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
    await sheet.dispose();
  }
}

/** @throws what is not the disk's fault */
function fullDisk(file: string, error: unknown): DataProblem {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT" && code !== "EFBIG") throw error;
  return {
    code: "too-large",
    message:
      "The disk has no room for the decoded images. Free some, give a smaller `size`, or `take` fewer images.",
    file,
  };
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
  put(at: number, pixels: Uint8Array): void;
  finish(known: {
    readonly absent: readonly number[];
    readonly remarks: readonly Remark[];
  }): Promise<Decoded | DataProblem>;
  dispose(): Promise<void>;
}

/** Where the pixels go, and what was wrong on the way. */
class Sheet {
  readonly #options: ImageOptions;
  readonly #place: DecodedPlace | undefined;
  readonly #broken: Named[] = [];
  readonly #otherSize: Named[] = [];
  readonly #coloured: Named[] = [];
  readonly #isThere: Uint8Array;
  #shape: readonly [number, number, number] | undefined;
  #sink: Sink | undefined;
  /** Some images are in files that the key knows nothing of. */
  #hasOthers = false;

  constructor(options: ImageOptions, place: DecodedPlace | undefined) {
    this.#options = options;
    this.#place = place;
    this.#isThere = new Uint8Array(options.count);
  }

  get isEmpty(): boolean {
    return this.#shape === undefined;
  }

  async put(
    at: number,
    { name, isElsewhere }: { readonly name: string; readonly isElsewhere: boolean },
    pixels: Pixels | Unreadable,
  ): Promise<DataProblem | undefined> {
    this.#hasOthers ||= isElsewhere;
    if ("why" in pixels) {
      this.#broken.push({ name, what: pixels.why });
      return undefined;
    }
    const problem = this.#shape === undefined ? await this.#begin(pixels) : undefined;
    if (problem) return problem;
    const [height, width, channels] = this.#shape as readonly [number, number, number];
    if (pixels.height !== height || pixels.width !== width) {
      this.#otherSize.push({ name, what: `${pixels.height} × ${pixels.width}` });
      return undefined;
    }
    const size = height * width * channels;
    if (pixels.channels > channels) this.#coloured.push({ name, what: "" });
    else
      this.#sink?.put(
        at,
        pixels.channels === channels
          ? pixels.bytes
          : Uint8Array.from({ length: size }, (_, i) => pixels.bytes[Math.floor(i / 3)] as number),
      );
    this.#isThere[at] = 1;
    return undefined;
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
        message: `${grouped(this.#broken.length)} of ${grouped(count)} images cannot be read: ${list(this.#broken)}. Mend or remove them, or leave them out by "onBroken": "skip".`,
      });
    const [first] = found;
    return first && { code: first.code, message: found.map(({ message }) => message).join(" "), file };
  }

  async finish(): Promise<Decoded | DataProblem> {
    const { count } = this.#options;
    const absent = Array.from(this.#isThere.keys()).filter((row) => this.#isThere[row] === 0);
    const skipped: Remark = {
      code: "images-skipped",
      message: `${grouped(this.#broken.length)} of ${grouped(count)} images cannot be read and are left out: ${list(this.#broken)}.`,
    };
    const remarks = this.#broken.length > 0 ? [skipped] : [];
    if (this.#sink === undefined) throw new Error("No image was decoded.");
    return this.#sink.finish({ absent, remarks });
  }

  async dispose(): Promise<void> {
    await this.#sink?.dispose();
  }

  /** Takes room for all images, once it is known how large one is. */
  async #begin({ height, width, channels }: Pixels): Promise<DataProblem | undefined> {
    const { count, like, use } = this.#options;
    const isLike = this.#options.size === undefined && like?.length === 3;
    const [h, w] = isLike ? (like as readonly [number, number, number]) : [height, width];
    const c = this.#options.channels ?? (like?.length === 3 ? (like[2] as number) : channels);
    const shape = [h, w, c] as const;
    const bytes = count * h * w * c;
    const staysOnDisk = whyOnDisk(bytes, use.storage) !== undefined;
    const sink =
      this.#place && (staysOnDisk || bytes >= leastKept)
        ? await this.#onDisk(this.#place, { shape, staysOnDisk })
        : inMemory(this.#options, shape);
    if ("code" in sink) return sink;
    this.#sink = sink;
    this.#shape = shape;
    return undefined;
  }

  async #onDisk(
    place: DecodedPlace,
    { shape, staysOnDisk }: Pick<Decoded, "shape"> & { readonly staysOnDisk: boolean },
  ): Promise<Sink | DataProblem> {
    const writer = await createDecoded(place, { shape, count: this.#options.count });
    if ("code" in writer) return writer;
    return {
      put: writer.put,
      finish: (known) => writer.finish(known, { staysOnDisk, isReusable: !this.#hasOthers }),
      dispose: writer.abandon,
    };
  }
}

function inMemory({ count, file }: ImageOptions, shape: Decoded["shape"]): Sink | DataProblem {
  const size = shape[0] * shape[1] * shape[2];
  const bytes = count * size;
  try {
    // Systems lend more than they have, and end who uses it.
    if (bytes > machineMemory()) throw new RangeError();
    const storage = new Uint8Array(bytes);
    return {
      put: (at, pixels) => storage.set(pixels, at * size),
      async finish({ absent, remarks }) {
        const missing = new Set(absent);
        const rows = Int32Array.from({ length: count }, (_, row) => row).filter((row) => !missing.has(row));
        if (rows.length < count)
          rows.forEach((row, i) => {
            storage.copyWithin(i * size, row * size, (row + 1) * size);
          });
        return {
          shape,
          values: valuesInMemory(storage.subarray(0, rows.length * size), size),
          rows,
          remarks,
        };
      },
      dispose: async () => {},
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

/** By name, whichever was decoded first. */
function list(all: readonly Named[], most = mostNamed): string {
  const named = all
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name, what }) => (what === "" ? name : `${name} (${what})`));
  const others = all.length - named.length;
  return `${named.join(", ")}${others > 0 ? ` and ${grouped(others)} more` : ""}`;
}
