import type { ResolvedExperiment, ResolvedTeacher } from "../../../schemas/resolvedExperiment.gen.ts";
import type { PlannedWork } from "../../../schemas/run-event.gen.ts";
import { sizeOf } from "../../sizeOf.ts";
import { needsTeacher } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import { type Budgeted, budget, type Fit, stepSamples, wholeBudget } from "./fitConfig.ts";
import type { PreparedData } from "./prepare.ts";
import { membersOf } from "./teachers/membersOf.ts";
import { budgetedTeacherFit, teacherFitOf } from "./teachers/trained.ts";
import { viewsOf } from "./views.ts";

/** Overhead of an engine call: 0.2 ms at 10 billion multiplications a second. */
const callCost = 2e6;
/** Cost of a teacher from a file, which is not open yet when the plan is made. */
const unknownTeacher = 10;

/** The parts of a run, in order, with their costs by the sizes of the networks, in multiplications. */
export function planOf(
  experiment: Pick<ResolvedExperiment, "teacher" | "losses" | "baselines">,
  { data, stages }: { readonly data: PreparedData; readonly stages: readonly Fit[] },
): PlannedWork[] {
  const student = stages[0] as Fit; // Stages have the same net and samples.
  const { validation, test } = data;
  const forward = multiplications(student.net);
  const teachers = experiment.teacher ? membersOf(experiment.teacher) : [];
  const described = describedTeachers(teachers, data);
  const unknown = teachers.filter(({ type }) => type !== "layers" && type !== "outputs").length;
  const ofTeacher = described.reduce(
    (sum, { net }) => sum + multiplications(net),
    unknown * unknownTeacher * forward,
  );
  const needed = experiment.losses.some(needsTeacher);
  const views = viewsOf(stages)?.length;
  const runsInSteps = needed && student.augment.length > 0 && views === undefined;
  const teacherSamples = needed && !runsInSteps ? student.train.count * (views ?? 1) : 0;
  const validated = validation?.count ?? 0;
  const training = stages.reduce((sum, it) => sum + trainingCost(it, { forward, validation: validated }), 0);
  const cached = teacherSamples + (validation?.count ?? 0) + (test?.count ?? 0);
  const steps = wholeBudget(stages).totalSteps;
  const trainingSamples = Math.min(stepSamples(student), student.train.count) * steps;
  return [
    // How long another experiment trains is not known here; its student is found trained the next time.
    ...(teachers.some(({ type }) => type === "experiment") && described.length === 0
      ? [{ phase: "teacher" as const, total: 100, cost: training }]
      : []),
    ...(described.length > 0
      ? [
          {
            phase: "teacher" as const,
            subject: "teacher" as const,
            total: described.reduce((sum, fit) => sum + budget(fit).totalSteps, 0),
            cost: described.reduce(
              (sum, fit) => sum + trainingCost(fit, { forward: multiplications(fit.net), validation: 0 }),
              0,
            ),
          },
        ]
      : []),
    ...(experiment.teacher
      ? [{ phase: "cache" as const, total: cached, cost: cached * ofTeacher + callCost }]
      : []),
    {
      phase: "train" as const,
      total: steps,
      cost: training + (runsInSteps ? trainingSamples * ofTeacher : 0),
    },
    ...(experiment.baselines.studentAlone
      ? [{ phase: "train" as const, subject: "studentAlone" as const, total: steps, cost: training }]
      : []),
    evaluation(student.net, test?.count ?? 0),
  ].map((part) => ({ ...part, cost: Math.round(part.cost) }));
}

/** The training of teachers that the experiment describes; they may be found trained. */
const describedTeachers = (teachers: readonly ResolvedTeacher[], data: PreparedData) =>
  teachers.flatMap((teacher) => {
    if (teacher.type !== "layers") return [];
    const fit = teacherFitOf(teacher, data);
    return "problem" in fit ? [] : [budgetedTeacherFit(fit)];
  });

/** Of a run that trains only the teacher. */
export function teacherPlan(fit: Fit, { validation, test }: PreparedData): PlannedWork[] {
  const cost = trainingCost(fit, { forward: multiplications(fit.net), validation: 0 });
  return [
    { phase: "train", total: budget(fit).totalSteps, cost: Math.round(cost) },
    evaluation(fit.net, (validation?.count ?? 0) + (test?.count ?? 0)),
  ];
}

const evaluation = (net: Net, samples: number): PlannedWork => ({
  phase: "evaluate",
  total: Math.max(1, samples),
  cost: samples * multiplications(net) + 30 * callCost, // latency is measured over 30 calls
});

/** One forward pass, and one backward each for weights and inputs. */
function trainingCost(
  fit: Budgeted,
  { forward, validation }: { readonly forward: number; readonly validation: number },
): number {
  const { totalSteps, stepsPerEpoch } = budget(fit);
  const evaluations = totalSteps / (fit.training.evaluateEvery ?? Math.max(1, stepsPerEpoch));
  const step = 3 * forward * Math.min(stepSamples(fit), fit.train.count) + callCost;
  return totalSteps * step + evaluations * validation * forward;
}

/** Multiplications of a forward pass of one sample: each weight of a kernel once for each position. */
function multiplications({ layers }: Pick<Net, "layers">): number {
  return layers.reduce((sum, { type, kernelCount, outputShape }) => {
    if (type === "embedding" || type === "Gather") return sum; // a look-up
    const positions = sizeOf(outputShape.slice(0, -1));
    return sum + kernelCount * positions;
  }, 0);
}
