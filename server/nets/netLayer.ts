import type { Shape } from "./layers/layer.ts";

/** A part of a net with an output of its own. */
export interface NetLayer {
  readonly name: string;
  /** Of a layer, or an operator of ONNX. */
  readonly type: string;
  /** Names of the layers that it reads, or "input". */
  readonly inputs: readonly string[];
  /** Of one sample, images channels last. */
  readonly outputShape: Shape;
  readonly parameterCount: number;
  /** Of these the values of kernels, which are multiplied once for each position of the output. */
  readonly kernelCount: number;
}
