import { type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { Program, TensorSpec, Tensors } from "../program.ts";
import type { Graph } from "./graph.ts";
import { trace } from "./trace.ts";

/** A net in inference mode, as a function of its weights. */
export interface ExportableNet {
  /** int32: it looks its numbers up, so that it is fed whole ones; float32 when absent. */
  readonly inputType?: "float32" | "int32";
  /** Of one sample: [height, width, channels] for images. */
  readonly inputShape: readonly number[];
  readonly weights: Readonly<Record<string, TensorSpec>>;
  /** @param x [batch, ...inputShape]; gives [batch, classes] */
  readonly logits: (weights: Tensors, x: Tensor) => Tensor;
}

/** Sizes that divide no other dimension, which shows where the batch matters. */
export const trialBatches = [65521, 65519] as const;

/** The net for batches of one size, traced as the entry that gives `logits` of `input`. */
export function inference(
  net: ExportableNet,
  batch: number,
  { layout }: { readonly layout?: "nhwc" | "nchw" } = {},
): Graph {
  const { inputShape } = net;
  const turn = layout === "nchw" && inputShape.length === 3;
  const [height, width, channels] = inputShape as [number, number, number];
  const shape = [batch, ...(turn ? [channels, height, width] : inputShape)];
  const program: Program = {
    state: net.weights,
    entries: [
      {
        name: "inference",
        inputs: { input: { shape, dtype: net.inputType ?? "float32" } },
        run: (weights, { input }) => {
          const x = input as Tensor;
          return {
            state: {},
            outputs: { logits: net.logits(weights, turn ? transpose(x, [0, 2, 3, 1]) : x) },
          };
        },
      },
    ],
  };
  return trace(program)[0] as Graph;
}
