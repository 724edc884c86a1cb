import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Metrics, RunResult } from "../../../schemas/run-event.gen.ts";
import { teacherLeaks, toldLeak } from "../../data/leaks.ts";
import { sourceRecord } from "../../data/provenance.ts";
import { rawSample } from "../../data/rawSample.ts";
import type { Problem } from "../../problem.ts";
import { modelFiles } from "../nets/modelJson.ts";
import type { NamedData } from "../program.ts";
import { type Ending, failed, type TrainContext } from "./context.ts";
import { evaluateTeacher, evaluationBatch } from "./evaluation.ts";
import { budget, type Fit } from "./fitConfig.ts";
import { holding } from "./holding.ts";
import { teacherPlan } from "./plan.ts";
import { type PreparedData, prepareData } from "./prepare.ts";
import { teacherOutputs } from "./targets.ts";
import type { Teacher } from "./teacher.ts";
import { openTeacher, teacherRecord } from "./teachers/open.ts";
import { attend, type Course, courseOf, keptWeights, lessonOf } from "./teachers/trained.ts";
import { stored } from "./trainedWeights.ts";

/**
 * Trains the teacher that an experiment describes, and measures it. It is a run like a student's with the teacher in
 * the student's place: steps, checkpoints and weights are the run's own. Runs of the student find the teacher trained.
 */
export async function teach(
  { data: sources, teacher: spec, seed }: ResolvedExperiment,
  context: TrainContext,
): Promise<Ending<RunResult>> {
  const { report, baseDirectory } = context;
  if (spec?.type !== "layers")
    return failed("no-teacher", "The experiment describes no teacher that could be trained.");
  report({ type: "phase", phase: "preflight" });
  const data = await prepareData(sources, { baseDirectory, seed });
  if ("problem" in data) return failedBy(data);
  const lesson = lessonOf(spec, data);
  if ("problem" in lesson) return failedBy(lesson);
  const course = await courseOf(lesson, context);
  if ("problem" in course) return failedBy(course);
  const own = course.fit.train === data.train ? {} : { teacher: sourceRecord(course.fit.train) };
  for (const leak of teacherLeaks({ ...data, teacher: course.fit.train }))
    report({ type: "warning", ...toldLeak(leak) });
  const changed = await context.learnsFrom({
    data: { ...data.records, ...own },
    normalize: lesson.normalize,
  });
  if (changed !== undefined) return failedBy({ problem: changed });

  const learned = await learn(
    { ...course, fit: { ...course.fit, subject: "student", phase: "train" } },
    { data, context },
  );
  if (learned.ending !== "completed") return learned;

  report({ type: "phase", phase: "evaluate" });
  const opened = await openTeacher(
    spec,
    { ...data, batchSizes: [evaluationBatch()] },
    { ...context, learn: async () => learned },
  );
  if (opened.ending !== "completed") return opened;
  const teacher = opened.result;
  try {
    for (const warning of teacher.warnings) report({ type: "warning", ...warning });
    const other = await context.learnsFrom({ teacher: teacherRecord(spec, teacher) });
    if (other !== undefined) return failedBy({ problem: other });
    await context.record({ samples: rawSample(data.train) });
    const measured = await measure(teacher, { data, fit: course.fit }, context);
    if (measured === undefined) return { ending: "stopped", step: budget(course.fit).totalSteps };
    if ("problem" in measured) return failedBy(measured);
    const { runId, engine, device } = context;
    const { totalSteps, stepsPerEpoch } = budget(course.fit);
    return {
      ending: "completed",
      result: {
        runId,
        subject: "teacher",
        steps: totalSteps,
        epochs: totalSteps / stepsPerEpoch,
        seconds: null,
        engine,
        device,
        parameters: course.fit.net.parameterCount,
        ...measured,
      },
    };
  } finally {
    await teacher.dispose();
  }
}

/** The weights of an earlier training that was the same in everything, or those of this one. */
async function learn(
  course: Course,
  { data, context }: { readonly data: PreparedData; readonly context: TrainContext },
): Promise<Ending<NamedData>> {
  const kept = await keptWeights(course, context);
  await reportStart(course.fit, { isTrained: kept !== undefined, data }, context);
  context.report({ type: "phase", phase: "train" });
  if (kept === undefined) return attend(course, context);
  const { net } = course.fit;
  const { json, weights } = modelFiles(net, kept);
  for (const kind of ["final", "best"] as const)
    await context
      .store("student")
      .writeWeights(kind, stored(kept, net), { "model.json": json, "weights.bin": weights });
  return { ending: "completed", result: kept };
}

async function reportStart(
  fit: Fit,
  { isTrained, data }: { readonly isTrained: boolean; readonly data: PreparedData },
  context: TrainContext,
): Promise<void> {
  const { totalSteps, stepsPerEpoch } = budget(fit);
  const { runId, resumed, engine, device, threads } = context;
  const engineReason = [context.engineReason, holding(fit, context)?.sentence].filter(Boolean).join(" ");
  const checkpoint = resumed ? await context.store("student").latestCheckpoint() : undefined;
  context.report({
    type: "started",
    runId,
    subject: "teacher",
    mode: resumed ? "resume" : "start",
    step: isTrained ? totalSteps : (checkpoint?.progress.step ?? 0),
    totalSteps,
    epochs: totalSteps / Math.max(1, stepsPerEpoch),
    stepsPerEpoch,
    seed: fit.seed,
    engine,
    device,
    ...(engineReason === "" ? {} : { engineReason }),
    threads,
    plan: teacherPlan(fit, data),
    parameters: { teacher: fit.net.parameterCount },
  });
}

/**
 * On the validation and the test samples, and on those that it was trained on where there are no others. What it says
 * of them is kept for the student's runs. Undefined when a stop was asked for on the way.
 */
async function measure(
  teacher: Teacher,
  { data, fit }: { readonly data: PreparedData; readonly fit: Fit },
  { cacheDirectory, report, stopRequested }: TrainContext,
): Promise<{ readonly test?: Metrics } | { readonly problem: Problem } | undefined> {
  const { normalize, train, validation, test } = data;
  const { totalSteps: step, stepsPerEpoch } = budget(fit);
  const measures: Partial<Record<"train" | "validation" | "test", Metrics>> = {};
  const isHeldOut = validation !== undefined || test !== undefined;
  for (const [split, samples] of Object.entries(isHeldOut ? { validation, test } : { train })) {
    if (samples === undefined) continue;
    const options = {
      cacheDirectory,
      report,
      normalize,
      batch: evaluationBatch(),
      stopRequested,
      onProgress: () => {},
    };
    const outputs = await teacherOutputs(teacher, samples, options);
    if (outputs === undefined || "problem" in outputs) return outputs;
    const { metrics, confusion } = evaluateTeacher(outputs, samples);
    const name = split as keyof typeof measures;
    report({ type: "evaluation", split: name, step, epoch: step / stepsPerEpoch, metrics, confusion });
    measures[name] = metrics;
  }
  return measures.test === undefined ? {} : { test: measures.test };
}

const failedBy = ({ problem: { code, message, hint } }: { readonly problem: Problem }) =>
  failed(code, message, hint);
