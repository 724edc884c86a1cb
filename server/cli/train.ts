import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { stopRun, suspended } from "../runs/control.ts";
import { type Ending, follow } from "../runs/follow.ts";
import { resumption } from "../runs/interruption.ts";
import { summarizeRun } from "../runs/list.ts";
import { memberResults } from "../runs/memberResults.ts";
import { findNode } from "../runs/node.ts";
import { type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { type SpawnedTrainer, spawnTrainer } from "../runs/spawn.ts";
import { studentFiles } from "../runs/student.ts";
import { shown } from "../terminal/shownPath.ts";
import { summaryBlock } from "../terminal/summaryBlock.ts";
import { sweepTable } from "../terminal/sweepTable.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { sweepReporter } from "./followSweep.ts";
import { type Reporter, reporterFor } from "./reporters.ts";

export interface TrainOptions {
  readonly name: string;
  /** Byte offset in the event log where this trainer's events begin. */
  readonly from: number;
  /** Codes of warnings that the check has shown: the trainer's are not shown again. */
  readonly printedWarnings?: ReadonlySet<string> | undefined;
  readonly json?: boolean | undefined;
  /** Return once the trainer runs. */
  readonly detach?: boolean | undefined;
  /** Stops the trainer as the first Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
  /** Folder for TensorBoard's events. */
  readonly tensorboard?: string | undefined;
  /** Address or folder of MLflow's. */
  readonly mlflow?: string | undefined;
}

/** Starts a trainer on a prepared run, and follows it to its end unless detached. */
export async function train(run: RunDirectory, options: TrainOptions, terminal: Terminal): Promise<ExitCode> {
  const tensorboard = options.tensorboard && resolve(options.tensorboard);
  const { mlflow } = options;
  const spawn = async () =>
    spawnTrainer({ node: await findNode(), runDirectory: run.path, tensorboard, mlflow });
  if (options.detach) {
    (await spawn()).detach();
    print(terminal, options.json ? JSON.stringify({ runId: run.id, directory: run.path }) : run.id);
    return exit.done;
  }
  // Handled before there is a trainer: a signal that ended this process then would leave it running.
  const stops = hearStops(options.signal);
  try {
    const trainer = await spawn();
    const { name, json, from, printedWarnings } = options;
    const { members, planned } = await readJob(run);
    const reporter = members
      ? sweepReporter(run, { name, json, from, printedWarnings, ended: trainer.ended }, terminal)
      : runReporter(run, { options, ended: trainer.ended }, terminal);
    if (!json) reporter.say(members ? `sweep ${run.id}: ${planned ?? members.length} runs` : `run ${run.id}`);
    stops.answer((times) => forwardStop(run, trainer, { reporter, times }));
    sayWhereUnread(run, terminal);
    const ending = await reporter.follow();
    return await conclude(run, { ending, stopped: stops.requested() }, options, terminal);
  } finally {
    stops.end();
  }
}

function runReporter(
  run: RunDirectory,
  { options, ended }: { readonly options: TrainOptions; readonly ended: SpawnedTrainer["ended"] },
  terminal: Terminal,
) {
  const reporter = reporterFor(options, terminal);
  return {
    say: reporter.say,
    async follow(): Promise<Ending> {
      const ending = await follow(run, { from: options.from, ended, onEvents: reporter.take });
      reporter.close();
      return ending;
    },
  };
}

/** Counts stop requests from now on; those before a handler is set are passed to it then. */
function hearStops(signal?: AbortSignal) {
  let requests = 0;
  let answer: ((times: number) => void) | undefined;
  const stop = () => {
    requests += 1;
    answer?.(requests);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop(); // from before there was a handler
  return {
    requested: () => requests > 0,
    answer(how: (times: number) => void): void {
      answer = how;
      for (let times = 1; times <= requests; times++) how(times);
    },
    end() {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      signal?.removeEventListener("abort", stop);
    },
  };
}

/** The first stop asks the trainer to finish its step and write a checkpoint, the second kills it. */
function forwardStop(
  run: RunDirectory,
  { pid }: SpawnedTrainer,
  { reporter, times }: { readonly reporter: Pick<Reporter, "say">; readonly times: number },
): void {
  const force = times > 1;
  if (!force) reporter.say("Stopping after this step; again to kill it, back to the last checkpoint.");
  const reached = stopRun(run.path, { force });
  // Neither lock nor record, as on a full disk, but its parent knows the pid.
  if (reached === undefined) endProcess(pid, force ? "SIGKILL" : "SIGTERM");
  const standing = force ? undefined : suspended(run.path);
  if (standing !== undefined) reporter.say(standing.message);
}

/** Where nobody reads the output any more, as behind `head`, this command ends and its trainer does not. */
function sayWhereUnread({ id }: RunDirectory, terminal: Terminal): void {
  // Before the handler that ends this process.
  terminal.out.prependListener("error", ({ code }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") return;
    process.exitCode = exit.unread;
    complain(
      terminal,
      `Nobody reads the output any more; run ${id} goes on.`,
      `To see how far it is: distill show ${id}. To stop it: distill stop ${id}`,
    );
  });
}

function endProcess(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

interface Concluded {
  readonly ending: Ending;
  /** This command was asked to stop the run. */
  readonly stopped: boolean;
}

async function conclude(
  run: RunDirectory,
  { ending, stopped }: Concluded,
  { name, json }: TrainOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  switch (ending?.type) {
    case "completed":
      if (!json)
        print(
          terminal,
          "",
          ...summaryBlock({
            name,
            result: ending.summary,
            directory: shown(run.path),
            files: await studentFiles(run.path),
          }),
        );
      return exit.done;
    case "swept":
      if (!json) {
        const { tolerance } = await readJob(run);
        print(terminal, "", ...sweepTable(await memberResults(run), tolerance), shown(run.path));
      }
      return exit.done;
    case "stopped": {
      const { members, planned = members?.length } = await readJob(run);
      const where = members ? `with ${ending.step} of ${planned} runs done` : `at step ${ending.step}`;
      complain(terminal, `Stopped ${where}. To resume: distill resume ${run.id}`);
      return exit.stopped;
    }
    case "failed": {
      const { message, hint } = ending;
      const words = [`Failed: ${message}`, ...(hint ? [hint] : []), `Log: ${shown(run.trainerLog)}`];
      complain(terminal, ...(isGone(run) ? goneWords(run) : words));
      return exit.failed;
    }
    default:
      if (await whileThere(run, () => isHandedOver(run))) {
        if (!json)
          print(terminal, `Submitted. To see the runs: distill list. To end them: distill stop ${run.id}`);
        return exit.done;
      }
      if (stopped) {
        const hint = await whileThere(run, () => resumptionOf(run));
        complain(terminal, `Killed. ${hint ?? ""}To resume: distill resume ${run.id}`);
        return exit.stopped;
      }
      complain(terminal, ...((await whileThere(run, () => withoutWord(run))) ?? goneWords(run)));
      return exit.failed;
  }
}

/** A run that is deleted goes file by file: without its job, what else is left of it says nothing. */
const isGone = (run: RunDirectory): boolean => !existsSync(run.job);

const goneWords = ({ path }: RunDirectory): string[] => [
  `${path} was moved or deleted while the run trained, so its trainer ended.`,
  "If it was moved, resume it there: distill resume FOLDER",
];

/** What `read` finds in the run; undefined where the run is gone, or goes meanwhile. */
async function whileThere<T>(run: RunDirectory, read: () => Promise<T>): Promise<T | undefined> {
  try {
    const found = await read();
    return isGone(run) ? undefined : found;
  } catch (error) {
    if (isGone(run)) return undefined;
    throw error;
  }
}

/** Whether a sweep's process has ended because its runs are in a cluster's queue. */
const isHandedOver = async (run: RunDirectory): Promise<boolean> => (await readJob(run)).queued !== undefined;

/** A sweep goes on with the runs that are left. */
const resumptionOf = async (run: RunDirectory): Promise<string> =>
  (await readJob(run)).members ? "" : `${resumption(run.path)} `;

async function withoutWord(run: RunDirectory): Promise<string[]> {
  const {
    state,
    message = "The trainer ended without an error message.",
    hint = "",
  } = (await summarizeRun(run.path)) ?? {};
  return state === "running"
    ? [`Another trainer has taken over run ${run.id}.`, ...(await lastLines(run.trainerLog))]
    : [
        `${message} ${hint}`.trim(),
        ...(await lastLines(run.trainerLog)),
        `To resume: distill resume ${run.id}`,
      ];
}

async function lastLines(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text
    .trimEnd()
    .split("\n")
    .slice(-12)
    .filter((line) => line !== "");
  return lines.length > 0 ? [`The end of ${shown(path)}:`, ...lines.map((line) => `  ${line}`)] : [];
}
