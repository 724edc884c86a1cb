import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import type { Prepare, SweepStop } from "../executors/executor.ts";
import { executorOf } from "../executors/executors.ts";
import { memberExperiment } from "../language/memberExperiment.ts";
import type { RunSummary } from "../protocol.ts";
import { points } from "../sweep/expand.ts";
import { chosenPoints } from "../sweep/front.ts";
import { halvingOf } from "../sweep/halving.ts";
import { isSettled, isTestLeft, isTrained, type MemberResult, resultsOf } from "../sweep/results.ts";
import { prepareResume, requestTest } from "./control.ts";
import type { EventLog } from "./eventLog.ts";
import { halved } from "./halve.ts";
import { summarizeRun } from "./list.ts";
import { memberResults } from "./memberResults.ts";
import { promoted } from "./promote.ts";
import { proposed } from "./propose.ts";
import type { ResumeChanges } from "./resumeChanges.ts";
import { shareOf } from "./room.ts";
import { type RunDirectory, readJob } from "./runDirectory.ts";
import { sweptExperiment } from "./runExperiment.ts";
import { createMember, memberDirectory } from "./sweep.ts";
import { timedMembers } from "./timedMembers.ts";

/**
 * Trains the incomplete members of a sweep where its executor runs them, each in its own process, so that killing or
 * stopping one does not affect the others. Once all are trained, those of the combination that validation selects are reopened for the test
 * split. The same call starts and resumes a sweep.
 * @returns the exit code of the sweep's process
 */
export async function trainMembers(
  sweep: RunDirectory,
  given: Job,
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const experiment = await sweptExperiment(sweep);
  const job = await timedMembers(sweep, given, { experiment, log, stop });
  const { members = [], planned = members.length } = job;
  const isTestWithheld = choosesByValidation(experiment);
  const executor = executorOf(job);
  const turns = { sweep, log, stop, experiment };
  /**
   * Makes a run ready for its trainer.
   * @param rungOf epochs after which it waits; undefined: it trains to its end
   */
  const prepareTo =
    (rungOf: (member: Member) => number | undefined, whole = job): Prepare =>
    async (member, before) => {
      const run = memberDirectory(sweep, member);
      const rung = rungOf(member);
      if (before !== undefined && (isTrained(before) || hasReached(before, rung))) return false;
      if (before !== undefined) await prepareResume(run.path, changesOf(job), { ...job, rung });
      else
        await createMember(sweep, whole, {
          member,
          experiment: memberExperiment(experiment, member.settings, job.name),
          isTestWithheld,
          rung,
        });
      return true;
    };
  /** @param whole names all runs that are known */
  const trainTo = (some: readonly Member[], rung?: number, whole = job) =>
    executor.train(
      some,
      { ...turns, job: whole },
      prepareTo(() => rung, whole),
    );
  const halving = { sweep, log, stop, ...halvingOf(experiment.sweep) };
  if (experiment.sweep?.method === "asha") {
    const { stream } = executor;
    if (stream === undefined) throw new Error("No sweep by `asha` is queued");
    await promoted({
      ...halving,
      train: (next, rungOf) => stream(next, { ...turns, job }, prepareTo(rungOf)),
    });
  } else {
    const last =
      experiment.sweep?.method === "halving" ? await halved(members, { ...halving, trainTo }) : members;
    if (last !== undefined) await trainTo(last);
  }
  await proposed(sweep, {
    experiment,
    log,
    stop,
    atOnce: shareOf(experiment, planned).jobs,
    train: (some, whole) => trainTo(some, undefined, whole),
  });
  await executor.train(
    await chosen(sweep),
    { ...turns, job: await readJob(sweep), test: true },
    async (member, before) => {
      const run = memberDirectory(sweep, member);
      if (!isTestLeft(before)) return false;
      if (before?.member?.test === "held") await requestTest(run, job);
      else await prepareResume(run.path, changesOf(job), job);
      return true;
    },
  );
  return conclude(sweep, { log, stop });
}

const hasReached = ({ member }: RunSummary, rung: number | undefined): boolean =>
  rung !== undefined && (member?.rung ?? 0) >= rung;

/** The test split is withheld only where there is something to select, and then read only for the selected runs. */
const choosesByValidation = (experiment: Experiment): boolean =>
  experiment.data.test !== undefined && experiment.sweep?.test !== "all" && points(experiment).length > 1;

/** The runs of the combinations that are chosen on validation, once all are trained. A diverged run would diverge again. */
async function chosen(sweep: RunDirectory): Promise<readonly MemberResult[]> {
  const results = await memberResults(sweep);
  const { planned, tolerance } = await readJob(sweep);
  const isWhole =
    planned === undefined &&
    results.every(({ summary }) => summary && (isSettled(summary) || summary.code === "not-finite"));
  const runs = isWhole ? chosenPoints(resultsOf(results), tolerance).flatMap((point) => point.runs) : [];
  return runs.filter(({ summary }) => summary && isTrained(summary));
}

/** An engine or device given on resume applies to the members too. */
function changesOf({ mode, overrides = {} }: Job): ResumeChanges {
  const named = ["engine", "device"].flatMap((key) => (key in overrides ? [[key, overrides[key]]] : []));
  return mode === "resume" ? Object.fromEntries(named) : {};
}

async function conclude(
  sweep: RunDirectory,
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const { members = [], planned = members.length } = await readJob(sweep);
  const runs = await Promise.all(members.map((member) => summarizeRun(memberDirectory(sweep, member).path)));
  const completed = runs.filter((run) => run?.state === "completed" || run?.member?.halved).length;
  const isTestRead = !(await chosen(sweep)).some(({ summary }) => isTestLeft(summary));
  if (completed === planned && isTestRead) {
    log.append({ type: "swept", runs: completed });
    return 0;
  }
  if (stop.requested !== undefined) {
    log.append({ type: "stopped", reason: stop.requested, step: completed });
    return 0;
  }
  const broken = runs.filter((run) => run?.state === "failed" || run?.state === "interrupted");
  if (broken.length === 0) {
    log.append({ type: "stopped", reason: "runs of it were stopped", step: completed });
    return 0;
  }
  const [first] = broken;
  log.append({
    type: "failed",
    code: "runs-failed",
    message: `${broken.length} of ${planned} runs did not complete. ${first?.id}: ${first?.message ?? first?.state}`,
    hint: `Fix the cause, then train the missing runs: distill resume ${sweep.id}`,
    step: completed,
  });
  return 1;
}
