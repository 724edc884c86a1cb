import { rm } from "node:fs/promises";
import { EngineError, fileProblem } from "../engineError.ts";
import { downloadsFolder, engineFolder, enginesFolder } from "./folders.ts";
import { readManifest } from "./manifest.ts";
import type { EngineKind } from "./pinned.ts";
import { refuseForeign } from "./place.ts";

/** Removes an engine that was built here, and partial downloads. Only removes a folder that is an engine. */
export async function removeEngine(kind: EngineKind, engines: string = enginesFolder()): Promise<string> {
  const folder = engineFolder(kind, engines);
  await rm(downloadsFolder(engines), { recursive: true, force: true });
  if (!(await readManifest(folder))) {
    await refuseForeign(folder);
    throw new EngineError("not-installed", `There is no engine in ${folder}.`);
  }
  try {
    await rm(folder, { recursive: true });
  } catch (error) {
    throw fileProblem(error, folder);
  }
  return folder;
}
