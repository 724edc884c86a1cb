import type { Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { buildNet } from "../../nets/net.ts";
import type { Tensors } from "../../program.ts";
import type { OwnWeights } from "./loss.ts";

/** A small net between the student's features and the teacher's, owned by a loss. */
export interface OwnNet {
  readonly own: OwnWeights;
  readonly apply: (own: Tensors, x: Tensor) => { readonly output: Tensor; readonly averages: Tensors };
}

/** @param term name of the loss, under which the net's weights go: TERM/LAYER.WEIGHT */
export function ownNet(term: string, layers: readonly LayerSpec[], inputShape: Shape): OwnNet {
  const named = layers.map((layer) => ({ ...layer, name: `${term}/${layer.name}` }));
  const net = buildNet(named, inputShape);
  if ("problems" in net) throw new Error(`${term}: ${net.problems[0]?.message}`);
  const { parameters, initial } = net;
  return {
    own: { parameters, initial },
    apply: (own, x) => {
      const { logits, averages } = net.apply(own, x, { training: true, random: {} });
      return { output: logits, averages };
    },
  };
}
