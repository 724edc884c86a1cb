import type { Tensor } from "@tensorflow/tfjs-core";
import { integer, optional, varied } from "../../parameters/parameter.ts";
import { initializer } from "./arguments.ts";
import { layer } from "./layer.ts";

export const embedding = layer({
  description: "A trained vector for each integer of the input.",
  keras: { className: "Embedding" },
  arguments: {
    inputDim: integer("How many integers there are: 0 … inputDim − 1.", { minimum: 1, examples: [1000] }),
    outputDim: integer("Size of each vector.", { minimum: 1, examples: [64] }),
    embeddingsInitializer: varied(initializer, {
      description: "How the initial vectors are drawn.",
      default: "glorotUniform",
    }),
    maskToken: optional(
      integer(
        "The number that stands for padding, as the tokenizer of a text has it: places that hold it are left out of attention and of global pooling behind it. Absent: every place counts.",
        { minimum: 0, examples: [0] },
      ),
    ),
  },
  mask: ({ tf, x }, { maskToken }) =>
    maskToken === null || x.rank !== 2
      ? undefined
      : tf.cast(tf.notEqual(x, tf.scalar(maskToken, x.dtype === "int32" ? "int32" : "float32")), "float32"),
  shape: (input, { inputDim, outputDim, embeddingsInitializer }) => ({
    output: [...input, outputDim],
    parameters: {
      embeddings: { shape: [inputDim, outputDim], role: "kernel", initializer: embeddingsInitializer },
    },
  }),
  /**
   * A number below 0 has no row. ONNX would count it from the end, so that it is moved to where no engine finds one; what is
   * said of it then moves it back (`native/indexOutOfRange.ts`).
   */
  forward: ({ tf, x, weights }) => {
    const table = weights["embeddings"] as Tensor; // [inputDim, outputDim]
    const numbers = tf.cast(x, "int32");
    const isBelow = tf.cast(tf.less(numbers, tf.scalar(0, "int32")), "int32");
    const rows = tf.scalar(table.shape[0] as number, "int32");
    return tf.gather(table, tf.sub(numbers, tf.mul(isBelow, rows)));
  },
});
