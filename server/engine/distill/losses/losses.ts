import type { Tensor } from "@tensorflow/tfjs-core";
import { ce } from "./ce.ts";
import { type DistParameters, dist } from "./dist.ts";
import { type DkdParameters, dkd } from "./dkd.ts";
import { type JsdParameters, jsd } from "./jsd.ts";
import { type KdParameters, kd } from "./kd.ts";
import { labelSmoothing } from "./labelSmoothing.ts";
import type { Loss, LossInputs } from "./loss.ts";
import { reverseKl } from "./reverseKl.ts";

/** A number, or a straight line: `from` at step 0 to `to` at step `over`, and `to` from there on. */
export type LossWeight = number | { readonly from: number; readonly to: number; readonly over: number };

interface Weighted {
  readonly weight?: LossWeight | undefined;
  /** Names the term in events and charts; the type when absent. */
  readonly name?: string | undefined;
}

export type LossSpec = Weighted &
  (
    | Given<"kd", KdParameters>
    | Given<"dkd", DkdParameters>
    | Given<"dist", DistParameters>
    | Given<"reverseKl", { readonly temperature: number }>
    | Given<"jsd", JsdParameters>
    | { readonly type: "ce" }
    | { readonly type: "labelSmoothing"; readonly epsilon?: number | undefined }
  );

/** A loss as it is named, with some of its parameters. */
type Given<Type extends string, Parameters> = { readonly type: Type } & {
  readonly [Name in keyof Parameters]?: Parameters[Name] | undefined;
};

type LossOf<T extends LossSpec["type"]> = (spec: Extract<LossSpec, { type: T }>) => Loss;

/** Every loss that an experiment can name, with its defaults. */
export const losses: { readonly [T in LossSpec["type"]]: LossOf<T> } = {
  kd: ({ temperature = 4, standardize = false }) => ({
    needsTeacher: true,
    value: ({ student, teacher }) => kd(student.logits, known(teacher).logits, { temperature, standardize }),
  }),
  dkd: ({ temperature = 4, alpha = 1, beta = 8, standardize = false }) => ({
    needsTeacher: true,
    value: ({ student, teacher, labels }) =>
      dkd(student.logits, known(teacher).logits, labels, { temperature, alpha, beta, standardize }),
  }),
  dist: ({ temperature = 4, beta = 1, gamma = 1 }) => ({
    needsTeacher: true,
    value: ({ student, teacher }) =>
      dist(student.logits, known(teacher).logits, { temperature, beta, gamma }),
  }),
  reverseKl: ({ temperature = 4 }) => ({
    needsTeacher: true,
    value: ({ student, teacher }) => reverseKl(student.logits, known(teacher).logits, { temperature }),
  }),
  jsd: ({ temperature = 4, beta = 0.5 }) => ({
    needsTeacher: true,
    value: ({ student, teacher }) => jsd(student.logits, known(teacher).logits, { temperature, beta }),
  }),
  ce: () => ({
    needsTeacher: false,
    value: ({ student, labels }) => ce(student.logits, labels),
  }),
  labelSmoothing: ({ epsilon = 0.1 }) => ({
    needsTeacher: false,
    value: ({ student, labels }) => labelSmoothing(student.logits, labels, { epsilon }),
  }),
};

/** A loss in a sum of losses. */
export interface Term extends Loss {
  readonly name: string;
  readonly weight: LossWeight;
}

/** The terms that the file's losses stand for. Names are unique: the second `kd` is `kd_2`. */
export function termsOf(specs: readonly LossSpec[]): Term[] {
  const names: string[] = [];
  return specs.map((spec) => {
    const base = spec.name ?? spec.type;
    let name = base;
    for (let count = 2; names.includes(name); count++) name = `${base}_${count}`;
    names.push(name);
    const loss = (losses[spec.type] as (spec: LossSpec) => Loss)(spec);
    return { ...loss, name, weight: spec.weight ?? 1 };
  });
}

/** @param step 0 for the first */
export function weightAt(weight: LossWeight, step: number): number {
  if (typeof weight === "number") return weight;
  const progress = weight.over > 0 ? Math.min(1, step / weight.over) : 1;
  return weight.from + (weight.to - weight.from) * progress;
}

const known = (teacher: LossInputs["teacher"]): { readonly logits: Tensor } => {
  if (!teacher) throw new Error("A loss that compares with the teacher was given none");
  return teacher;
};
