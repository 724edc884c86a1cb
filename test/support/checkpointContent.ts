import type { CheckpointContent } from "../../server/runs/checkpoints.ts";

/** Every value contains the step, so that a mix of two checkpoints would show. */
export function contentOf(step: number, size = 16): CheckpointContent {
  return {
    tensors: {
      "weights/dense.kernel": { dtype: "float32", shape: [size], data: new Float32Array(size).fill(step) },
      "optimizer/step": { dtype: "int32", shape: [], data: Int32Array.of(step) },
    },
    meta: {
      step,
      best: { step, epoch: 1, metrics: { accuracy: 0.5 } },
      evaluationsSinceBest: 0,
      finished: false,
    },
  };
}
