import type { Tensor } from "@tensorflow/tfjs-core";
import type { Parameters, ValuesOf } from "../../../parameters/parameter.ts";
import type { Tensors } from "../../program.ts";

/**
 * An update rule, written for one weight at a time: weights of every shape get the same ops in the same order, which
 * lets the compiler run them as one.
 */
export interface Optimizer {
  /** Names of the state kept per weight, in its shape, initially zeros. */
  readonly slots: readonly string[];
  /**
   * The numbers that change from step to step, computed here in float64 and fed: powers and differences from 1 lose too
   * many digits in float32.
   * @param step 0 for the first
   */
  readonly scalars: (step: number, learningRate: number) => Readonly<Record<string, number>>;
  readonly update: (weight: Weight, scalars: Tensors) => { readonly value: Tensor; readonly slots: Tensors };
}

interface Weight {
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly slots: Tensors;
  /** Whether weight decay applies to this one. */
  readonly decays: boolean;
}

/** An optimizer of the experiment file: its parameters and its rule. */
export interface OptimizerType<P extends Parameters = Parameters> {
  readonly description: string;
  /** Shown beside its name in completion. */
  readonly hint?: string;
  readonly parameters: P;
  readonly rule: (values: ValuesOf<P>) => Optimizer;
}

/** Declares an optimizer. */
export const optimizer = <const P extends Parameters>(declaration: OptimizerType<P>): OptimizerType<P> =>
  declaration;

/** `tensors[name]`, which must be there. */
export function required(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`The tensor ${name} is missing`);
  return tensor;
}
