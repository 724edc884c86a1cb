import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isTrusted, refusal, statsOf } from "../data/reading.ts";
import { readFileKnowledge } from "../fileKnowledge.ts";
import {
  type FileKnowledge,
  type FileReference,
  factsKey,
  type Knowledge,
  nothingKnown,
} from "../language/facts.ts";
import { ownNets } from "../language/model/model.ts";
import { references } from "../language/references.ts";
import type { Experiment } from "./experiments.ts";
import type { StampedFile } from "./fileWatch.ts";

interface Cached {
  /** Stamps of the file and those beside it, from before they were read. */
  readonly stamps: readonly StampedFile[];
  readonly knowledge: FileKnowledge;
}

/** Facts about the files that experiments name. Each state of a file is read once. */
export class FileKnowledgeCache {
  readonly #cache = new Map<string, Cached>();
  readonly #pending = new Map<string, Promise<void>>();
  readonly #mostOthers: number;

  /** @param mostOthers files that are kept beside those of the experiment that was looked at last: the latest that were read */
  constructor(mostOthers = 2000) {
    this.#mostOthers = mostOthers;
  }

  /** Answers at once, from the cache. */
  of({ folder }: Pick<Experiment, "folder">): Knowledge {
    if (folder === undefined) return nothingKnown;
    return (reference) => this.#cache.get(keyOf(reference, folder))?.knowledge;
  }

  /**
   * Reads every new or changed file of the experiment, and then asks what its own modules make of its nets. Tells whether facts
   * changed.
   */
  async refresh({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): Promise<boolean> {
    if (folder === undefined) return false;
    const files = byKey(references(parsed.root), folder);
    const areFilesNew = await this.#refreshAll(files, folder);
    const nets = byKey(ownNets(parsed, this.of({ folder })), folder);
    const areNetsNew = await this.#refreshAll(nets, folder);
    const others = [...this.#cache.keys()].filter((key) => !files.has(key) && !nets.has(key));
    for (const key of others.slice(0, -this.#mostOthers)) this.#cache.delete(key);
    return areFilesNew || areNetsNew;
  }

  async #refreshAll(named: ReadonlyMap<string, FileReference>, folder: string): Promise<boolean> {
    const changes = await Promise.all(
      Array.from(named, ([key, reference]) => this.#refreshFile(key, reference, folder)),
    );
    return changes.includes(true);
  }

  /** The files that the experiment names and those beside them, with their known states. */
  stamps({ parsed, folder }: Pick<Experiment, "parsed" | "folder">): StampedFile[] {
    if (folder === undefined) return [];
    const wanted = [...references(parsed.root), ...ownNets(parsed, this.of({ folder }))];
    return Array.from(wanted, (reference) => this.#cache.get(keyOf(reference, folder))?.stamps ?? []).flat();
  }

  async #refreshFile(key: string, reference: FileReference, folder: string): Promise<boolean> {
    const before = this.#cache.get(key);
    await this.#pending.get(key);
    const file = resolve(folder, reference.path);
    const own = { file, stamp: await stampOf(file) };
    const stampsWith = async ({ beside = [] }: FileKnowledge) => [
      own,
      ...(await Promise.all(beside.map(async (file) => ({ file, stamp: await stampOf(file) })))),
    ];
    const known = this.#cache.get(key);
    if (known && isDeepStrictEqual(known.stamps, await stampsWith(known.knowledge))) return known !== before; // Another call, as of a hover, may have read it meanwhile.
    const pending = readFileKnowledge(reference, folder).then(async (knowledge) => {
      const stamps = await stampsWith(knowledge);
      this.#cache.delete(key);
      this.#cache.set(key, { stamps, knowledge });
    });
    this.#pending.set(key, pending);
    try {
      await pending;
    } finally {
      this.#pending.delete(key);
    }
    return true;
  }
}

const byKey = (references: Iterable<FileReference>, folder: string): ReadonlyMap<string, FileReference> =>
  new Map(Array.from(references, (reference) => [keyOf(reference, folder), reference]));

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
