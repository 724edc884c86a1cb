import { availableParallelism } from "node:os";
import { grouped } from "../../grouped.ts";
import { machineMemory } from "../machineMemory.ts";
import type { DataProblem } from "../problem.ts";
import type { Remark } from "../samples.ts";
import { openDecoder, type Pixels, type Unreadable, type Wanted } from "./decoder.ts";

/** One image that is to become a sample. */
export interface NamedImage {
  /** As a person finds it: a path, or the row of a table. */
  readonly name: string;
  readonly read: () => Promise<Uint8Array | Unreadable>;
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
  /** Called after each image. */
  readonly onImage?: ((done: number, count: number) => void) | undefined;
}

/** Images as samples: bytes as those of IDX files. */
export interface ImageArray {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly storage: Uint8Array; // [rows.length, ...shape]
  /** Which of the images these are, ascending. */
  readonly rows: Int32Array;
  readonly remarks: readonly Remark[];
}

/** Nobody reads a longer list; how many there are is said with it. */
const mostNamed = 50;
/** Of those that are like one another. */
const fewNamed = 8;

/**
 * Decodes images one behind the other into one array. The first that can be read says size and channels where nothing else
 * does, and all others have to have them. What is wrong is told of all images at once.
 */
export async function decodeImages(
  images: AsyncIterable<NamedImage> | Iterable<NamedImage>,
  options: ImageOptions,
): Promise<ImageArray | DataProblem> {
  const { file, count, onBroken = "error", onImage } = options;
  const decoder = await openDecoder(file);
  if ("code" in decoder) return decoder;
  const wanted = wantedOf(options);
  const sheet = new Sheet(options);
  const decode = async ({ name, read }: NamedImage, at: number) => {
    const bytes = await read();
    const pixels = "why" in bytes ? bytes : await decoder.decode(bytes, wanted);
    const problem = sheet.put(at, name, pixels);
    onImage?.(++done, count);
    return problem;
  };
  let done = 0;
  let at = 0;
  const running = new Set<Promise<DataProblem | undefined>>();
  for await (const image of images) {
    const one = decode(image, at++);
    running.add(one);
    void one.finally(() => running.delete(one)).catch(() => {});
    // The first one says what the others have to be.
    const problem =
      sheet.isEmpty || running.size >= availableParallelism() + 1 ? await Promise.race(running) : undefined;
    if (problem) {
      await Promise.allSettled(running);
      return problem;
    }
  }
  const late = (await Promise.all(running)).find((problem) => problem !== undefined);
  return late ?? sheet.problem(onBroken) ?? sheet.finish(count);
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

/** Where the pixels go, and what was wrong on the way. */
class Sheet {
  readonly #options: ImageOptions;
  readonly #broken: Named[] = [];
  readonly #otherSize: Named[] = [];
  readonly #coloured: Named[] = [];
  #shape: readonly [number, number, number] | undefined;
  #storage = new Uint8Array(0);
  #isThere = new Uint8Array(0);

  constructor(options: ImageOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#shape === undefined;
  }

  put(at: number, name: string, pixels: Pixels | Unreadable): DataProblem | undefined {
    if ("why" in pixels) {
      this.#broken.push({ name, what: pixels.why });
      return undefined;
    }
    const problem = this.#shape === undefined ? this.#begin(pixels) : undefined;
    if (problem) return problem;
    const [height, width, channels] = this.#shape as readonly [number, number, number];
    if (pixels.height !== height || pixels.width !== width) {
      this.#otherSize.push({ name, what: `${pixels.height} × ${pixels.width}` });
      return undefined;
    }
    const size = height * width * channels;
    if (pixels.channels > channels) this.#coloured.push({ name, what: "" });
    else if (pixels.channels === channels) this.#storage.set(pixels.bytes, at * size);
    else
      for (let i = 0; i < size; i++) this.#storage[at * size + i] = pixels.bytes[Math.floor(i / 3)] as number;
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

  finish(count: number): ImageArray {
    const shape = this.#shape ?? [0, 0, 0];
    const size = shape[0] * shape[1] * shape[2];
    const rows = Int32Array.from({ length: count }, (_, row) => row).filter(
      (row) => this.#isThere[row] === 1,
    );
    if (rows.length < count)
      rows.forEach((row, i) => {
        this.#storage.copyWithin(i * size, row * size, (row + 1) * size);
      });
    const skipped: Remark = {
      code: "images-skipped",
      message: `${grouped(this.#broken.length)} of ${grouped(count)} images cannot be read and are left out: ${list(this.#broken)}.`,
    };
    return {
      shape,
      storage: this.#storage.subarray(0, rows.length * size),
      rows,
      remarks: this.#broken.length > 0 ? [skipped] : [],
    };
  }

  /** Takes memory for all images, once it is known how large one is. */
  #begin({ height, width, channels }: Pixels): DataProblem | undefined {
    const { file, count, like } = this.#options;
    const isLike = this.#options.size === undefined && like?.length === 3;
    const [h, w] = isLike ? (like as readonly [number, number, number]) : [height, width];
    const c = this.#options.channels ?? (like?.length === 3 ? (like[2] as number) : channels);
    this.#shape = [h, w, c];
    const bytes = count * h * w * c;
    try {
      // Systems lend more than they have, and end who uses it.
      if (bytes > machineMemory()) throw new RangeError();
      this.#storage = new Uint8Array(bytes);
      this.#isThere = new Uint8Array(count);
      return undefined;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return {
        code: "too-large",
        message: `The images take ${(bytes / 1e9).toFixed(1)} GB as bytes, all of it in memory, which is not there; \`take\` fewer, or give a smaller \`size\`.`,
        file,
        found: `[${[count, h, w, c].join(", ")}]`,
      };
    }
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
