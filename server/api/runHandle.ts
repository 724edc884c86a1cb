import type { RunEvent, RunResult } from "../../schemas/run-event.gen.ts";
import { haveEngine } from "../haveEngine.ts";
import type { RunSummary } from "../protocol.ts";
import { prepareResume, stopRun } from "../runs/control.ts";
import { type Ending, endingAfter, type Followed, runEvents } from "../runs/follow.ts";
import { summarizeRun } from "../runs/list.ts";
import { memberResults } from "../runs/memberResults.ts";
import { findNode, type NodeProgram } from "../runs/node.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { runResult } from "../runs/runResult.ts";
import { spawnTrainer, type TrainerStart } from "../runs/spawn.ts";
import type { MemberResult } from "../sweep/results.ts";

interface ResumeOptions {
  /** Another engine or device from here on. */
  readonly engine?: string;
  readonly device?: string;
  /** Resume although data, teacher or starting weights have changed. */
  readonly acceptChangedData?: boolean;
  /** Stops the run after its step, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** A run, training or over. It goes on without this process; every function reads its directory anew. */
export interface Run {
  readonly id: string;
  /** Absolute path. */
  readonly directory: string;
  /** Its events from the first on, those of a run that trains as they come, until its trainer has ended. */
  events(): AsyncGenerator<RunEvent, void, undefined>;
  /** Waits for the trainer's end. Of a sweep undefined: its runs are `members`. @throws RunError where the run failed or was stopped */
  result(): Promise<RunResult | undefined>;
  /** State, progress and metrics now. */
  summary(): Promise<RunSummary>;
  /** Of a sweep: its runs, those that have not begun too. */
  members(): Promise<readonly MemberResult[]>;
  /** Ends it after its step, with a checkpoint; with `force` at once. Waits for the trainer's end. */
  stop(options?: { readonly force?: boolean }): Promise<void>;
  /** Resumes it from its last checkpoint. */
  resume(options?: ResumeOptions): Promise<Run>;
}

/** @param ended of a trainer that this process has started */
export function runHandle(run: RunDirectory, ended?: Followed["ended"]): Run {
  const follow = () => runEvents(run, { from: 0, ended });
  const untilEnd = async () => {
    let ending: Ending;
    for await (const events of follow()) ending = endingAfter(events, ending);
    return ending;
  };
  const summary = async (): Promise<RunSummary> => {
    const found = await summarizeRun(run.path);
    if (found !== undefined) return found;
    throw new RunError("missing", `Run ${run.id} is gone: ${run.path}.`, "Was it moved or deleted?");
  };
  return {
    id: run.id,
    directory: run.path,
    async *events() {
      for await (const events of follow()) yield* events;
    },
    async result() {
      const ending = await untilEnd();
      if (ending?.type === "completed") return ending.summary;
      if (ending?.type === "swept") return undefined;
      if (ending?.type === "failed")
        throw new RunError(ending.code ?? "failed", ending.message, ending.hint ?? "");
      const { state, message = `Run ${run.id} is ${state}.`, step } = await summary();
      if (state === "completed") return runResult(run);
      const what = ending?.type === "stopped" ? `Run ${run.id} was stopped at step ${step}.` : message;
      throw new RunError(state, what, "Resume it.");
    },
    summary,
    members: () => memberResults(run),
    async stop({ force = false } = {}) {
      if (stopRun(run.path, { force }) !== undefined) await untilEnd();
    },
    async resume({ engine, device, acceptChangedData, signal } = {}) {
      await haveEngine(() => {}, signal);
      const changes = { ...(engine && { engine }), ...(device && { device }) };
      const node = await findNode();
      return started(await prepareResume(run.path, changes, { acceptChangedData }), node, { signal });
    },
  };
}

/** Starts the trainer of a run that is ready. It outlives this process. */
export async function started(
  run: RunDirectory,
  node: NodeProgram,
  {
    signal,
    ...trackers
  }: { readonly signal?: AbortSignal | undefined } & Pick<Partial<TrainerStart>, "tensorboard" | "mlflow">,
): Promise<Run> {
  signal?.throwIfAborted();
  const trainer = await spawnTrainer({ node, runDirectory: run.path, ...trackers });
  trainer.detach();
  const stop = () => void stopRun(run.path);
  signal?.addEventListener("abort", stop, { once: true });
  void trainer.ended.then(() => signal?.removeEventListener("abort", stop));
  return runHandle(run, trainer.ended);
}
