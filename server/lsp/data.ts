import { isDeepStrictEqual } from "node:util";
import { filesOf, readData } from "../dataKnowledge.ts";
import { dataKey, dataSpecs } from "../language/dataSpec.ts";
import type { DataKnowledge, KnownData } from "../language/facts.ts";
import type { Experiment } from "./experiments.ts";
import type { StampedFile } from "./fileWatch.ts";
import { stampOf } from "./knowledge.ts";

interface Read {
  /** Stamps of its files from before they were read. */
  readonly stamps: readonly StampedFile[];
  /** Undefined where they are too large to be read. */
  readonly found: Promise<DataKnowledge | undefined>;
  readonly known?: DataKnowledge | undefined;
}

/** Enough for all open experiments; the least recently used is dropped first. */
const mostKept = 200;

/** Results of reading the samples of experiments. Each state of their files is read once, sequentially. */
export class DataCache {
  readonly #read = new Map<string, Read>();
  #last: Promise<unknown> = Promise.resolve();

  /** Answers at once, from the cache. */
  of({ folder }: Pick<Experiment, "folder">): KnownData {
    return (spec) => this.#read.get(`${folder} ${dataKey(spec)}`)?.known;
  }

  /** The files of the experiment's samples, with their known states. */
  stamps({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): StampedFile[] {
    if (folder === undefined) return [];
    return dataSpecs(parsed, mostKept).flatMap(
      (spec) => this.#read.get(`${folder} ${dataKey(spec)}`)?.stamps ?? [],
    );
  }

  /** Reads new and changed files. Tells whether results changed. */
  async refresh({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): Promise<boolean> {
    if (folder === undefined) return false;
    const changes = dataSpecs(parsed, mostKept).map(async (spec) => {
      const key = `${folder} ${dataKey(spec)}`;
      const before = this.#read.get(key)?.known;
      const stamps = await Promise.all(
        (await filesOf(spec, folder)).map(async (file) => ({ file, stamp: await stampOf(file) })),
      );
      const kept = this.#read.get(key);
      // It may be read, or have been read, by another call.
      const found =
        kept && isDeepStrictEqual(kept.stamps, stamps)
          ? kept.found
          : this.#inTurn(() => readData(spec, folder));
      if (found !== kept?.found) this.#keep(key, { stamps, found, known: kept?.known });
      const known = await found;
      if (this.#read.get(key)?.found === found) this.#keep(key, { stamps, found, known });
      return known !== before;
    });
    return (await Promise.all(changes)).includes(true);
  }

  /** Reading two at once would take the memory of both. */
  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(read);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #keep(key: string, read: Read): void {
    this.#read.delete(key);
    this.#read.set(key, read);
    for (const oldest of this.#read.keys()) if (this.#read.size > mostKept) this.#read.delete(oldest);
  }
}
