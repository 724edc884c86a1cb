import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import { type Settings, searchSpace } from "../sweep/expand.ts";
import { byValidation, isTrained, type MemberResult, meansOf, resultsOf } from "../sweep/results.ts";
import { proposal } from "../sweep/tpe.ts";
import { memberResults } from "./memberResults.ts";
import { memberOf, type RunDirectory, readJob, writeJob } from "./runDirectory.ts";

interface Proposing {
  /** Of the sweep. */
  readonly experiment: Experiment;
  readonly stop: { readonly requested?: string };
  /** Runs that are proposed together, as many as train at a time. */
  readonly atOnce: number;
  /** Trains runs to their ends. @param whole names all that are known */
  readonly train: (members: readonly Member[], whole: Job) => Promise<void>;
}

/**
 * Trains the runs of a sweep that are proposed by what those before them reach, as many together as train at a time. All before
 * them have ended then, whichever was faster, and the sweep's job names them before one begins: a sweep that was killed goes on with
 * the same ones.
 */
export async function proposed(
  sweep: RunDirectory,
  { experiment, stop, atOnce, train }: Proposing,
): Promise<void> {
  let job = await readJob(sweep);
  if (job.planned === undefined) return;
  // It knows experiments as the editor does, which other runs need not load.
  const { studentsWithin } = await import("../studentsWithin.ts");
  const fits = await studentsWithin(experiment, job.baseDirectory);
  while (job.planned !== undefined && stop.requested === undefined) {
    const results = await memberResults(sweep);
    if (!results.every(hasEnded)) return;
    const next = nextMembers(sweep, { results, experiment, atOnce, fits, planned: job.planned });
    const members = [...(job.members ?? []), ...next];
    const { planned, ...others } = job;
    const isWhole = next.length === 0 || members.length >= planned;
    job = { ...others, members, ...(isWhole ? {} : { planned }) };
    await writeJob(sweep, job);
    await train(next, job);
  }
}

/** A run that failed is not among the good ones; one that was stopped or killed has to come to its end first. */
const hasEnded = ({ summary }: MemberResult): boolean =>
  summary !== undefined && (isTrained(summary) || summary.state === "failed");

/** None where no combination is left. */
function nextMembers(
  sweep: RunDirectory,
  {
    results,
    experiment,
    atOnce,
    fits,
    planned,
  }: {
    readonly results: readonly MemberResult[];
    readonly experiment: Experiment;
    readonly atOnce: number;
    readonly fits: ((point: Settings) => boolean) | undefined;
    readonly planned: number;
  },
): Member[] {
  const seeds = experiment.seeds?.map((seed) => ({ seed })) ?? [{}];
  const known = resultsOf(results);
  const isDone = (point: (typeof known)[number]) => point.completed === point.runs.length;
  const ranked = known.filter(isDone).sort((a, b) => byValidation(meansOf(a), meansOf(b)));
  const left = Math.floor((planned - results.length) / seeds.length);
  const pending = known.filter((point) => !isDone(point)).map(({ settings }) => settings);
  const points: Settings[] = [];
  while (points.length < Math.min(left, Math.ceil(atOnce / seeds.length))) {
    const point = proposal({
      ...searchSpace(experiment),
      ranked: ranked.map(({ settings }) => settings),
      pending: [...pending, ...points],
      number: known.length + points.length,
      fits,
    });
    if (point === undefined) break;
    points.push(point);
  }
  return points
    .flatMap((point) => seeds.map((seed) => ({ ...point, ...seed })))
    .map((settings, index) =>
      memberOf(sweep.id, { index: results.length + index, count: planned, settings }),
    );
}
