import { createHash } from "node:crypto";
import { statsOf } from "../reading.ts";

/** So many are asked for at once. */
const atOnce = 64;

/**
 * Tells files as they are now from others, and from what they were: by their paths, sizes and times, of which nobody can set that of
 * the last change. Whoever reads all of their bytes has read them.
 */
export async function identityOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (let start = 0; start < files.length; start += atOnce) {
    const some = files.slice(start, start + atOnce);
    const stats = await Promise.all(some.map(statsOf));
    hash.update(
      JSON.stringify(some.map((file, i) => [file, stats[i]?.size, stats[i]?.mtimeMs, stats[i]?.ctimeMs])),
    );
  }
  return hash.digest("hex");
}
