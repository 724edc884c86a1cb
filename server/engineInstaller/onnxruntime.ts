import { rm } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import { enginesFolder } from "../installedEngines/folders.ts";
import {
  fetchedRuntime,
  onnxruntimeVersion,
  runtimeFolder,
  runtimePackage,
} from "../installedEngines/onnxruntime.ts";
import { lastWords, run } from "../subprocess.ts";
import { fetchArchive, missingFrom } from "./fetchArchive.ts";
import { checkFolder, type InstallOptions } from "./installOptions.ts";
import { assertUnused } from "./inUse.ts";
import { type Archive, bytesOf, runtimeArchives } from "./pinned.ts";
import { downloadsFolder, installing, refuseForeign, removeStale, staged } from "./place.ts";
import { checkDisk, findNpm } from "./tools.ts";
import { untar } from "./unpack.ts";

/**
 * ONNX Runtime for a package that comes without it. Its npm package downloads CUDA's libraries in a script, so it is no
 * dependency of ours: its archives are fetched, compared with pinned hashes, and this platform's part is unpacked.
 */
export interface InstalledRuntime {
  readonly folder: string;
  readonly version: string;
  /** It was already installed. */
  readonly unchanged: boolean;
}

export interface RuntimeOptions extends InstallOptions {
  /** Is told, before anything is fetched, how many bytes are, and where to. */
  readonly announce?: (download: { readonly bytes: number; readonly folder: string }) => void;
  /** The pinned ones when absent. */
  readonly archives?: readonly Archive[];
}

/** Fetches it into the folder of this user's engines, unless it is there. @throws EngineError, and then changes nothing */
export async function installRuntime(options: RuntimeOptions = {}): Promise<InstalledRuntime> {
  const { engines = enginesFolder(), signal } = options;
  return installing(() => install(engines, options), { engines, signal });
}

async function install(
  engines: string,
  { from, force = false, signal, progress = () => {}, announce, archives = runtimeArchives }: RuntimeOptions,
): Promise<InstalledRuntime> {
  const folder = runtimeFolder(engines);
  const installed = { folder, version: onnxruntimeVersion };
  await removeStale(folder);
  if (fetchedRuntime(engines) === undefined) await refuseForeign(folder);
  else if (!force) return { ...installed, unchanged: true };
  if (from !== undefined) await checkFolder(from);
  announce?.({ bytes: archives.reduce((sum, { size }) => sum + size, 0), folder });
  await staged(folder, async (stage, scratch) => {
    const downloads = downloadsFolder(engines);
    await checkDisk(engines, bytesOf(archives));
    const missing = await missingFrom(archives, [from ?? downloads, downloads]);
    const npm = missing.length > 0 ? await findNpm({ signal }) : "npm";
    for (const archive of archives) {
      const what = `${archive.name} ${archive.version}, ${Math.ceil(archive.size / 1e6)} MB`;
      const report = (done: number) => progress({ step: "fetch", what, done });
      report(0);
      const tools = { npm, python: "python3", signal, progress: report };
      const file = await fetchArchive(archive, { from, downloads, scratch, ...tools });
      const target = path.join(stage, "node_modules", archive.name);
      await untar(file, (member) => {
        const part = member.slice("package/".length);
        return isNeeded(part) ? path.join(target, part) : undefined;
      });
    }
    await rm(scratch, { recursive: true });
    progress({ step: "probe", what: "loading it" });
    await probe(runtimePackage(stage), signal);
  });
  return { ...installed, unchanged: false };
}

/** Code, and the libraries of this platform. */
const isNeeded = (part: string): boolean =>
  /^(package\.json|dist\/(?!esm\/).*(\.js|\/package\.json)|LICENSE.*|ThirdPartyNotices.*)$/i.test(part) ||
  part.startsWith(`bin/napi-v6/${process.platform}/${process.arch}/`);

/** In a process of its own: a library that does not fit may crash it. */
async function probe(runtime: string, signal: AbortSignal | undefined): Promise<void> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: "1", ORT_DISABLE_TELEMETRY: "1" };
  const outcome = await run(process.execPath, ["-e", "require(process.argv[1])", runtime], { env, signal });
  if (outcome.code === 0) return;
  throw new EngineError(
    "load-failed",
    `ONNX Runtime ${onnxruntimeVersion} does not load on this machine (${process.platform}-${process.arch}).`,
    "Its libraries are for Linux with glibc, macOS on ARM, and Windows.",
    lastWords(outcome),
  );
}

/** Removes what was fetched. @returns its folder */
export async function removeRuntime(engines: string = enginesFolder()): Promise<string> {
  const folder = runtimeFolder(engines);
  if (fetchedRuntime(engines) === undefined)
    throw new EngineError("not-installed", `There is no engine in ${folder}.`);
  await assertUnused(folder);
  await installing(() => rm(folder, { recursive: true }), { engines });
  return folder;
}
