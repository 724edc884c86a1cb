import { cast, gather, less, mul, scalar, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

/**
 * A number below 0 has no row. ONNX would count it from the end, so that it is moved to where no engine finds one; what is
 * said of it then moves it back (`native/indexOutOfRange.ts`).
 */
export const embedding: Call<ArgumentsOf<"embedding">> = ({ x, weights }) => {
  const table = weights["embeddings"] as Tensor; // [inputDim, outputDim]
  const numbers = cast(x, "int32");
  const isBelow = cast(less(numbers, scalar(0, "int32")), "int32");
  return gather(table, sub(numbers, mul(isBelow, scalar(table.shape[0] as number, "int32"))));
};
