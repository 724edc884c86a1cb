import { type AdagradParameters, adagrad } from "./adagrad.ts";
import { type AdamParameters, adam, adamw } from "./adam.ts";
import { type LionParameters, lion } from "./lion.ts";
import type { Optimizer } from "./optimizer.ts";
import { type RmspropParameters, rmsprop } from "./rmsprop.ts";
import { type SgdParameters, sgd } from "./sgd.ts";

export type OptimizerSpec = {
  readonly learningRate?: number | undefined;
  /** Lets weight decay shrink biases and the parameters of norms too, as PyTorch's optimizers do. */
  readonly decayBiasAndNorm?: boolean | undefined;
} & (
  | ({ readonly type: "adamw" } & AdamParameters)
  | ({ readonly type: "adam" } & AdamParameters)
  | ({ readonly type: "sgd" } & SgdParameters)
  | ({ readonly type: "rmsprop" } & RmspropParameters)
  | ({ readonly type: "lion" } & LionParameters)
  | ({ readonly type: "adagrad" } & AdagradParameters)
);

type OptimizerOf<T extends OptimizerSpec["type"]> = (spec: Extract<OptimizerSpec, { type: T }>) => Optimizer;

/** Every optimizer that an experiment can name. */
export const optimizers: { readonly [T in OptimizerSpec["type"]]: OptimizerOf<T> } = {
  adamw,
  adam,
  sgd,
  rmsprop,
  lion,
  adagrad,
};

/** PyTorch's default learning rates, and for Lion, which it does not have, the authors'. */
export const defaultLearningRates: Readonly<Record<OptimizerSpec["type"], number>> = {
  adamw: 1e-3,
  adam: 1e-3,
  sgd: 1e-3,
  rmsprop: 1e-2,
  lion: 1e-4,
  adagrad: 1e-2,
};

export const optimizerOf = (spec: OptimizerSpec): Optimizer =>
  (optimizers[spec.type] as (spec: OptimizerSpec) => Optimizer)(spec);

export const learningRateOf = (spec: OptimizerSpec): number =>
  spec.learningRate ?? defaultLearningRates[spec.type];
