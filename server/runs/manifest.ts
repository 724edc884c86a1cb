import type { ManifestFile } from "../../schemas/run-files.gen.ts";
import type { Provenance } from "../data/provenance.ts";
import type { RawSample } from "../data/rawSample.ts";
import type { RunStage, RunWarning } from "../protocol.ts";
import type { Softness } from "../statistics/softness.ts";
import { writeFileDurably } from "./durable.ts";
import { runFormat } from "./format.ts";
import { type KnownFile, readKnownFile } from "./knownFiles.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { readRunFile } from "./verifyRun.ts";

/** manifest.json: what a run was trained with and from. A run of an earlier version may lack any of it. */
export interface Manifest extends Provenance, TrainedWith {
  readonly threads?: number;
  /** Most bytes that the last trainer had taken when it trained the student. */
  readonly memory?: number;
  /** Of the experiment's folder when the last trainer began. */
  readonly gitCommit?: string;
  readonly machine?: Machine;
  /** What trained the teacher that the experiment describes. */
  readonly teacherEngine?: string;
  readonly engineReason?: string;
  /** Where the training samples are, if not in memory. */
  readonly placement?: string;
  readonly layout?: string;
  /** Of the student's training. */
  readonly stages?: readonly RunStage[];
  /** How an undeclared teacher was read. */
  readonly teacherReading?: string;
  /** How soft the teacher's outputs are at each temperature. */
  readonly softness?: Softness;
  /** Warnings of the last trainer, each once. */
  readonly warnings?: readonly RunWarning[];
  /** Of the training data. */
  readonly samples?: RawSample;
  /** Data, teacher and engine, each from a step on; the last era equals the fields above. */
  readonly history?: readonly Era[];
}

interface Machine {
  readonly platform?: string;
  readonly arch?: string;
  readonly cpu?: string;
  readonly cores?: number;
  readonly memoryGiB?: number;
}

export interface TrainedWith {
  readonly engine?: string;
  readonly device?: string;
  readonly versions?: { readonly distillery?: string; readonly node?: string };
}

/** Valid after this step, counted from 0, until the next era begins. */
export interface Era extends Provenance, TrainedWith {
  readonly step: number;
}

/** undefined where a run has none yet. Throws a RunError for one that is damaged, or that a newer version wrote. */
export async function readManifest({ manifest: path }: RunDirectory): Promise<Manifest | undefined> {
  const content = await readRunFile("manifest", path);
  return content && migrated(content);
}

export async function writeManifest({ manifest: path }: RunDirectory, manifest: Manifest): Promise<void> {
  await writeFileDurably(path, `${JSON.stringify({ ...manifest, format: runFormat }, null, 2)}\n`);
}

/** As readManifest, cached while its stamp is the same. */
export async function readKnownManifest(
  { manifest: path }: RunDirectory,
  known: KnownFile<"manifest"> | undefined,
): Promise<{ readonly file: KnownFile<"manifest"> | undefined; readonly manifest: Manifest | undefined }> {
  const file = await readKnownFile("manifest", path, known);
  return { file, manifest: file && migrated(file.value) };
}

/** Format 1 had hashes only and no history; earlier versions kept one kind of warning, as a sentence. */
function migrated({ data, teacher, teacherDoubt, ...rest }: ManifestFile): Manifest {
  const sources = Object.entries(data ?? {}).map(
    ([key, source]) => [key, typeof source === "string" ? { hash: source } : source] as const,
  );
  const manifest: Manifest = {
    ...(teacherDoubt === undefined ? {} : { warnings: [{ code: "teacher-doubt", message: teacherDoubt }] }),
    ...rest,
    ...(data === undefined ? {} : { data: Object.fromEntries(sources) }),
    ...(teacher === undefined ? {} : { teacher: typeof teacher === "string" ? { hash: teacher } : teacher }),
  };
  if (manifest.history !== undefined || manifest.data === undefined) return manifest;
  return { ...manifest, history: [{ step: 0, ...eraOf(manifest) }] };
}

/** The part of a manifest that an era keeps. */
export const eraOf = ({
  data,
  teacher,
  student,
  normalize,
  modules,
  engine,
  device,
  versions,
}: Manifest): Omit<Era, "step"> =>
  known({ data, teacher, student, normalize, modules, engine, device, versions });

const known = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
