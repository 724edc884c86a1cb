import type { Settings } from "../protocol.ts";

const name = "DISTILL_CACHE_GB";
/** As this process began. */
const given = process.env[name];

/** Limits what samples in the cache may take on disk, here and in the trainers that are started from here: they inherit it. */
export function limitImageCache({ imageCacheGigabytes: limit }: Settings): void {
  const chosen = typeof limit === "number" && limit > 0 ? String(limit) : given;
  if (chosen === undefined) delete process.env[name];
  else process.env[name] = chosen;
}
