import type { ValuesOf } from "./layers/arguments.ts";
import { dense, flatten } from "./layers/dense.ts";

/**
 * Every layer that a net can have, under the name that the experiment file gives it: tf.layers' factory names with
 * Keras's arguments. Pure data and shape rules; what a layer computes stands under the same name in calls/.
 */
export const layerTypes = {
  dense,
  flatten,
} as const;

export type LayerTypeName = keyof typeof layerTypes;
export type ArgumentsOf<T extends LayerTypeName> = ValuesOf<(typeof layerTypes)[T]["arguments"]>;

export const isLayerType = (type: string): type is LayerTypeName => Object.hasOwn(layerTypes, type);
