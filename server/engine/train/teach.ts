import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Metrics, RunResult } from "../../../schemas/run-event.gen.ts";
import { leakWarning, seenBy } from "../../data/leaks.ts";
import { sourceRecord } from "../../data/provenance.ts";
import { rawSample } from "../../data/rawSample.ts";
import type { Problem } from "../../problem.ts";
import { savedFiles } from "../nets/savedNet.ts";
import type { NamedData } from "../program.ts";
import { type Ending, failed, failedBy, type TrainContext } from "./context.ts";
import { evaluateTeacher, evaluationBatch, reportedMeasures } from "./evaluation.ts";
import { budget, type Fit } from "./fitConfig.ts";
import { teacherPlan } from "./plan.ts";
import { type PreparedData, prepareData, remarkOf, remarksOf } from "./prepare.ts";
import { readingReporters } from "./progress.ts";
import { onDisk } from "./reportStart.ts";
import { residency } from "./residency.ts";
import type { Teacher } from "./teacher.ts";
import { teacherOutputs } from "./teacherOutputs.ts";
import { openTeacher, teacherRecord } from "./teachers/open.ts";
import {
  keptWeights,
  type PreparedTeacherFit,
  prepareTeacherFit,
  teacherFitOf,
  trainTeacher,
} from "./teachers/trained.ts";
import { stored } from "./trainedWeights.ts";

/**
 * Trains and evaluates the teacher that an experiment describes. The run is like a student's, with the teacher in the student's
 * place. Later runs of the student reuse the trained teacher.
 */
export async function teach(
  { data: sources, teacher: spec, seed, task }: ResolvedExperiment,
  context: TrainContext,
): Promise<Ending<RunResult>> {
  const { report, baseDirectory, cacheDirectory } = context;
  if (spec?.type !== "layers") return failed("no-teacher", "The experiment describes no teacher to train.");
  report({ type: "phase", phase: "preflight" });
  const data = await prepareData(sources, {
    baseDirectory,
    cacheDirectory,
    seed,
    task,
    ...readingReporters(context),
  });
  if ("problem" in data) return failedBy(data);
  const teacherFit = teacherFitOf(spec, data);
  if ("problem" in teacherFit) return failedBy(teacherFit);
  const prepared = await prepareTeacherFit(teacherFit, context);
  if ("problem" in prepared) return failedBy(prepared);
  const own = prepared.fit.train === data.train ? {} : { teacher: sourceRecord(prepared.fit.train) };
  for (const remark of [
    ...data.remarks,
    ...(prepared.fit.train === data.train ? [] : remarksOf("teacher", prepared.fit.train)),
  ])
    report({ type: "warning", ...remarkOf(remark) });
  for (const leak of seenBy("teacher", prepared.fit.train, data))
    report({ type: "warning", ...leakWarning(leak) });
  const changed = await context.learnsFrom({
    data: { ...data.records, ...own },
    normalize: teacherFit.normalize,
  });
  if (changed !== undefined) return failedBy({ problem: changed });

  const learned = await learn(
    { ...prepared, fit: { ...prepared.fit, subject: "student", phase: "train" } },
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
    const measured = await measure(teacher, { data, fit: prepared.fit }, context);
    if (measured === undefined) return { ending: "stopped", step: budget(prepared.fit).totalSteps };
    if ("problem" in measured) return failedBy(measured);
    const { runId, engine, device } = context;
    const { totalSteps, stepsPerEpoch } = budget(prepared.fit);
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
        parameters: prepared.fit.net.parameterCount,
        ...measured,
      },
    };
  } finally {
    await teacher.dispose();
  }
}

/** The cached weights of an identical training, or those of this one. */
async function learn(
  prepared: PreparedTeacherFit,
  { data, context }: { readonly data: PreparedData; readonly context: TrainContext },
): Promise<Ending<NamedData>> {
  const kept = await keptWeights(prepared, context);
  await reportStart(prepared.fit, { isTrained: kept !== undefined, data }, context);
  context.report({ type: "phase", phase: "train" });
  if (kept === undefined) return trainTeacher(prepared, context);
  const { net } = prepared.fit;
  for (const kind of ["final", "best"] as const)
    await context.store("student").writeWeights(kind, stored(kept, net), { files: savedFiles(net, kept) });
  return { ending: "completed", result: kept };
}

async function reportStart(
  fit: Fit,
  { isTrained, data }: { readonly isTrained: boolean; readonly data: PreparedData },
  context: TrainContext,
): Promise<void> {
  const { totalSteps, stepsPerEpoch } = budget(fit);
  const { runId, resumed, engine, device, threads } = context;
  const engineReason = [context.engineReason, onDisk(fit), residency(fit, context)?.sentence]
    .filter(Boolean)
    .join(" ");
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
 * On validation and test, or on its training samples without those. Its outputs are cached for the student's runs. Undefined
 * when stopped.
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
    const measured = evaluateTeacher(outputs, samples);
    const name = split as keyof typeof measures;
    report({
      type: "evaluation",
      split: name,
      step,
      epoch: step / stepsPerEpoch,
      ...reportedMeasures(measured),
    });
    measures[name] = measured.metrics;
  }
  return measures.test === undefined ? {} : { test: measures.test };
}
