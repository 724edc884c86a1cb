import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import type { EngineKind } from "../protocol.ts";
import { engineFolder, enginesFolder } from "./folders.ts";
import { addonFile, checkFiles, readManifest } from "./manifest.ts";

/** The npm packages with TensorFlow's addon. */
export const addonPackages = {
  cpu: "@tensorflow/tfjs-node",
  gpu: "@tensorflow/tfjs-node-gpu",
} as const satisfies Record<EngineKind, string>;

/** tfjs-node's loader picks this N-API version on every Node since 12.22. */
export const napiVersion = 8;

/** A TensorFlow on this machine, working or not. */
export interface FoundEngine {
  readonly kind: EngineKind;
  /** `package`: an npm package with its own binary; `folder`: built by `distill engine install`. */
  readonly source: "package" | "folder";
  readonly folder: string;
  readonly addon: string;
  /** From the engine's folder; a package does not record it. */
  readonly tensorflow?: string;
}

/** An engine's report after it was loaded and has computed something. */
export interface Probe {
  readonly tensorflow: string;
  readonly gpu: boolean;
  /** Present for a GPU build that would run on the CPU. */
  readonly whyNoGpu?: string;
  /** TensorFlow's description of the card, as "NVIDIA L4, 20480 MB, compute capability 8.9". */
  readonly card?: string;
}

/** Loads an addon and computes with it, in a process of its own. @throws EngineError */
export type ProbeAddon = (
  addon: string,
  options: { readonly kind: EngineKind; readonly signal?: AbortSignal | undefined },
) => Promise<Probe>;

/** All engines of this machine: GPU builds first, and packages before builds in folders. */
export async function findEngines(
  engines: string = enginesFolder(),
  from: string = import.meta.url,
): Promise<FoundEngine[]> {
  const found: FoundEngine[] = [];
  for (const kind of ["gpu", "cpu"] as const) {
    const installed = packageEngine(kind, from);
    if (installed) found.push(installed);
    const folder = engineFolder(kind, engines);
    const manifest = await readManifest(folder);
    if (manifest)
      found.push({
        kind,
        source: "folder",
        folder,
        addon: path.join(folder, addonFile),
        tensorflow: manifest.tensorflow,
      });
  }
  return found;
}

/** Compares the files of an engine that was built here with those that were installed. @throws EngineError */
export async function checkEngine({ source, folder }: FoundEngine): Promise<void> {
  const manifest = source === "folder" ? await readManifest(folder) : undefined;
  if (manifest) await checkFiles(folder, manifest);
}

/** npm leaves the package without its addon where the download failed. */
function packageEngine(kind: EngineKind, from: string): FoundEngine | undefined {
  let folder: string;
  try {
    folder = path.dirname(createRequire(from).resolve(`${addonPackages[kind]}/package.json`));
  } catch {
    return undefined;
  }
  const addon = path.join(folder, "lib", `napi-v${napiVersion}`, addonFile);
  return existsSync(addon) ? { kind, source: "package", folder, addon } : undefined;
}

/** The engine to use without an explicit choice. */
export async function requireEngine(): Promise<FoundEngine> {
  const engines = await findEngines();
  const engine = engines.find(({ kind }) => kind === "cpu") ?? engines[0];
  if (engine) return engine;
  throw new EngineError(
    "not-installed",
    `There is no TensorFlow engine in ${enginesFolder()}.`,
    "Install it: distill engine install tensorflow",
  );
}
