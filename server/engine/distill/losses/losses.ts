import { add, type Tensor } from "@tensorflow/tfjs-core";
import type { Projector } from "../../../nets/comparedFeatures.ts";
import { at } from "./at.ts";
import { ce } from "./ce.ts";
import { compare, type LayerPair, type LossContext } from "./compare.ts";
import { type CrdParameters, crdLoss } from "./crd.ts";
import { type DistParameters, dist } from "./dist.ts";
import { type DkdParameters, dkd } from "./dkd.ts";
import { hintLoss } from "./hint.ts";
import { type JsdParameters, jsd } from "./jsd.ts";
import { type KdParameters, kd } from "./kd.ts";
import { labelSmoothing } from "./labelSmoothing.ts";
import type { Labels, Loss, LossInputs } from "./loss.ts";
import { pkt } from "./pkt.ts";
import { reverseKl } from "./reverseKl.ts";
import { rkd } from "./rkd.ts";
import { sp } from "./sp.ts";
import { vidLoss } from "./vid.ts";

/** A number, or a straight line: `from` at step 0 to `to` at step `over`, and `to` from there on. */
export type LossWeight = number | { readonly from: number; readonly to: number; readonly over: number };

interface Weighted {
  readonly weight?: LossWeight | undefined;
  /** Names the term in events and charts; the type when absent. */
  readonly name?: string | undefined;
}

/** A loss as it is named, with some of its parameters. */
type Given<Type extends string, Parameters = unknown> = { readonly type: Type } & {
  readonly [Name in keyof Parameters]?: Parameters[Name] | undefined;
};

export type LossSpec = Weighted &
  (
    | Given<"kd", KdParameters>
    | Given<"dkd", DkdParameters>
    | Given<"dist", DistParameters>
    | Given<"reverseKl", { readonly temperature: number }>
    | Given<"jsd", JsdParameters>
    | (Given<"hint", { readonly projector: Projector }> & LayerPair)
    | (Given<"at", { readonly power: number }> & LayerPairs)
    | (Given<"sp"> & LayerPair)
    | (Given<"rkd", { readonly distance: number; readonly angle: number }> & LayerPair)
    | (Given<"pkt"> & LayerPair)
    | (Given<"vid"> & LayerPair)
    | (Given<"crd", CrdParameters> & LayerPair)
    | Given<"ce">
    | Given<"labelSmoothing", { readonly epsilon: number }>
  );

/** One pair of layers, or as many of the student as of the teacher. */
interface LayerPairs {
  readonly student: string | readonly string[];
  readonly teacher: string | readonly string[];
}

type LossOf<T extends LossSpec["type"]> = (
  spec: Extract<LossSpec, { type: T }>,
  context: LossContext,
) => Loss;

/** Whether a loss compares with the teacher. */
export const needsTeacher = ({ type }: { readonly type: LossSpec["type"] }): boolean =>
  type !== "ce" && type !== "labelSmoothing";

/** Whether a loss is of the labels: samples that have none do not count in it. */
export const needsLabels = ({ type }: { readonly type: LossSpec["type"] }): boolean =>
  type === "ce" || type === "labelSmoothing" || type === "dkd";

/** Every loss that an experiment can name, with its defaults. */
export const losses: { readonly [T in LossSpec["type"]]: LossOf<T> } = {
  kd: ({ temperature = 3, standardize = false }) =>
    onLogits((s, t) => kd(s, t, { temperature, standardize })),
  dkd: ({ temperature = 4, alpha = 1, beta = 8, standardize = false }) =>
    onLogits((s, t, labels) => dkd(s, t, labels, { temperature, alpha, beta, standardize })),
  dist: ({ temperature = 4, beta = 1, gamma = 1 }) =>
    onLogits((s, t) => dist(s, t, { temperature, beta, gamma })),
  reverseKl: ({ temperature = 3 }) => onLogits((s, t) => reverseKl(s, t, { temperature })),
  jsd: ({ temperature = 3, beta = 0.5 }) => onLogits((s, t) => jsd(s, t, { temperature, beta })),
  hint: (spec, context) => hintLoss(spec, context),
  at: ({ power = 2, ...layers }) =>
    added(pairsOf(layers).map((pair) => compare(pair, (s, t) => at(s, t, { power })))),
  sp: (layers) => compare(layers, sp),
  rkd: ({ distance = 25, angle = 50, ...layers }) =>
    compare(layers, (s, t) => rkd(s, t, { distanceWeight: distance, angleWeight: angle })),
  pkt: (layers) => compare(layers, pkt),
  vid: (layers, context) => vidLoss(layers, context),
  crd: (
    {
      dimension = 128,
      negatives = 512,
      negativesFrom = "otherClasses",
      temperature = 0.07,
      momentum = 0.5,
      ...layers
    },
    context,
  ) => crdLoss({ ...layers, dimension, negatives, negativesFrom, temperature, momentum }, context),
  ce: () => onLabels(ce),
  labelSmoothing: ({ epsilon = 0.1 }) => onLabels((s, labels) => labelSmoothing(s, labels, { epsilon })),
};

const onLogits = (f: (student: Tensor, teacher: Tensor, labels: Labels) => Tensor): Loss => ({
  needsTeacher: true,
  value: ({ student, teacher, labels }) => ({ value: f(student.logits, known(teacher).logits, labels) }),
});

const onLabels = (f: (student: Tensor, labels: Labels) => Tensor): Loss => ({
  needsTeacher: false,
  value: ({ student, labels }) => ({ value: f(student.logits, labels) }),
});

/** The sum of losses without weights of their own. */
const added = (losses: readonly Loss[]): Loss => ({
  needsTeacher: true,
  teacherTaps: losses.flatMap(({ teacherTaps = [] }) => teacherTaps),
  value: (inputs) => ({
    value: losses.map(({ value }) => value(inputs).value).reduce((total, next) => add(total, next)),
  }),
});

/** The layers that a loss on features compares. */
export function pairsOf({ student, teacher }: LayerPairs): readonly LayerPair[] {
  const seen = [teacher].flat();
  return [student].flat().flatMap((name, i) => {
    const other = seen[i];
    return other === undefined ? [] : [{ student: name, teacher: other }];
  });
}

/** A loss in a sum of losses. */
export interface Term extends Loss {
  readonly name: string;
  readonly weight: LossWeight;
}

/** The terms that the file's losses stand for. Names are unique: the second `kd` is `kd_2`. */
export function termsOf(
  specs: readonly LossSpec[],
  { shapes, samples }: Omit<LossContext, "term"> = { shapes: { student: {}, teacher: {} }, samples: 0 },
): Term[] {
  const names: string[] = [];
  return specs.map((spec) => {
    const base = spec.name ?? spec.type;
    let name = base;
    for (let count = 2; names.includes(name); count++) name = `${base}_${count}`;
    names.push(name);
    const build = losses[spec.type] as (spec: LossSpec, context: LossContext) => Loss;
    return { ...build(spec, { term: name, shapes, samples }), name, weight: spec.weight ?? 1 };
  });
}

/**
 * What each term weighs in a step, by its name.
 * @param step 0 for the first
 * @param shared each is divided by the sum of all; where that is 0, all weigh the same
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

const known = (teacher: LossInputs["teacher"]): { readonly logits: Tensor } => {
  if (!teacher) throw new Error("A loss that compares with the teacher was given none");
  return teacher;
};
