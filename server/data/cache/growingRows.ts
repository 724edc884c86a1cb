import { machineMemory } from "../machineMemory.ts";
import { type StorageChoice, whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import { blocksOf, bytesOf, type Numbers, type SampleValues, valuesInMemory } from "../sampleValues.ts";
import { createKept, type Kept, type KeptPlace, type KeptWriter, withLimit } from "./keptRows.ts";

/** Bytes that are written at once. */
const blockBytes = 2 ** 22;
const firstRows = 1024;

/**
 * Rows of float32, appended one by one, whose number is not known in advance: in memory while they are few, then in a file of the
 * cache.
 */
export class GrowingRows {
  readonly #file: string;
  readonly #storage: StorageChoice | undefined;
  /** Absent: they stay in memory. */
  readonly #place: KeptPlace | undefined;
  #size = 0;
  #array: Numbers = new Float32Array(0);
  /** Rows in all, and those of them that are in the file and no longer in `array`. */
  #count = 0;
  #written = 0;
  #writer: KeptWriter | undefined;
  #why: string | undefined;
  #values: SampleValues | undefined;

  /** @param file for messages */
  constructor(
    file: string,
    {
      storage,
      place,
    }: { readonly storage?: StorageChoice | undefined; readonly place?: KeptPlace | undefined },
  ) {
    this.#file = file;
    this.#storage = storage;
    this.#place = place;
  }

  get count(): number {
    return this.#count;
  }

  /** Where {@link add} makes room, until its next call. */
  get array(): Numbers {
    return this.#array;
  }

  /** Room for one more row of `size` values, as all have: where it begins in `array`. */
  add(size: number): number | DataProblem {
    this.#size = size;
    const at = (this.#count - this.#written) * size;
    if (at + size > this.#array.length) {
      const problem = this.#makeRoom(at);
      if (problem) return problem;
      return this.add(size);
    }
    this.#count++;
    return at;
  }

  /** More rows, [rows, size]. */
  addAll(rows: Numbers, size: number): DataProblem | undefined {
    for (let start = 0; start < rows.length; start += size) {
      const at = this.add(size);
      if (typeof at === "object") return at;
      this.#array.set(rows.subarray(start, start + size), at);
    }
    return undefined;
  }

  /** All rows, once there are no more. @param change what becomes of them, some at a time, where they lie */
  async finish(change?: (rows: Numbers) => void): Promise<SampleValues | DataProblem> {
    if (this.#writer === undefined) {
      const all = this.#array.slice(0, this.#count * this.#size);
      change?.(all);
      this.#values = valuesInMemory(all, this.#size);
      return this.#values;
    }
    const problem = this.#flush();
    if (problem) return problem;
    this.#values = await this.#writer.rows(this.#count);
    if (change === undefined) return this.#values;
    let at = 0;
    for (const block of blocksOf(this.#values)) {
      change(block);
      this.#writer.put(at, block);
      at += block.length / this.#size;
    }
    return this.#values;
  }

  /** Why they are on disk, in words; undefined where they are in memory. */
  get onDisk(): string | undefined {
    return this.#why && withLimit(this.#why);
  }

  /** Keeps rows that are in a file for the next time, with what is known of them. */
  async keep(values: SampleValues, known: Pick<Kept, "sections" | "about">): Promise<void> {
    if (values === this.#values) await this.#writer?.finish(this.#count, known);
  }

  /** Removes the file where it was not kept. */
  abandon(): void {
    this.#writer?.abandon();
  }

  #makeRoom(used: number): DataProblem | undefined {
    if (this.#writer) return this.#flush();
    const rows = Math.max(firstRows, 2 * this.#count);
    const bytes = rows * bytesOf({ dtype: "float32", size: this.#size });
    const why = this.#place && whyOnDisk(bytes, this.#storage);
    if (this.#place === undefined || why === undefined) {
      if (this.#array.length * 6 > machineMemory() || rows * this.#size > 2 ** 32 - 1)
        return {
          code: "too-large",
          message: "The data does not fit into memory; `take` fewer samples.",
          file: this.#file,
          found: `more than ${this.#count} rows of ${this.#size} values`,
        };
      const array = new Float32Array(rows * this.#size);
      array.set(this.#array);
      this.#array = array;
      return undefined;
    }
    const writer = createKept(this.#place, { dtype: "float32", size: this.#size });
    if ("code" in writer) return writer;
    this.#writer = writer;
    this.#why = why;
    const problem = writer.put(0, this.#array.subarray(0, used));
    this.#written = this.#count;
    this.#array = new Float32Array(Math.max(1, Math.floor(blockBytes / 4 / this.#size)) * this.#size);
    return problem;
  }

  #flush(): DataProblem | undefined {
    const rows = this.#array.subarray(0, (this.#count - this.#written) * this.#size);
    const problem = this.#writer?.put(this.#written, rows);
    this.#written = this.#count;
    return problem;
  }
}
