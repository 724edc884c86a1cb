import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tensors } from "../../program.ts";
import type { Shape } from "../layers/layer.ts";

/** What a layer is given beside its arguments. Tensors have the batch as their first axis. */
export interface CallContext {
  /** The first of `inputs`. */
  readonly x: Tensor;
  readonly inputs: readonly Tensor[];
  readonly weights: Tensors;
  readonly training: boolean;
  /** The numbers that the layer's shape rule asked for; only in training. */
  readonly random?: Tensor;
  /** With the batch. */
  readonly outputShape: Shape & number[];
}

/** `averages` are new values of weights that move with the data, such as batch norm's. */
export type CallResult = Tensor | { readonly output: Tensor; readonly averages: Tensors };

/** What a layer computes, in tfjs ops. */
export type Call<A> = (context: CallContext, args: A) => CallResult;
