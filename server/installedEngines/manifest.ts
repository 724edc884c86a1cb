import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import type { EngineKind } from "../protocol.ts";

/** engine.json: the content of an engine's folder. A folder without it is no engine. */
export interface Manifest {
  readonly schema: 1;
  readonly kind: EngineKind;
  readonly package: string;
  readonly tfjs: string;
  readonly tensorflow: string;
  readonly napi: number;
  /** SHA-256 of every archive used. */
  readonly archives: readonly string[];
  readonly built: { readonly at: string; readonly glibc: string; readonly compiler: string };
  /** Bytes of every library, by path. */
  readonly files: Readonly<Record<string, number>>;
}

const file = "engine.json";
export const addonFile = "tfjs_binding.node";

export async function readManifest(engine: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(path.join(engine, file), "utf8")) as Manifest;
    return manifest.schema === 1 ? manifest : undefined;
  } catch {
    return undefined; // Missing, or from an installation that did not complete.
  }
}

export async function writeManifest(engine: string, manifest: Manifest): Promise<void> {
  await writeFile(path.join(engine, file), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Sizes of the addon and of all libraries. */
export async function librarySizes(engine: string): Promise<Record<string, number>> {
  const entries = await readdir(engine, { recursive: true, withFileTypes: true });
  const sizes: Record<string, number> = {};
  for (const entry of entries) {
    if (!entry.isFile() || !/\.(node|so)(\.\d+)*$/.test(entry.name)) continue;
    const at = path.join(entry.parentPath, entry.name);
    sizes[path.relative(engine, at)] = (await stat(at)).size;
  }
  return sizes;
}

/** Sizes are compared because a truncated library kills the process that loads it. */
export async function checkFiles(engine: string, { files }: Manifest): Promise<void> {
  for (const [name, size] of Object.entries(files)) {
    const found = await stat(path.join(engine, name)).catch(() => undefined);
    if (found?.size === size) continue;
    throw new EngineError(
      "damaged",
      found
        ? `${name} in ${engine} has ${found.size} bytes where ${size} were installed.`
        : `${name} is missing in ${engine}.`,
      "Install the engine again.",
    );
  }
}
