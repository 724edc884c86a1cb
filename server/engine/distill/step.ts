import { add, mul, type Tensor } from "@tensorflow/tfjs-core";
import type { Net } from "../nets/net.ts";
import type { Tensors } from "../program.ts";
import { clipByGlobalNorm, mapTensors } from "./clip.ts";
import { differentiate } from "./differentiate.ts";
import type { Labels, TeacherOutputs } from "./losses/loss.ts";
import type { Term } from "./losses/losses.ts";
import { asGroup, averageGroup, inGroup, slotGroup, weightsGroup } from "./names.ts";
import { type Optimizer, required } from "./optimizers/optimizer.ts";

/** What a training step does, as opposed to what it does it to. */
export interface Recipe {
  readonly student: Net;
  readonly terms: readonly Term[];
  readonly optimizer: Optimizer;
  readonly decays: (weight: string) => boolean;
  readonly clipNorm?: number | undefined;
  /** Decay of the moving average of the weights; none when absent. */
  readonly ema?: number | undefined;
}

export interface Batch {
  readonly x: Tensor; // [batch, ...inputShape]
  readonly labels: Labels;
  readonly teacher?: TeacherOutputs;
  readonly random: Tensors;
  /** By term. */
  readonly lossWeights: Tensors;
  /** Those that the optimizer asks for. */
  readonly scalars: Tensors;
}

export interface StepResult {
  readonly state: Tensors;
  /** `loss` (weighted sum), every term's raw value under its name, `gradientNorm` (before clipping). */
  readonly outputs: Tensors;
}

/** One step of training: differentiate, clip, update. */
export const distillationStep =
  ({ student, terms, optimizer, decays, clipNorm, ema }: Recipe) =>
  (state: Tensors, batch: Batch): StepResult => {
    const weights = inGroup(weightsGroup, state);
    const trained = Object.fromEntries(
      Object.entries(weights).filter(([name]) => student.parameters[name]?.trainable),
    );

    const { value, gradients, beside } = differentiate(trained, () => {
      const outputs = student.apply(weights, batch.x, { training: true, random: batch.random });
      const raw = Object.fromEntries(
        terms.map((term) => [
          term.name,
          term.value({ student: outputs, labels: batch.labels, ...teacherOf(batch) }),
        ]),
      );
      const weighted = terms.map(({ name }) => mul(required(raw, name), required(batch.lossWeights, name)));
      return {
        value: weighted.reduce((total, next) => add(total, next)),
        beside: { ...asGroup("terms", raw), ...asGroup("averages", outputs.averages) },
      };
    });
    const { gradients: clipped, norm } = clipByGlobalNorm(gradients, clipNorm);
    const updates = update(trained, clipped, state, { optimizer, decays, scalars: batch.scalars });

    const changed = { ...updates.weights, ...inGroup("averages", beside) };
    return {
      state: { ...asGroup(weightsGroup, changed), ...updates.slots, ...movingAverage(state, changed, ema) },
      outputs: { loss: value, ...inGroup("terms", beside), gradientNorm: norm },
    };
  };

const teacherOf = ({ teacher }: Batch) => (teacher ? { teacher } : {});

function update(
  trained: Tensors,
  gradients: Tensors,
  state: Tensors,
  { optimizer, decays, scalars }: Pick<Recipe, "optimizer" | "decays"> & { readonly scalars: Tensors },
): { readonly weights: Tensors; readonly slots: Tensors } {
  const slotsOf = Object.fromEntries(optimizer.slots.map((slot) => [slot, inGroup(slotGroup(slot), state)]));
  const weights: Record<string, Tensor> = {};
  const slots: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(trained)) {
    const own = Object.fromEntries(
      optimizer.slots.map((slot) => [slot, required(slotsOf[slot] ?? {}, name)]),
    );
    const updated = optimizer.update(
      { value, gradient: required(gradients, name), slots: own, decays: decays(name) },
      scalars,
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
