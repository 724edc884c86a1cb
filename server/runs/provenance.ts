import { dirname, join } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { changes, type Provenance } from "../data/provenance.ts";
import { grouped } from "../grouped.ts";
import { checkpointSteps } from "./checkpoints.ts";
import { type Era, eraOf, type Manifest, readManifest, type TrainedWith } from "./manifest.ts";
import { type RunDirectory, runDirectory } from "./runDirectory.ts";
import { membersAt } from "./sweep.ts";

/** What stands in the way of going on, as a trainer says it. */
export interface Changed {
  readonly code: "changed-data";
  readonly message: string;
  readonly hint: string;
}

export interface Beginning {
  /** What the manifest said before this trainer; undefined in a new run. */
  readonly before: Manifest | undefined;
  /** Whether anything is left of what earlier trainers learned: without it nothing depends on the files before. */
  readonly learned: boolean;
  /** What the sweep's other runs learned from, where all of them should have the same data. */
  readonly siblings?: Provenance["data"] | undefined;
  /** A person wants to go on with what is there now. */
  readonly accepted: boolean;
  readonly trainedWith: TrainedWith;
  /** The step that is gone on from. */
  readonly step: () => Promise<number>;
  /** The commands that lead on. */
  readonly ways: { readonly anew: string; readonly accept: string };
}

/** Facts for the manifest, or why the run does not go on. */
export type Learned = Provenance & { readonly history: readonly Era[] };

/**
 * Holds what a trainer finds against what its run began with, before anything of it is overwritten. What it finds may
 * come in parts, as the teacher is opened after the data.
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
        message: `${whose} did not begin with what is there now: ${what.join("; ")}.`,
        hint: `Restore the file, start anew with \`${ways.anew}\`, or go on all the same with \`${ways.accept}\`, which marks the run.`,
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
    // Of an era that began here or later nothing is left.
    const kept = eras.filter((era) => era.step < at);
    return [...kept, { ...eraOf(last), ...trainedWith, ...found, step: at }];
  }
}

/** Whether a checkpoint of any of its networks is left. */
export async function hasLearned({ path }: RunDirectory): Promise<boolean> {
  const networks = ["", "teacher", "studentAlone"];
  const steps = await Promise.all(networks.map((network) => checkpointSteps(join(path, network))));
  return steps.some((found) => found.length > 0);
}

/** What the other runs of a sweep learned from, unless it varies what they learn from. */
export async function siblingsData(run: RunDirectory, { sweep }: Job): Promise<Provenance["data"]> {
  if (sweep === undefined) return undefined;
  if (Object.keys(sweep.settings).some(isOfData)) return undefined;
  for (const sibling of membersAt(runDirectory(join(dirname(run.path), sweep.id)).path)) {
    const { data } = (sibling.id === run.id ? undefined : await readManifest(sibling)) ?? {};
    if (data !== undefined) return data;
  }
  return undefined;
}

/** Whether a setting says what is learned from. */
export const isOfData = (path: string): boolean => /^data\b/.test(path);

/** The commands that lead on from a refusal. */
export const waysOn = ({ id }: RunDirectory, { sweep, experimentFile }: Job): Beginning["ways"] => ({
  anew: `distill run ${experimentFile}`,
  accept: `distill resume ${sweep?.id ?? id} --accept-changed-data`,
});

/** What of a run changed under it, in sentences: `from step 40: other training data: 900 of 1,000 samples`. */
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
    const said = before === undefined ? [] : words(before, era);
    return said.length === 0 ? [] : [`from step ${grouped(era.step)}: ${said.join("; ")}`];
  });
}

/** Where another engine, device or Distillery goes on: its name and that of the one before. */
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
