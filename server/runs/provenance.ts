import { dirname, join } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { changes, type Provenance } from "../data/provenance.ts";
import { grouped } from "../grouped.ts";
import { checkpointSteps, networkFolders } from "./checkpoints.ts";
import { type Era, eraOf, type Manifest, readManifest, type TrainedWith } from "./manifest.ts";
import { type RunDirectory, runDirectory } from "./runDirectory.ts";
import { eachMemberAt } from "./sweep.ts";

/** The trainer's reason not to resume. */
export interface Changed {
  readonly code: "changed-data";
  readonly message: string;
  readonly hint: string;
}

export interface Beginning {
  /** The manifest before this trainer; undefined in a new run. */
  readonly before: Manifest | undefined;
  /** Whether a checkpoint of earlier trainers is left: without one, nothing depends on the files before. */
  readonly learned: boolean;
  /** Data of the sweep's other runs, where all should have the same. */
  readonly siblings?: Provenance["data"] | undefined;
  /** The user accepts the files as they are now. */
  readonly accepted: boolean;
  readonly trainedWith: TrainedWith;
  /** The step to resume from. */
  readonly step: () => Promise<number>;
  /** The commands to continue. */
  readonly ways: { readonly anew: string; readonly accept: string };
}

/** Facts for the manifest, or why the run does not resume. */
export type Learned = Provenance & { readonly history: readonly Era[] };

/**
 * Compares data, teacher and starting weights with those that the run began with, before anything of it is overwritten. They may come in parts,
 * as the teacher is opened after the data.
 */
export function provenanceOf({ before, learned, siblings, accepted, trainedWith, step, ways }: Beginning) {
  const eras = learned ? (before?.history ?? []) : [];
  const last = eras.at(-1);
  let found: Provenance = {};
  let hasChanged = last !== undefined && otherEngine(last, trainedWith) !== undefined;
  return async (part: Provenance): Promise<Learned | Changed> => {
    const differing = last
      ? changes(last, part)
      : changes(siblings === undefined ? {} : { data: siblings }, part);
    if (differing.length > 0 && !accepted) {
      const whose = last ? "The run" : "The sweep";
      const what = differing.map(({ words, before, now }) => `${words} (SHA-256 ${before} → ${now})`);
      return {
        code: "changed-data",
        message: `${whose} began with other files: ${what.join("; ")}.`,
        hint: `Restore the file, start again with \`${ways.anew}\`, or accept the change with \`${ways.accept}\`, which marks the run.`,
      };
    }
    hasChanged ||= differing.length > 0;
    found = { ...found, ...part };
    return { ...found, history: await history() };
  };

  async function history(): Promise<Era[]> {
    if (last === undefined) return [{ step: 0, ...trainedWith, ...found }];
    const at = await step();
    if (!hasChanged) return [...eras.slice(0, -1), { ...last, ...found, step: Math.min(last.step, at) }];
    // Nothing is left of an era that began here or later.
    const kept = eras.filter((era) => era.step < at);
    return [...kept, { ...eraOf(last), ...trainedWith, ...found, step: at }];
  }
}

/** Whether a checkpoint of any of its networks is left. */
export async function hasLearned({ path }: RunDirectory): Promise<boolean> {
  const steps = await Promise.all(networkFolders(path).map(checkpointSteps));
  return steps.some((found) => found.length > 0);
}

/** Data of the other runs of a sweep, unless the sweep varies it. */
export async function siblingsData(run: RunDirectory, { sweep }: Job): Promise<Provenance["data"]> {
  if (sweep === undefined) return undefined;
  if (Object.keys(sweep.settings).some(isOfData)) return undefined;
  for (const sibling of eachMemberAt(runDirectory(join(dirname(run.path), sweep.id)).path)) {
    const { data } = (sibling.id === run.id ? undefined : await readManifest(sibling)) ?? {};
    if (data !== undefined) return data;
  }
  return undefined;
}

/** Whether a setting chooses the data. */
export const isOfData = (path: string): boolean => /^data\b/.test(path);

/** The commands to continue after a refusal. */
export const waysOn = ({ id }: RunDirectory, { sweep, experimentFile }: Job): Beginning["ways"] => ({
  anew: `distill run ${experimentFile}`,
  accept: `distill resume ${sweep?.id ?? id} --accept-changed-data`,
});

/** Changes of a run's data, teacher and starting weights, in sentences: `from step 40: other training data: 900 of 1,000 samples`. */
export function marks({ history = [] }: Pick<Manifest, "history">): string[] {
  return eraSentences(history, (before, era) => changes(before, era).map(({ words }) => words));
}

/** As `marks`, of engines: `from step 40: onnxruntime 1.31.0 in place of onnxruntime 1.30.0`. */
export function engineMarks({ history = [] }: Pick<Manifest, "history">): string[] {
  return eraSentences(history, (before, era) => {
    const other = otherEngine(before, era);
    return other === undefined ? [] : [`${other.now} in place of ${other.before}`];
  });
}

function eraSentences(
  history: readonly Era[],
  words: (before: Era, era: Era) => readonly string[],
): string[] {
  return history.flatMap((era, index) => {
    const before = history[index - 1];
    const differences = before === undefined ? [] : words(before, era);
    return differences.length === 0 ? [] : [`from step ${grouped(era.step)}: ${differences.join("; ")}`];
  });
}

/** Where another engine, device or version continues a run: its name and the one before. */
export function otherEngine(
  before: TrainedWith,
  now: TrainedWith,
): { readonly before: string; readonly now: string } | undefined {
  const [was, is] = [partsOf(before), partsOf(now)];
  const differing = is.flatMap((part, index) => {
    const old = was[index];
    return part !== undefined && old !== undefined && part !== old ? [[old, part] as const] : [];
  });
  if (differing.length === 0) return undefined;
  return {
    before: differing.map(([old]) => old).join(", "),
    now: differing.map(([, part]) => part).join(", "),
  };
}

const partsOf = ({ engine, device, versions: { distillery } = {} }: TrainedWith) => [
  engine === undefined ? undefined : [engine, device].filter(Boolean).join(", "),
  distillery && `Distillery ${distillery}`,
];
