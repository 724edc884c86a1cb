import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isTrusted, refusal, statsOf } from "../data/reading.ts";
import { lookAt } from "../fileKnowledge.ts";
import {
  type FileKnowledge,
  type FileReference,
  factsKey,
  type Knowledge,
  nothingKnown,
} from "../language/facts.ts";
import { references } from "../language/references.ts";
import type { Experiment } from "./experiments.ts";
import type { CachedFile } from "./fileWatch.ts";

interface Looked {
  /** Stamps of the file and those beside it, from before they were read. */
  readonly seen: readonly CachedFile[];
  readonly knowledge: FileKnowledge;
}

/** More files than open experiments name; the least recently used is dropped first. */
const mostFiles = 2000;

/** Facts about the files that experiments name. Each state of a file is read once. */
export class FileKnowledgeCache {
  readonly #looked = new Map<string, Looked>();
  readonly #looking = new Map<string, Promise<void>>();

  /** Answers at once, from the cache. */
  of({ folder }: Pick<Experiment, "folder">): Knowledge {
    if (folder === undefined) return nothingKnown;
    return (reference) => this.#looked.get(keyOf(reference, folder))?.knowledge;
  }

  /**
   * Reads every new or changed file of the experiment. Tells whether facts changed.
   */
  async refresh({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): Promise<boolean> {
    if (folder === undefined) return false;
    const named = new Map(
      Array.from(references(parsed.root), (reference) => [keyOf(reference, folder), reference]),
    );
    const changes = await Promise.all(
      Array.from(named, ([key, reference]) => this.#refreshFile(key, reference, folder)),
    );
    return changes.includes(true);
  }

  /** The files that the experiment names and those beside them, with their known states. */
  seen({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): CachedFile[] {
    if (folder === undefined) return [];
    return Array.from(
      references(parsed.root),
      (reference) => this.#looked.get(keyOf(reference, folder))?.seen ?? [],
    ).flat();
  }

  async #refreshFile(key: string, reference: FileReference, folder: string): Promise<boolean> {
    const before = this.#looked.get(key);
    await this.#looking.get(key);
    const file = resolve(folder, reference.path);
    const own = { file, stamp: await stampOf(file) };
    const seenWith = async ({ beside = [] }: FileKnowledge) => [
      own,
      ...(await Promise.all(beside.map(async (file) => ({ file, stamp: await stampOf(file) })))),
    ];
    const known = this.#looked.get(key);
    if (known && isDeepStrictEqual(known.seen, await seenWith(known.knowledge))) return known !== before; // Another call, as of a hover, may have read it meanwhile.
    const looking = lookAt(reference, folder).then(async (knowledge) => {
      const seen = await seenWith(knowledge);
      this.#looked.delete(key);
      this.#looked.set(key, { seen, knowledge });
      for (const oldest of this.#looked.keys())
        if (this.#looked.size > mostFiles) this.#looked.delete(oldest);
    });
    this.#looking.set(key, looking);
    try {
      await looking;
    } finally {
      this.#looking.delete(key);
    }
    return true;
  }
}

/** A module is only run where it may be, so that trust is a part of what is known of it. */
const keyOf = (reference: FileReference, folder: string): string =>
  JSON.stringify([
    resolve(folder, reference.path),
    factsKey({ ...reference, path: "" }),
    ...(reference.kind === "module" ? [reference.path, isTrusted()] : []),
  ]);

/** Identifies the state of a file. */
export async function stampOf(file: string): Promise<string> {
  const refused = await refusal(file);
  if (refused !== undefined) return refused.code;
  const stats = await statsOf(file);
  if (stats !== undefined) return `${stats.size} ${stats.mtimeMs} ${stats.ino}`;
  // Facts of a missing file include the content of its folder.
  return `missing ${(await statsOf(dirname(file)))?.mtimeMs}`;
}
