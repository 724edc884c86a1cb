import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { type Kept, type KeptWriter, openKept } from "../cache/keptRows.ts";
import { keyOf } from "../cache/keptSamples.ts";
import { suffixes } from "../cache/room.ts";
import type { Pixels, Unreadable } from "./decoder.ts";

/** Height, width and channels. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * Decoded images in the cache, a row each, found by what their files hold: a hash of the bytes stands beside each row. An image
 * is decoded once for each way to decode it, whatever source and file name it has.
 */
export interface KeptImages {
  readonly kept: Kept;
  readonly shape: ImageShape;
  /** Of each row: the hash of what it was decoded from. */
  readonly hashes: readonly string[];
  /** Why a row has no pixels. */
  readonly broken: ReadonlyMap<number, string>;
}

interface About {
  readonly shape: ImageShape;
  readonly broken: readonly (readonly [row: number, why: string])[];
}

/** Bytes of a hash. */
const hashBytes = 32;

export const contentHash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/** All that was decoded in a way that `how` says, as JSON. */
export async function openImages(folder: string, how: unknown): Promise<readonly KeptImages[]> {
  const prefix = prefixOf(how);
  const names = await readdir(folder).catch(() => []);
  const found: KeptImages[] = [];
  for (const name of names.toSorted()) {
    if (!name.startsWith(prefix) || !name.endsWith(suffixes.rows)) continue;
    const kept = await openKept({ folder, key: name.slice(0, -suffixes.rows.length) });
    if (kept === undefined) continue;
    const { shape, broken } = kept.about as About;
    const hashes = Buffer.from(kept.sections["hashes"] ?? []);
    found.push({
      kept,
      shape,
      hashes: Array.from({ length: kept.values.count }, (_, row) =>
        hashes.toString("base64", row * hashBytes, (row + 1) * hashBytes),
      ),
      broken: new Map(broken),
    });
  }
  return found;
}

/** Rows of these images, where all of them are there, in their order and as they were written. */
export function rowsIn(
  { kept, hashes }: KeptImages,
  wanted: readonly (string | undefined)[],
): Int32Array | undefined {
  const rows = new Int32Array(wanted.length);
  let row = 0;
  for (const [at, hash] of wanted.entries()) {
    while (row < hashes.length && hashes[row] !== hash) row++;
    if (hash === undefined || row === hashes.length) return undefined;
    rows[at] = row++;
  }
  return kept.isWhole() ? rows : undefined;
}

/** A picture that was decoded before, by the hash of its file; undefined where there is none that is whole. */
export function keptPixels(
  all: readonly KeptImages[],
  shape: ImageShape,
): { has(hash: string): boolean; read(hash: string): Pixels | Unreadable | undefined } {
  const [height, width, channels] = shape;
  const places = new Map<string, readonly [images: KeptImages, row: number]>();
  for (const images of all)
    if (images.shape.join() === shape.join())
      for (const [row, hash] of images.hashes.entries()) places.set(hash, [images, row]);
  return {
    has(hash) {
      const [images, row = 0] = places.get(hash) ?? [];
      return images?.broken.has(row) || images?.kept.isIntact(row) || false;
    },
    read(hash) {
      const [images, row = 0] = places.get(hash) ?? [];
      if (images === undefined) return undefined;
      const why = images.broken.get(row);
      if (why !== undefined) return { why };
      const bytes = new Uint8Array(height * width * channels);
      images.kept.values.read([row], bytes);
      return { height, width, channels: channels as 1 | 3, bytes };
    },
  };
}

/**
 * Keeps decoded images for the next time.
 * @param hashes of each row; where one of a row with pixels is missing, they are not found again
 * @param broken why rows have no pixels
 */
export function keepImages(
  writer: KeptWriter,
  how: unknown,
  { shape, broken, hashes }: About & { readonly hashes: readonly (string | undefined)[] },
): Promise<Kept["values"]> {
  const absent = new Set(broken.map(([row]) => row));
  const isKnown = hashes.every((hash, row) => hash !== undefined || absent.has(row));
  const section = Buffer.alloc(hashes.length * hashBytes);
  for (const [row, hash = ""] of hashes.entries()) section.write(hash, row * hashBytes, "base64");
  return writer.finish(hashes.length, {
    about: { shape, broken } satisfies About,
    sections: { hashes: section },
    ...(isKnown && { key: `${prefixOf(how)}${keyOf([shape, hashes])}` }),
  });
}

/** Prefix of the names of files with images decoded in this way. */
const prefixOf = (how: unknown): string => `${keyOf(how).slice(0, 16)}-`;
