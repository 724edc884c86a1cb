import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import type { SweepStop } from "../executors/executor.ts";
import type { StudentBudget } from "../language/studentBudget.ts";
import { type Settings, searchSpace } from "../sweep/expand.ts";
import { untimedText } from "../sweep/leftOut.ts";
import { byValidation, isTrained, type MemberResult, meansOf, resultsOf } from "../sweep/results.ts";
import { proposal } from "../sweep/tpe.ts";
import type { EventLog } from "./eventLog.ts";
import { type LatencyBudget, latencyBudget } from "./latencyBudget.ts";
import { memberResults } from "./memberResults.ts";
import { memberOf, type RunDirectory, readJob, writeJob } from "./runDirectory.ts";

interface Proposing {
  /** Of the sweep. */
  readonly experiment: Experiment;
  readonly stop: SweepStop;
  readonly log: EventLog;
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
  { experiment, log, stop, atOnce, train }: Proposing,
): Promise<void> {
  let job = await readJob(sweep);
  if (job.planned === undefined) return;
  // It knows experiments as the editor does, which other runs need not load.
  const { studentsWithin } = await import("../studentsWithin.ts");
  const budget = await studentsWithin(experiment, job.baseDirectory);
  const latency = budget && latencyBudget(job, { experiment, budget, stop });
  while (job.planned !== undefined && stop.requested === undefined) {
    const results = await memberResults(sweep);
    if (!results.every(hasEnded)) return;
    const next = await nextMembers(sweep, {
      ...{ results, experiment, atOnce, budget, latency },
      planned: job.planned,
    });
    if (stop.requested !== undefined) return;
    const untimed = untimedText(latency?.untimed() ?? []);
    if (untimed !== undefined) log.append({ type: "warning", code: "sweep-budget", message: untimed });
    const members = [...(job.members ?? []), ...next];
    const { planned, ...others } = job;
    const isWhole = next.length === 0 || members.length >= planned;
    job = {
      ...{ ...others, members, ...(isWhole ? {} : { planned }) },
      ...(latency && { latency: latency.measured() }),
    };
    await writeJob(sweep, job);
    await train(next, job);
  }
}

/** A run that failed is not among the good ones; one that was stopped or killed has to come to its end first. */
const hasEnded = ({ summary }: MemberResult): boolean =>
  summary !== undefined && (isTrained(summary) || summary.state === "failed");

/** Proposals that were too slow after which none is taken to be fast enough. */
const mostSlow = 20;

/** None where no combination is left. */
async function nextMembers(
  sweep: RunDirectory,
  {
    results,
    experiment,
    atOnce,
    budget,
    latency,
    planned,
  }: {
    readonly results: readonly MemberResult[];
    readonly experiment: Experiment;
    readonly atOnce: number;
    readonly budget: StudentBudget | undefined;
    readonly latency: LatencyBudget | undefined;
    readonly planned: number;
  },
): Promise<Member[]> {
  const seeds = experiment.seeds?.map((seed) => ({ seed })) ?? [{}];
  const known = resultsOf(results);
  const isDone = (point: (typeof known)[number]) => point.completed === point.runs.length;
  const ranked = known.filter(isDone).sort((a, b) => byValidation(meansOf(a), meansOf(b)));
  const left = Math.floor((planned - results.length) / seeds.length);
  const pending = known.filter((point) => !isDone(point)).map(({ settings }) => settings);
  const points: Settings[] = [];
  const slow: Settings[] = latency?.measured().nets.flatMap(({ refused = [] }) => refused) ?? [];
  for (let timed = 0; points.length < Math.min(left, Math.ceil(atOnce / seeds.length)); ) {
    const point = proposal({
      ...searchSpace(experiment),
      ranked: ranked.map(({ settings }) => settings),
      // The search moves away from students that are too slow as from those that reach little.
      pending: [...pending, ...points, ...slow],
      number: known.length + points.length,
      fits: (one) => (budget?.fits(one) ?? true) && (latency?.fits(one) ?? true),
    });
    if (point === undefined || timed === mostSlow) break;
    await latency?.time([point]);
    if (latency?.fits(point) ?? true) points.push(point);
    else {
      latency?.refuse([point]);
      slow.push(point);
      timed++;
    }
  }
  return points
    .flatMap((point) => seeds.map((seed) => ({ ...point, ...seed })))
    .map((settings, index) =>
      memberOf(sweep.id, { index: results.length + index, count: planned, settings }),
    );
}
