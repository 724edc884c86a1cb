import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fileStore } from "./fileStore.ts";
import { serverStore } from "./serverStore.ts";
import type { RunStore } from "./trackedRun.ts";
import { addressOf, type ServerOptions, trackingServer } from "./trackingServer.ts";

/**
 * Where MLflow keeps runs: a server by its address, or a file store by its folder, which MLflow also writes as `file:`.
 * @param base absolute; a relative path starts there
 * @returns an address, or an absolute path
 * @throws RunError `address`
 */
export function mlflowPlace(text: string, base: string): string {
  if (/^file:\/\//i.test(text)) return fileURLToPath(text);
  return isAddress(text) ? addressOf(text) : resolve(base, text);
}

/** @param place as `mlflowPlace` gives it */
export const storeAt = (place: string, environment: NodeJS.ProcessEnv, options: ServerOptions): RunStore =>
  isAddress(place) ? serverStore(trackingServer(place, environment, options)) : fileStore(place);

/** A drive of Windows is no scheme. */
const isAddress = (text: string): boolean => /^[a-z][a-z\d+.-]*:\/\//i.test(text);
