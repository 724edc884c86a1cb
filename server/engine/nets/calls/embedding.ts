import { cast, gather, type Tensor } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

export const embedding: Call<ArgumentsOf<"embedding">> = ({ x, weights }) =>
  gather(weights["embeddings"] as Tensor, cast(x, "int32"));
