import { createHash } from "node:crypto";
import type { ResolvedTrainedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Samples } from "../../../data/samples.ts";
import { loadSource } from "../../../data/sources/load.ts";
import type { Net } from "../../nets/net.ts";
import type { NamedData } from "../../program.ts";
import { type Ending, failed, type TrainContext } from "../context.ts";
import { dataOf, type Fit, fit, stored } from "../fit.ts";
import { asProblem } from "../prepare.ts";

export interface TrainedTeacherOptions {
  readonly spec: ResolvedTrainedTeacher;
  readonly net: Net;
  /** The student's training samples; the teacher's own, where it has none itself. */
  readonly train: Samples;
  /** What the teacher sees: its own preprocessing or the student's. */
  readonly normalize: ResolvedNormalize;
}

/**
 * A teacher that the experiment describes: trained on hard labels once, then found again by everything that its
 * weights depend on. Its own training has no validation, so its last weights count.
 */
export async function trainedTeacher(
  { spec, net, train, normalize }: TrainedTeacherOptions,
  context: TrainContext,
): Promise<Ending<NamedData>> {
  const { train: training } = spec;
  const samples =
    training.data === undefined
      ? train
      : await loadSource(training.data, context.baseDirectory, { like: train });
  if (isDataProblem(samples)) {
    const { problem } = asProblem(samples);
    return failed(problem.code, problem.message);
  }
  const recipe = {
    losses: [{ type: "ce" as const, weight: 1 }],
    optimizer: training.optimizer,
    schedule: training.schedule,
    augment: training.augment,
    batchSize: training.batchSize,
    seed: training.seed,
    training: {
      ...(training.steps === undefined ? { epochs: training.epochs ?? 10 } : { steps: training.steps }),
      reportEvery: 1,
      keepCheckpoints: 1,
    },
  };
  const key = createHash("sha256")
    .update(
      JSON.stringify([net.inputShape, net.layers, recipe, normalize, samples.contentHash, context.engine]),
    )
    .digest("hex");
  const kept = await context.trainedTeachers.read(key);
  if (kept !== undefined) return { ending: "completed", result: dataOf(kept) };

  context.report({ type: "phase", phase: "teacher", subject: "teacher" });
  const it: Fit = {
    subject: "teacher",
    phase: "teacher",
    net,
    train: samples,
    normalize,
    shuffle: true,
    dropRemainder: false,
    ...recipe,
  };
  const ended = await fit(it, context);
  if (ended.ending !== "completed") return ended;
  await context.trainedTeachers.write(key, stored(ended.result.weights, net));
  return { ending: "completed", result: ended.result.weights };
}
