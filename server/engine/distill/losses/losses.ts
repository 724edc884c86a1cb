import type { Loss as LossSpec } from "../../../../schemas/experiment.gen.ts";
import type { Entry, Kind } from "../../../parameters/kind.ts";
import { moduleName } from "../../../parameters/moduleName.ts";
import { valuesOf } from "../../../parameters/parameter.ts";
import { type TaskName, taskNames } from "../../../tasks/tasks.ts";
import { type LossWeight, termParameters } from "./arguments.ts";
import { atLoss } from "./at.ts";
import { bceLoss } from "./bce.ts";
import { catKdLoss } from "./catKd.ts";
import { ceLoss } from "./ce.ts";
import { crdLoss } from "./crd.ts";
import { distLoss } from "./dist.ts";
import { dkdLoss } from "./dkd.ts";
import { hintLoss } from "./hint.ts";
import { huberLoss } from "./huber.ts";
import { jsdLoss } from "./jsd.ts";
import { kdLoss } from "./kd.ts";
import { labelSmoothingLoss } from "./labelSmoothing.ts";
import type { Loss, LossContext, LossType } from "./loss.ts";
import { mlkdLoss } from "./mlkd.ts";
import { mseLoss } from "./mse.ts";
import { nstLoss } from "./nst.ts";
import { ownLoss } from "./ownLosses.ts";
import { pktLoss } from "./pkt.ts";
import { reverseKlLoss } from "./reverseKl.ts";
import { reviewKdLoss } from "./reviewKd.ts";
import { rkdLoss } from "./rkd.ts";
import { spLoss } from "./sp.ts";
import { teacherBoundedLoss } from "./teacherBounded.ts";
import { vidLoss } from "./vid.ts";

/** Every loss that an experiment can name. Schema, reference, completion and computation follow from its row. */
export const losses = {
  kd: kdLoss,
  ce: ceLoss,
  bce: bceLoss,
  mse: mseLoss,
  huber: huberLoss,
  labelSmoothing: labelSmoothingLoss,
  dkd: dkdLoss,
  dist: distLoss,
  mlkd: mlkdLoss,
  reverseKl: reverseKlLoss,
  jsd: jsdLoss,
  hint: hintLoss,
  at: atLoss,
  nst: nstLoss,
  reviewKd: reviewKdLoss,
  catKd: catKdLoss,
  sp: spLoss,
  rkd: rkdLoss,
  pkt: pktLoss,
  vid: vidLoss,
  crd: crdLoss,
  teacherBounded: teacherBoundedLoss,
} as const;

/** A loss in the experiment file; absent keys take their defaults. */
export type { LossSpec };

type Typed = Pick<LossSpec, "type">;

export function lossType({ type }: Typed): LossType {
  const found = Object.hasOwn(losses, type)
    ? (losses[type as keyof typeof losses] as unknown as LossType)
    : ownLoss(type);
  if (found === undefined) throw new Error(`The loss ${type} has not been loaded`);
  return found;
}

/** Whether a loss compares with the teacher. */
export const needsTeacher = (loss: Typed): boolean => lossType(loss).facts.seesTeacher === true;

/** Whether a loss reads labels: samples without one do not count in it. */
export const needsLabels = (loss: Typed): boolean => lossType(loss).facts.needsLabels === true;

/** The tasks that a loss is for. */
export const tasksOf = (loss: Typed): readonly TaskName[] => lossType(loss).tasks ?? taskNames;

/** A loss in a sum of losses. */
export interface Term extends Loss {
  readonly name: string;
  readonly weight: LossWeight;
}

/** Names of the terms of the file's losses, in order. They are unique: the second `kd` is `kd_2`. */
export function termNames(specs: readonly (Typed & { readonly name?: string })[]): readonly string[] {
  const names: string[] = [];
  for (const { name: given, type } of specs) {
    const base = given ?? moduleName(type);
    let name = base;
    for (let count = 2; names.includes(name); count++) name = `${base}_${count}`;
    names.push(name);
  }
  return names;
}

/** The terms of the file's losses. */
export function termsOf(
  specs: readonly LossSpec[],
  {
    shapes,
    samples,
    task = "classification",
  }: Omit<LossContext, "term" | "task"> & Partial<Pick<LossContext, "task">> = {
    shapes: { student: {}, teacher: {} },
    samples: 0,
  },
): Term[] {
  const names = termNames(specs);
  return specs.map((spec, i) => {
    const type = lossType(spec);
    const { weight } = valuesOf(termParameters(type.weight), spec);
    const name = names[i] as string;
    const loss = type.build(valuesOf(type.parameters, spec), { term: name, shapes, samples, task });
    return { ...loss, name, weight };
  });
}

/**
 * Weight of each term in a step, by its name.
 * @param step 0 for the first
 * @param shared divides each by the sum of all; where that is 0, all are equal
 */
export function weightsAt(
  terms: readonly Pick<Term, "name" | "weight">[],
  step: number,
  { shared = false } = {},
): Readonly<Record<string, number>> {
  const weights = terms.map(({ name, weight }) => ({ name, own: weightAt(weight, step) }));
  const sum = weights.reduce((total, { own }) => total + own, 0);
  const share = (own: number) => (sum === 0 ? 1 / terms.length : own / sum);
  return Object.fromEntries(weights.map(({ name, own }) => [name, shared ? share(own) : own]));
}

/** @param step 0 for the first */
export function weightAt(weight: LossWeight, step: number): number {
  if (typeof weight === "number") return weight;
  const progress = weight.over > 0 ? Math.min(1, step / weight.over) : 1;
  return weight.from + (weight.to - weight.from) * progress;
}

export const lossEntry = ({
  description,
  hint,
  formula,
  paper,
  weight,
  parameters,
  facts,
}: LossType): Entry => ({
  description,
  ...(hint ? { hint } : {}),
  parameters: { ...parameters, ...termParameters(weight) },
  facts: { ...facts, formula, ...(paper ? { paper } : {}) },
});

const entries = Object.entries(losses).map(
  ([type, loss]) => [type, lossEntry(loss as unknown as LossType)] as const,
);

/** Losses as the experiment file knows them. */
export const lossKind: Kind = {
  name: "Loss",
  entries: Object.fromEntries(entries),
  module: {
    kind: "loss",
    description:
      "A loss of your own: a module in TypeScript whose default export is `defineLoss({ … })`. It declares the other keys, and gives the loss in TensorFlow.js's operations.",
    parameters: termParameters(),
  },
};

/** Those that need no teacher. */
export const labelLossKind: Kind = {
  name: "LabelLoss",
  partOf: lossKind,
  entries: Object.fromEntries(entries.filter(([, { facts }]) => !facts?.seesTeacher)),
};
