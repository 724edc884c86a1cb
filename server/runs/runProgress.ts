import type { Phase, PlannedWork, RunEvent, Subject } from "../../schemas/run-event.gen.ts";
import { grouped } from "../grouped.ts";
import type { RunStage } from "../protocol.ts";
import { stageWords } from "./runStages.ts";

/**
 * Progress of a run over all of its parts: the teacher's training, the teacher's outputs, the student, the student
 * alone, the evaluation. Folded from its events.
 */
export interface RunWork {
  /** In the order in which it is done. */
  parts: Part[];
  /** Index of the current part; −1 before the first. */
  at: number;
  /** Never falls while a trainer works on the run. */
  fraction: number;
  lastSeq: number;
  /** How many images are decoded, or what is read of samples, before there are parts. */
  reading?: (RunEvent & { readonly type: "progress" }) | undefined;
  /** The run that it waits for, and what that does. */
  waiting?: string;
}

interface Part extends PlannedWork {
  /** Steps or samples. */
  done: number;
  /** Events that may have been of it were not read. */
  isUnseen: boolean;
  /** Unix time in ms at which this trainer began it, and its first and latest report. Unknown where not read. */
  began?: number | undefined;
  reports?: readonly [first: Report, last: Report] | undefined;
  /** Unix time in ms at which it was over; undefined before. */
  ended?: number;
}

type Report = readonly [time: number, done: number];

export const noWork = (): RunWork => ({ parts: [], at: -1, fraction: 0, lastSeq: -1 });

/** Never 100 % before the end: the last steps, the evaluation and the files are still to come. */
const most = 0.99;

/** Folds an event in. */
export function takeWork(work: RunWork, event: RunEvent): void {
  // A long log is read at its ends: parts may have ended in between.
  if (event.seq !== work.lastSeq + 1)
    for (const part of work.parts) if (part.ended === undefined) forget(part);
  work.lastSeq = event.seq;
  if (event.type !== "warning") delete work.waiting;
  if (event.type === "teacher" && event.waiting !== undefined) work.waiting = event.waiting;
  switch (event.type) {
    case "started":
      begin(work, event);
      break;
    case "phase":
      enter(work, event);
      break;
    case "progress":
      if (event.phase === "preflight") work.reading = event;
      report(work, event, event);
      break;
    case "step":
      // The training of other networks reports progress by its own events.
      if ((event.subject ?? "student") === "student")
        report(work, { phase: "train", time: event.time }, { done: event.step });
      break;
    case "completed":
      work.fraction = 1;
      return;
  }
  work.fraction = Math.max(work.fraction, Math.min(most, fractionOf(work)));
}

/** Estimated seconds until the run is done; undefined before anything is measured. */
export function secondsLeft({ parts }: RunWork): number | undefined {
  if (parts.every((part) => msEach(part) === undefined)) return undefined;
  const seconds = secondsOf(parts);
  return parts.reduce((sum, part, index) => sum + (seconds[index] ?? 0) * (1 - share(part)), 0);
}

/** What a run is doing, with how far it is where that is no part of its plan: `decoding images, 12,000 of 60,000`. */
export function doingWords({
  phase = "preflight",
  subject,
  work: { parts, reading, waiting },
  stages,
}: Doing): string {
  if (waiting !== undefined) return `waits for ${waiting}`;
  const stage = phase === "train" && (subject ?? "student") === "student" ? stageWords(stages) : undefined;
  if (stage !== undefined) return `${phaseWords(phase, subject)}, stage ${stage}`;
  // Outputs that are in the cache are read at once, and report no progress.
  if (phase === "cache" && parts.find(isOf({ phase }))?.reports !== undefined)
    return "computing teacher outputs";
  if (phase !== "preflight" || reading === undefined) return phaseWords(phase, subject);
  const { what = "images", done, total } = reading;
  return what === "images"
    ? `decoding images, ${grouped(done)} of ${grouped(total)}`
    : `reading samples into the cache, ${Math.floor((100 * done) / Math.max(1, total))} %`;
}

interface Doing {
  readonly phase: string | undefined;
  readonly subject: Subject | undefined;
  readonly work: RunWork;
  readonly stages?: readonly RunStage[] | undefined;
}

