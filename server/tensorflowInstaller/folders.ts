import path from "node:path";
import { type Environment, userFolder } from "../userFolder.ts";
import { type EngineKind, onnxruntimeVersion } from "./pinned.ts";

/** Folder of this user's engines: DISTILL_ENGINES, else in the platform's folder for application data. */
export function enginesFolder(environment: Environment = process.env): string {
  const given = environment["DISTILL_ENGINES"];
  if (given) return path.resolve(given);
  return path.join(userFolder("data", environment), "distillery", "engines");
}

export function engineFolder(kind: EngineKind, engines: string = enginesFolder()): string {
  return path.join(engines, `tensorflow-${kind}`);
}

/** Of the version that this package was made with; another one's is another folder. */
export function runtimeFolder(engines: string = enginesFolder()): string {
  return path.join(engines, `onnxruntime-${onnxruntimeVersion}`);
}

/** The package in such a folder, which finds the other one beside it. */
export const runtimePackage = (folder: string): string =>
  path.join(folder, "node_modules", "onnxruntime-node");

/** Complete archives, kept until their engine is installed. */
export function downloadsFolder(engines: string): string {
  return path.join(engines, "downloads");
}
