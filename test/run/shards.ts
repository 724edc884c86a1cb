import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scene } from "./support.ts";

/** Hashes of what the cache of a scene has of teachers' outputs, whole or in pieces, by name. */
export async function cachedOutputs({ runs }: Scene): Promise<Readonly<Record<string, string>>> {
  const cache = join(runs, "..", "cache");
  const files = (await readdir(cache, { withFileTypes: true })).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).sort();
  const hash = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(cache, name)))
      .digest("hex");
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hash(name)] as const)));
}

/** The environment in which the process of a shard, as `2/3`, dies before it begins. */
export const dyingShard = (shard: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `if (process.argv.includes("${shard}")) { console.error("Its memory is gone."); process.exit(9); }`,
  )}`,
});