/** As in `training the student alone`. */
export function phaseWords(phase: string | undefined, subject?: Subject): string {
  if (phase === "train" && subject === "studentAlone") return "training the student alone";
  if (phase === "teacher" && subject === "teacher") return "training the teacher";
  return phase === undefined ? "starting" : (words[phase] ?? phase);
}

const words: Readonly<Record<string, string>> = {
  preflight: "checking data and models",
  teacher: "preparing the teacher",
  cache: "preparing teacher outputs",
  train: "training",
  evaluate: "evaluating",
  export: "exporting",
};

function begin(work: RunWork, { plan, step, totalSteps }: RunEvent & { type: "started" }): void {
  // Runs of versions without plans report the student's steps only.
  const planned = plan ?? [{ phase: "train" as const, total: totalSteps, cost: 1 }];
  work.parts = planned.map((part) => ({ ...part, done: 0, isUnseen: false }));
  work.at = -1;
  work.fraction = 0;
  const own = work.parts.find(isOf({ phase: "train" }));
  if (own) own.done = step;
}

interface Place {
  readonly phase: Phase;
  readonly subject?: Subject;
}

const isOf =
  ({ phase, subject = "student" }: Place) =>
  (part: PlannedWork): boolean =>
    part.phase === phase && (phase !== "train" || (part.subject ?? "student") === subject);

function enter(work: RunWork, place: Place & { readonly time: number }): void {
  const at = work.parts.findIndex(isOf(place));
  if (at <= work.at) return;
  for (const part of work.parts.slice(0, at)) {
    if (part.ended !== undefined) continue;
    part.ended = place.time;
    if (!part.isUnseen) part.began ??= place.time; // passed over
  }
  work.at = at;
  (work.parts[at] as Part).began = place.time;
}

function report(
  work: RunWork,
  place: Place & { readonly time: number },
  { done, total }: { readonly done: number; readonly total?: number },
): void {
  enter(work, place);
  const part = work.parts.find(isOf(place));
  if (part === undefined || part.ended !== undefined) return;
  if (total !== undefined) {
    part.cost *= part.total > 0 ? total / part.total : 1;
    part.total = total;
  }
  part.done = done;
  const report: Report = [place.time, done];
  part.reports = [part.reports?.[0] ?? report, report];
}

function forget(part: Part): void {
  part.isUnseen = true;
  part.began = undefined;
  part.reports = undefined;
}

const share = ({ ended, done, total }: Part): number =>
  ended !== undefined ? 1 : total > 0 ? Math.min(1, done / total) : 0;

function fractionOf({ parts }: RunWork): number {
  const seconds = secondsOf(parts);
  const whole = seconds.reduce((sum, own) => sum + own, 0);
  const done = parts.reduce((sum, part, index) => sum + (seconds[index] ?? 0) * share(part), 0);
  return whole > 0 ? done / whole : 0;
}

/** In ms. Events are timed to the millisecond, and several steps are often reported in the same one. */
const measurable = 200;

/** Milliseconds of a step or sample, as measured. */
function msEach({ reports }: Part): number | undefined {
  if (reports === undefined) return undefined;
  const [first, last] = reports;
  if (last[1] <= first[1]) return undefined;
  if (last[0] - first[0] < measurable) return undefined;
  return (last[0] - first[0]) / (last[1] - first[1]);
}

/**
 * Seconds of each part: by its own pace; for a part found done, such as a trained teacher, the time to find it; for the rest by
 * its cost, at the pace of the measured parts.
 */
function secondsOf(parts: readonly Part[]): number[] {
  const measured = parts.flatMap((part) => {
    const ms = msEach(part);
    return ms === undefined ? [] : [{ ms: ms * part.total, cost: part.cost }];
  });
  const cost = measured.reduce((sum, own) => sum + own.cost, 0);
  const msOfCost = cost > 0 ? measured.reduce((sum, own) => sum + own.ms, 0) / cost : undefined;
  return parts.map((part) => {
    const ms = msEach(part);
    // Early stopping ends a training before its last step.
    if (ms !== undefined) return (ms * (part.ended === undefined ? part.total : part.done)) / 1000;
    const { began, ended } = part;
    if (began !== undefined && ended !== undefined) {
      if (msOfCost !== undefined) return (ended - began) / 1000;
      // Before anything is measured, costs cannot be converted to seconds.
      if (part.reports === undefined) return 0;
    }
    return ((msOfCost ?? 1) * part.cost) / 1000;
  });
}
