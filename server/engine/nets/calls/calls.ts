import type { ArgumentsOf, LayerTypeName } from "../layerTypes.ts";
import type { Call } from "./call.ts";
import { dense, flatten } from "./dense.ts";

/** What each layer type computes. */
export const calls: { readonly [T in LayerTypeName]: Call<ArgumentsOf<T>> } = {
  dense,
  flatten,
};
