import type { Tensor } from "@tensorflow/tfjs-core";
import type { Parameters, ValuesOf } from "../../../parameters/parameter.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import type { Labels, Loss, LossInputs, LossTexts, LossType } from "./loss.ts";
import { isTemperatureSchedule, temperatureAt } from "./temperatureSchedule.ts";

/** Inputs of a loss on logits, besides the student's. */
interface Readings {
  readonly teacher: Tensor; // logits [batch, classes]
  readonly labels: Labels;
}

interface Declaration<R extends keyof Readings, P extends Parameters> extends LossTexts {
  /** It is given only these, so that facts derived from the list hold. */
  readonly reads: readonly R[];
  readonly parameters: P;
  /** How much a sample of each class counts in the mean; absent: all alike. */
  readonly classWeights?: (values: ValuesOf<P>) => readonly number[] | undefined;
  readonly value: (
    inputs: { readonly student: Tensor } & Pick<Readings, R>,
    values: ValuesOf<P>,
    task: TaskName,
  ) => Tensor;
}

/** Declares a loss on logits. */
export function logitLoss<const R extends keyof Readings, const P extends Parameters>({
  reads,
  value,
  classWeights,
  tasks = ["classification"],
  ...declaration
}: Declaration<R, P>): LossType<P> {
  const all: readonly (keyof Readings)[] = reads;
  const needsTeacher = all.includes("teacher");
  return {
    ...declaration,
    tasks,
    facts: {
      tasks,
      ...(needsTeacher ? { seesTeacher: true } : {}),
      ...(all.includes("labels") ? { needsLabels: true } : {}),
    },
    build: (values, { task = "classification" }) => ({
      needsTeacher,
      ...(all.includes("labels") ? { meanOver: { classWeights: classWeights?.(values) } } : {}),
      ...schedulesOf(values),
      value: (inputs) => {
        const given = Object.fromEntries(all.map((reading) => [reading, read[reading](inputs)]));
        const { logits: student } = inputs.student;
        const now = { ...values, ...inputs.scheduled };
        return { value: value({ ...(given as unknown as Pick<Readings, R>), student }, now, task) };
      },
    }),
  };
}

function schedulesOf(values: object): Pick<Loss, "schedules"> {
  const schedules = Object.entries(values).flatMap(([name, value]) =>
    isTemperatureSchedule(value) ? [[name, (step: number) => temperatureAt(value, step)] as const] : [],
  );
  return schedules.length === 0 ? {} : { schedules: Object.fromEntries(schedules) };
}

const read: { readonly [K in keyof Readings]: (inputs: LossInputs) => Readings[K] } = {
  teacher: ({ teacher }) => {
    if (!teacher) throw new Error("a loss that needs a teacher was given none");
    return teacher.logits;
  },
  labels: ({ labels }) => labels,
};
