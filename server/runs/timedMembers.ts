import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { SweepStop } from "../executors/executor.ts";
import { expand, type Settings } from "../sweep/expand.ts";
import { slowText, untimedText } from "../sweep/leftOut.ts";
import type { EventLog } from "./eventLog.ts";
import { latencyBudget } from "./latencyBudget.ts";
import { memberOf, type RunDirectory, writeJob } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { membersAt } from "./sweep.ts";

/** Draws in place of slow students, after which a sweep has fewer runs. */
const mostRounds = 8;

/**
 * The job of a sweep whose students are within its budget of milliseconds, measured before the first of its runs begins. Then it stands
 * in the job: a sweep that was stopped or killed goes on with the same ones. Throws a RunError where none is within it.
 */
export async function timedMembers(
  sweep: RunDirectory,
  job: Job,
  {
    experiment,
    log,
    stop,
  }: { readonly experiment: Experiment; readonly log: EventLog; readonly stop: SweepStop },
): Promise<Job> {
  if (experiment.sweep?.budget?.latencyMs === undefined || membersAt(sweep.path).length > 0) return job;
  // It knows experiments as the editor does, which other runs need not load.
  const { studentsWithin } = await import("../studentsWithin.ts");
  const budget = await studentsWithin(experiment, job.baseDirectory);
  const latency = budget && latencyBudget(job, { experiment, budget, stop });
  if (budget === undefined || latency === undefined) return job;
  const fits = (point: Settings) => budget.fits(point) && latency.fits(point);
  let settings = expand(experiment, { fits });
  for (let round = 1; ; round++) {
    await latency.time(settings.map(pointOf));
    if (stop.requested !== undefined) return job;
    const fast = settings.filter((own) => fits(pointOf(own)));
    latency.refuse(settings.map(pointOf).filter((point) => !latency.fits(point)));
    const isWhole = fast.length === settings.length || round === mostRounds;
    settings = isWhole ? fast : expand(experiment, { fits });
    if (isWhole) break;
  }
  const measured = latency.measured();
  const slow = slowText(measured);
  const untimed = untimedText(latency.untimed());
  if (settings.length === 0) {
    await writeJob(sweep, { ...job, latency: measured });
    const fastest = Math.min(...measured.nets.map(({ ms }) => ms));
    throw new RunError(
      "sweep-budget",
      `No student is within the budget of ${measured.limit} ms a prediction: the fastest that was timed takes ${fastest} ms.`,
      "Raise sweep.budget.latencyMs, or let the sweep try smaller students.",
    );
  }
  for (const message of [slow, untimed])
    if (message !== undefined) log.append({ type: "warning", code: "sweep-budget", message });
  const count = job.planned ?? settings.length;
  const members = settings.map((own, index) => memberOf(sweep.id, { index, count, settings: own }));
  const timed: Job = { ...job, members, latency: measured };
  await writeJob(sweep, timed);
  return timed;
}

const pointOf = ({ seed: _, ...point }: Settings): Settings => point;
