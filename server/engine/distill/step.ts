import { add, mul, type Tensor } from "@tensorflow/tfjs-core";
import type { Standard } from "../../data/standard.ts";
import type { Net, NetOutputs, Parameter } from "../nets/net.ts";
import { beforeUnits } from "../nets/unitsLayer.ts";
import type { Tensors } from "../program.ts";
import { clipByGlobalNorm, mapTensors } from "./clip.ts";
import { differentiate } from "./differentiate.ts";
import type { Labels, SampledRows, TeacherOutputs } from "./losses/loss.ts";
import type { Term } from "./losses/losses.ts";
import {
  accumulatedGroup,
  asGroup,
  averageGroup,
  inGroup,
  lossGroup,
  slotGroup,
  weightsGroup,
} from "./names.ts";
import { required } from "./optimizers/optimizer.ts";
import { standardizer } from "./standardize.ts";
import type { WeightRules } from "./weightRules.ts";

/** Settings of a training step, apart from its data. */
export interface Recipe {
  readonly student: Net;
  readonly terms: readonly Term[];
  readonly rules: WeightRules;
  readonly decays: (weight: string) => boolean;
  readonly clipNorm?: number | undefined;
  /** Losses compare numbers in these units; as they are where it is absent. */
  readonly standard?: Standard | undefined;
  /** Decay of the moving average of the weights; none when absent. */
  readonly ema?: number | undefined;
}

export interface Batch {
  readonly x: Tensor; // [batch, ...inputShape]
  readonly labels: Labels;
  readonly teacher?: TeacherOutputs;
  /** By term, for those that compare samples with others. */
  readonly sampled: Readonly<Record<string, SampledRows>>;
  readonly random: Tensors;
  /** By term. */
  readonly lossWeights: Tensors;
  /** Those that the optimizer asks for. */
  readonly scalars: Tensors;
  /** Parameters of losses that change from step to step, as TERM/PARAMETER. */
  readonly scheduled: Tensors;
  /** Where gradients are accumulated: see {@link accumulation}. */
  readonly accumulation?: { readonly share: Tensor; readonly kept: Tensor };
}

export interface StepResult {
  readonly state: Tensors;
  /** `loss` (weighted sum), every term's raw value under its name, `gradientNorm` (before clipping). */
  readonly outputs: Tensors;
}

/** One step of training: differentiate, clip, update. */
export function distillationStep(recipe: Recipe): (state: Tensors, batch: Batch) => StepResult {
  const { rules, decays, clipNorm, ema } = recipe;
  const differentiated = derivatives(recipe);
  return (state, batch) => {
    const { weights, own, trained, value, gradients, beside } = differentiated(state, batch);
    const { gradients: clipped, norm } = clipByGlobalNorm(gradients, clipNorm);
    const updates = update(trained, clipped, state, { rules, decays, scalars: batch.scalars });

    const all = { ...updates.weights, ...inGroup("averages", beside) };
    return {
      state: {
        ...named(all, { weights, own }),
        ...updates.slots,
        ...movingAverage(state, sharedKeys(all, weights), ema),
      },
      outputs: { loss: value, ...inGroup("terms", beside), gradientNorm: norm },
    };
  };
}

/** A batch of a step whose gradients are added to those of the batches before, and nothing else: averages move as in a step. */
export function accumulatingStep(recipe: Recipe): (state: Tensors, batch: Batch) => StepResult {
  const differentiated = derivatives(recipe);
  return (state, batch) => {
    const { weights, own, value, gradients, beside } = differentiated(state, batch);
    return {
      state: {
        ...named(inGroup("averages", beside), { weights, own }),
        ...asGroup(accumulatedGroup, gradients),
      },
      outputs: { loss: value, ...inGroup("terms", beside) },
    };
  };
}

/**
 * The loss of a batch, L = Σᵢ λᵢ ℓᵢ(student(x), teacher(x), y), and its gradients, of which those of the batches before are a part
 * where gradients are accumulated.
 */
