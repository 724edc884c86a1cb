import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { otherSum, sumsIn, sumsName } from "../data/checksums.ts";
import { type FolderContents, writeFileDurably, writeFolderDurably } from "./durable.ts";
import { readOwnFile } from "./ownFile.ts";
import { fileError, RunError } from "./runError.ts";

/**
 * A folder with checksums: used for weights, checkpoints and trained teachers. `sha256sum -c SHA256SUMS` checks one by hand.
 */
/** Of a file, and of the list; no trained network is larger. */
const mostBytes = 16 * 2 ** 30;
const mostSums = 1 << 20;

export type Sealed =
  | { readonly state: "absent" }
  | { readonly state: "whole"; readonly files: Readonly<Record<string, Buffer>> }
  /** @property why names the file, in a sentence */
  | { readonly state: "damaged"; readonly why: string };

/** Writes a folder with its checksums, atomically. */
export async function writeSealedFolder(path: string, contents: FolderContents): Promise<void> {
  const sums = Object.entries(contents).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  await writeFolderDurably(path, { ...contents, [sumsName]: sums.join("") });
}

/** Writes a file by itself, with its checksum beside it for `sha256sum -c`. */
export async function writeSealedFile(path: string, content: Uint8Array | string): Promise<void> {
  await writeFileDurably(path, content);
  await writeFileDurably(`${path}.sha256`, `${sha256(content)}  ${basename(path)}\n`);
}

/**
 * Reads and verifies all files that have a checksum. Earlier versions wrote weights without: such a folder is accepted, unless
 * sums are `required`. Throws a RunError where a file cannot be read.
 */
export async function readSealedFolder(
  path: string,
  { sums }: { readonly sums: "required" | "optional" },
): Promise<Sealed> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw fileError(error, "read", path);
  });
  if (names === undefined) return { state: "absent" };
  const listed = (await readOwnFile(join(path, sumsName), mostSums))?.toString();
  if (listed === undefined && sums === "required")
    return { state: "damaged", why: `${path} has no ${sumsName}.` };
  const expected = listed === undefined ? names.map((name) => [name, undefined] as const) : sumsIn(listed);
  if (expected === undefined || [...expected].some(([name]) => /[/\\]/.test(name)))
    return { state: "damaged", why: `${join(path, sumsName)} is not a list of checksums.` };
  const files: Record<string, Buffer> = {};
  for (const [name, sum] of expected) {
    const content = await readOwnFile(join(path, name), mostBytes);
    if (content === undefined) return { state: "damaged", why: `${join(path, name)} is missing.` };
    const found = sum === undefined ? undefined : sha256(content);
    if (found !== sum)
      return {
        state: "damaged",
        why: `${join(path, name)} differs from what was written: ${otherSum(found ?? "", sum ?? "", sumsName)}`,
      };
    files[name] = content;
  }
  return { state: "whole", files };
}

/** Throws a RunError for an existing, damaged folder. @param wayOn the hint */
export async function assertWhole(path: string, wayOn: string): Promise<void> {
  const found = await readSealedFolder(path, { sums: "optional" });
  if (found.state === "damaged") throw damaged(found.why, wayOn);
}

export const damaged = (why: string, wayOn: string): RunError => new RunError("damaged", why, wayOn);

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
