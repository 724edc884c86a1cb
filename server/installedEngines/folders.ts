import path from "node:path";
import type { EngineKind } from "../protocol.ts";
import { type Environment, userFolder } from "../userFolder.ts";

/** Folder of this user's engines: DISTILL_ENGINES, else in the platform's folder for application data. */
export function enginesFolder(environment: Environment = process.env): string {
  const given = environment["DISTILL_ENGINES"];
  if (given) return path.resolve(given);
  return path.join(userFolder("data", environment), "distillery", "engines");
}

export function engineFolder(kind: EngineKind, engines: string = enginesFolder()): string {
  return path.join(engines, `tensorflow-${kind}`);
}
