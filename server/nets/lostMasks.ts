import { findLayerType } from "./layerTypes.ts";
import type { PlannedLayer } from "./shapes.ts";

type Layer = Pick<PlannedLayer, "type" | "name" | "inputs" | "arguments" | "inputShapes" | "own">;

/** The layers that ignore the padding mask, so that layers behind them treat padding as words, too. */
export function lostMasks<L extends Layer>(layers: readonly L[]): L[] {
  const masked = new Set<string>();
  return layers.filter(({ type, name, inputs, arguments: given, inputShapes, own }) => {
    const { mask } = own ?? findLayerType(type) ?? {};
    if (type === "embedding" && given["maskToken"] !== null && inputShapes[0]?.length === 1) masked.add(name);
    if (!inputs.some((input) => masked.has(input))) return false;
    if (mask === "passes") masked.add(name);
    return mask === undefined;
  });
}

/** @param layer the name of one of them */
export const lostMask = (layer: string): string =>
  `${layer} takes padding for words, and the layers behind it cannot tell any more. Attention, recurrent and dense layers, layer normalisation, dropout, activations and merging layers keep padding apart; globalAveragePooling1d and globalMaxPooling1d leave it out.`;
