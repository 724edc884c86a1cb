import { mul, square, type Tensor } from "@tensorflow/tfjs-core";

/** A temperature that changes from `from` at step 0 to `to` at step `over`, and stays from there on. */
export interface TemperatureSchedule {
  readonly from: number;
  readonly to: number;
  readonly over: number;
  readonly curve?: "linear" | "cosine";
}

/** What a loss computes with: a number, or of a schedule the scalar that is fed in each step. */
export type Temperature = number | Tensor;

export const isTemperatureSchedule = (value: unknown): value is TemperatureSchedule =>
  typeof value === "object" && value !== null && "from" in value && "to" in value && "over" in value;

/** @param step 0 for the first */
export function temperatureAt({ from, to, over, curve }: TemperatureSchedule, step: number): number {
  const progress = Math.min(1, step / over);
  const share = curve === "cosine" ? (1 - Math.cos(Math.PI * progress)) / 2 : progress;
  return from + (to - from) * share;
}

/** T² · value, which keeps the gradient's size as T changes. */
export const timesSquared = (value: Tensor, T: Temperature): Tensor =>
  mul(value, typeof T === "number" ? T * T : square(T));
