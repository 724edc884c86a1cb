import type { ModelDescription } from "../../../data/descriptions/description.ts";
import { feedingsOf, type Layout } from "../../../nets/onnxInput.ts";
import { type Problem, problem } from "../../../problem.ts";
import { modelTrial, type TrialRuntime } from "../../native/modelTrial.ts";
import type { OnnxPort } from "../../native/onnxModel.ts";
import { type FedSamples, type OtherInput, otherFeeds } from "./onnxFeeds.ts";
import { trialSamples } from "./onnxTrial.ts";

/** Seconds that a model with loops may take for two samples; the environment's DISTILL_TEACHER_SECONDS changes it. */
const patience = (): number => Number(process.env["DISTILL_TEACHER_SECONDS"]) || 30;

interface Tried extends FedSamples {
  readonly path: string;
  /** Of the process that runs it. */
  readonly trial: TrialRuntime;
  readonly input: OnnxPort;
  readonly others: readonly OtherInput[];
  readonly layout: "auto" | Layout;
  readonly stopRequested?: (() => boolean) | undefined;
}

/** A model with a loop anywhere in it is first run in a process that can be killed. */
export async function triedLoop(
  { hasLoops = false }: Pick<ModelDescription, "hasLoops">,
  { path, trial, input, others, layout, stopRequested, ...fed }: Tried,
): Promise<{ readonly problem: Problem } | undefined> {
  if (!hasLoops) return undefined;
  const runs = feedingsOf(input.shape, fed.sample, layout).map(({ batch, shape }) => {
    const rows = batch === "any" ? 2 : batch === "none" ? undefined : batch;
    const feeds = otherFeeds(others, trialSamples(rows ?? 1, fed.sample), { ...fed, batch: rows });
    return [
      { name: input.name, type: input.type, shape: rows === undefined ? shape : [rows, ...shape] },
      ...others.map(({ name, type }) => ({
        name,
        type,
        shape: feeds[name]?.shape ?? [],
        values: [...(feeds[name]?.data ?? [])],
      })),
    ];
  });
  const seconds = patience();
  const came = await modelTrial(trial, { runs, seconds, ...(stopRequested && { stopRequested }) });
  if (came === "ended") return undefined;
  if (came === "stopped") return problem("teacher-stopped", `${path}: the trial of the model was stopped.`);
  return problem(
    "teacher-slow",
    `${path}: the model has a loop, and did not end within ${seconds} s for two samples.`,
    "Take another teacher, or give it longer: DISTILL_TEACHER_SECONDS=300 in the environment.",
  );
}
