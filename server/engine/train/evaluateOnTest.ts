import type { Gain, Metrics, RunResult } from "../../../schemas/run-event.gen.ts";
import type { Samples } from "../../data/samples.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import { isShown, pairedDifference } from "../../statistics/pairedDifference.ts";
import { pairedMetric } from "../../statistics/pairedMetric.ts";
import type { SplitAnswers } from "../../statistics/splitAnswers.ts";
import { isFalling, taskOf, taskOfMetrics } from "../../tasks/tasks.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import { asGroup, weightsGroup } from "../distill/names.ts";
import type { Net } from "../nets/net.ts";
import type { TrainContext } from "./context.ts";
import { type Answered, evaluate, evaluateTeacher, evaluationBatch, reportedMeasures } from "./evaluation.ts";
import { type Fitted, subjectOf } from "./fitConfig.ts";
import { costOfNet, costOfTeacher } from "./predictionCost.ts";
import type { PreparedData } from "./prepare.ts";
import { studentDoubts } from "./studentDoubts.ts";
import type { Teacher } from "./teacher.ts";
import { worseThanStudent } from "./teacherDoubts.ts";

type Split = SplitAnswers["split"];

/** Metrics of one network on a split, and its predictions. */
interface Standing extends Pick<Answered, "answers" | "confidence" | "outputs"> {
  readonly metrics: Metrics;
}

export interface Results {
  readonly net: Net;
  readonly student: Fitted;
  readonly baseline?: Fitted | undefined;
  readonly data: PreparedData;
  readonly teacher: {
    readonly itself?: Teacher | undefined;
    readonly onValidation?: Standing | undefined;
    readonly ofTest?: TeacherOutputs | undefined;
  };
  readonly batchSize: number;
}

type Evaluated = Pick<
  RunResult,
  "test" | "teacher" | "baselines" | "validation" | "gain" | "gapRecovered" | "latencyMs" | "costs"
>;

/**
 * Compares student, baseline and teacher on the same samples. Only this reads the test split; without one, they are compared on
 * validation. Keeps their predictions.
 */
export async function evaluateOnTest(results: Results, context: TrainContext): Promise<Evaluated> {
  const { data, net, teacher } = results;
  const student = await measure("student", results.student, results, context);
  const baseline = results.baseline && (await measure("studentAlone", results.baseline, results, context));
  const on = (split: Split): Compared => ({
    split,
    samples: data[split],
    student: student[split],
    baseline: baseline?.[split],
    teacher:
      split === "test" ? evaluateTeacherOn(split, data.test, teacher.ofTest, context) : teacher.onValidation,
  });
  const compared = data.test === undefined ? on("validation") : on("test");
  for (const doubt of [...worseThanStudent(compared), ...studentDoubts(compared)])
    context.report({ type: "warning", ...doubt });
  const kept = splitAnswers(compared, net.outputShape.at(-1) as number);
  if (kept !== undefined) await context.keepAnswers(kept);
  const onValidation = data.test === undefined ? {} : comparison(on("validation"));
  const cost = await costOfNet(net, results.student.weights, context);
  const teacherCost = teacher.itself && (await costOfTeacher(teacher.itself, net.inputShape, context));
  return {
    latencyMs: cost.p50Ms,
    costs: { student: cost, ...(teacherCost ? { teacher: teacherCost } : {}) },
    ...(student.test ? { test: student.test.metrics } : {}),
    ...comparison(compared),
    ...(Object.keys(onValidation).length === 0 ? {} : { validation: onValidation }),
  };
}

/** Metrics of a finished student on each split. */
async function measure(
  subject: "student" | "studentAlone",
  { weights, steps, epochs, best }: Fitted,
  { net, data, batchSize, teacher }: Results,
  context: TrainContext,
): Promise<Readonly<Partial<Record<Split, Standing>>>> {
  const batch = evaluationBatch(batchSize);
  const program = inferenceProgram(net, [batch]);
  const executor = await context.load(program, asGroup(weightsGroup, weights), { threads: context.threads });
  const measured = (samples: Samples, outputs?: TeacherOutputs) => {
    const set = { samples, normalize: data.normalize, teacher: outputs };
    return evaluate(executor, set, { classes: net.outputShape.at(-1) as number, batch });
  };
  try {
    const standings: Partial<Record<Split, Standing>> = {};
    if (data.test !== undefined) {
      const { metrics, confusion, ...given } = await measured(data.test, teacher.ofTest);
      const at = { step: best?.step ?? steps, epoch: best?.epoch ?? epochs };
      context.report({
        type: "evaluation",
        ...subjectOf(subject),
        split: "test",
        ...at,
        ...reportedMeasures({ metrics, confusion }),
      });
      standings.test = { metrics, ...given };
    }
    if (data.validation !== undefined && best !== undefined) {
      // The metrics that selected these weights were reported then.
      standings.validation = { ...(await measured(data.validation)), metrics: best.metrics };
    }
    return standings;
  } finally {
    await executor.dispose();
  }
}