const derivatives =
  ({ student, terms, standard }: Recipe) =>
  (state: Tensors, given: Batch) => {
    const units = standard && standardizer(standard);
    const batch = units ? inUnits(given, units) : given;
    const weights = inGroup(weightsGroup, state);
    const own = inGroup(lossGroup, state);
    const parameters = { ...student.parameters, ...ownParameters(terms) };
    const trained = Object.fromEntries(
      Object.entries({ ...weights, ...own }).filter(([name]) => parameters[name]?.trainable),
    );

    const { value, gradients, beside } = differentiate(trained, () => {
      const applied = student.apply(weights, batch.x, { training: true, random: batch.random });
      const outputs = units ? units.student(applied, beforeUnits(student)) : applied;
      const { raw, averages } = valuesOf(terms, outputs, { batch, own });
      return {
        value: weightedSum(terms, raw, batch.lossWeights),
        beside: { ...asGroup("terms", raw), ...asGroup("averages", { ...outputs.averages, ...averages }) },
      };
    });
    return { weights, own, trained, value, gradients: accumulated(gradients, state, batch), beside };
  };

/** ℓᵢ by term, in their order, and new values of the losses' own averages. */
function valuesOf(
  terms: readonly Term[],
  student: NetOutputs,
  { batch, own }: { readonly batch: Batch; readonly own: Tensors },
): { readonly raw: Tensors; readonly averages: Tensors } {
  const inputs = { student, labels: batch.labels, own, ...(batch.teacher ? { teacher: batch.teacher } : {}) };
  const values = terms.map((term) => ({
    name: term.name,
    ...term.value({
      ...inputs,
      sampled: batch.sampled[term.name],
      scheduled: inGroup(term.name, batch.scheduled),
    }),
  }));
  return {
    raw: Object.fromEntries(values.map(({ name, value }) => [name, value])),
    averages: Object.assign({}, ...values.map(({ averages }) => averages ?? {})),
  };
}

/** Σᵢ λᵢ ℓᵢ */
const weightedSum = (terms: readonly Term[], values: Tensors, weights: Tensors): Tensor =>
  terms
    .map(({ name }) => mul(required(values, name), required(weights, name)))
    .reduce((total, next) => add(total, next));

const inUnits = (batch: Batch, units: ReturnType<typeof standardizer>): Batch => ({
  ...batch,
  labels: units.labels(batch.labels),
  ...(batch.teacher ? { teacher: units.teacher(batch.teacher) } : {}),
});

function accumulated(gradients: Tensors, state: Tensors, { accumulation }: Batch): Tensors {
  if (accumulation === undefined) return gradients;
  const { share, kept } = accumulation;
  const before = inGroup(accumulatedGroup, state);
  return mapTensors(gradients, (gradient, name) =>
    add(mul(required(before, name), kept), mul(gradient, share)),
  );
}

/** The losses' own weights, under names that no weight of a net has. */
export const ownParameters = (terms: readonly Term[]): Readonly<Record<string, Parameter>> =>
  Object.assign({}, ...terms.map(({ own }) => own?.parameters ?? {}));

const sharedKeys = (tensors: Tensors, others: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => Object.hasOwn(others, name)));

/** New values of weights, of the student and of losses, as they are called in the state. */
const named = (
  values: Tensors,
  { weights, own }: { readonly weights: Tensors; readonly own: Tensors },
): Tensors => ({
  ...asGroup(weightsGroup, sharedKeys(values, weights)),
  ...asGroup(lossGroup, sharedKeys(values, own)),
});

function update(
  trained: Tensors,
  gradients: Tensors,
  state: Tensors,
  { rules, decays, scalars }: Pick<Recipe, "rules" | "decays"> & { readonly scalars: Tensors },
): { readonly weights: Tensors; readonly slots: Tensors } {
  const slotsOf = Object.fromEntries(rules.slots.map((slot) => [slot, inGroup(slotGroup(slot), state)]));
  const weights: Record<string, Tensor> = {};
  const slots: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(trained)) {
    const own = Object.fromEntries(rules.slots.map((slot) => [slot, required(slotsOf[slot] ?? {}, name)]));
    const rule = rules.of(name);
    const updated = rule.update(
      {
        value,
        gradient: required(gradients, name),
        slots: own,
        decays: rule.hasOwnDecay || decays(name),
      },
      rule.scalars(scalars),
    );
    weights[name] = updated.value;
    for (const [slot, tensor] of Object.entries(updated.slots)) slots[`${slotGroup(slot)}/${name}`] = tensor;
  }
  return { weights, slots };
}

/** Polyak averaging: ema ← d · ema + (1 − d) · weight. */
function movingAverage(state: Tensors, weights: Tensors, decay: number | undefined): Tensors {
  if (decay === undefined) return {};
  const before = inGroup(averageGroup, state);
  return asGroup(
    averageGroup,
    mapTensors(weights, (weight, name) => add(mul(required(before, name), decay), mul(weight, 1 - decay))),
  );
}