/** Metrics of the teacher's outputs on a split. */
export function evaluateTeacherOn(
  split: Split,
  samples: Samples | undefined,
  outputs: TeacherOutputs | undefined,
  context: TrainContext,
): Standing | undefined {
  if (samples === undefined || outputs === undefined) return undefined;
  const { metrics, confusion, ...given } = evaluateTeacher(outputs, samples);
  const at = { step: 0, epoch: 0, ...reportedMeasures({ metrics, confusion }) };
  context.report({ type: "evaluation", subject: "teacher", split, ...at });
  return { metrics, ...given };
}

/** Student, teacher and baseline on the same split. */
interface Compared {
  readonly split: Split;
  readonly samples: Samples | undefined;
  readonly student: Standing | undefined;
  readonly baseline: Standing | undefined;
  readonly teacher: Standing | undefined;
}

const comparison = (compared: Compared): NonNullable<RunResult["validation"]> => {
  const { student, baseline, teacher, samples } = compared;
  return {
    ...(teacher ? { teacher: teacher.metrics } : {}),
    ...(baseline ? { baselines: { studentAlone: baseline.metrics } } : {}),
    ...(student && baseline && samples ? { gain: gain(compared.split, samples, { student, baseline }) } : {}),
    ...(student && baseline && teacher && samples
      ? { gapRecovered: gapRecovered(compared.split, samples, { student, baseline, teacher }) }
      : {}),
  };
};

function gain(
  split: Split,
  { labels, task, count }: Samples,
  { student, baseline }: Readonly<Record<"student" | "baseline", Standing>>,
): Gain {
  const { gain: summed } = taskOf(task);
  if (summed === undefined) {
    const { samples, difference, interval, mcnemar } = pairedDifference(
      labels,
      student.answers,
      baseline.answers,
    );
    return { split, samples, difference, interval: [...interval], mcnemar };
  }
  const [a, b] = [student.answers, baseline.answers] as [Float32Array, Float32Array];
  const { samples, difference, interval } = pairedMetric(a, b, { ...summed, samples: count });
  return { split, samples, metric: summed.metric, difference, interval: [...interval] };
}

function splitAnswers(
  { split, samples, student, baseline, teacher }: Compared,
  classes: number,
): SplitAnswers | undefined {
  if (samples === undefined || student === undefined) return undefined;
  const networks = Object.entries({ student, studentAlone: baseline, teacher });
  const { task, contentHash, targets, threshold } = samples;
  const given = networks.flatMap(([name, own]) => (own?.outputs ? [[name, own.outputs] as const] : []));
  return {
    split,
    samples: contentHash,
    ...(task ? { task } : {}),
    classes,
    labels: samples.labels,
    answers: Object.fromEntries(networks.flatMap(([name, own]) => (own ? [[name, own.answers]] : []))),
    confidence: Object.fromEntries(
      networks.flatMap(([name, own]) => (own?.confidence ? [[name, own.confidence]] : [])),
    ),
    ...(task && targets ? { outputs: { targets, given: Object.fromEntries(given), threshold } } : {}),
  };
}

/**
 * (student − baseline) / (teacher − baseline), of the task's key: null where the teacher is no better than the baseline, or by
 * no more than chance on this split, as a share of a lead near zero says nothing.
 */
function gapRecovered(
  split: Split,
  samples: Samples,
  { student, baseline, teacher }: Readonly<Record<"student" | "baseline" | "teacher", Standing>>,
): number | null {
  const { key } = taskOfMetrics(student.metrics);
  const [s, a, t] = [student.metrics[key], baseline.metrics[key], teacher.metrics[key]];
  if (typeof s !== "number" || typeof a !== "number" || typeof t !== "number") return null;
  const isBetter = isFalling(key) ? t < a : t > a;
  return isBetter && isShown(gain(split, samples, { student: teacher, baseline })) ? (s - a) / (t - a) : null;
}
