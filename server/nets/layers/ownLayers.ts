import type { LayerType } from "./layer.ts";

/** A layer of a person's own module. No other program knows it, so it has no name in Keras. */
export interface OwnLayerType extends Omit<LayerType, "keras"> {
  /** What its module is, so that another text of it is another layer. */
  readonly version?: string;
}

/** By the path that the experiment names each by. One table for the process, which trains one experiment. */
const own = new Map<string, OwnLayerType>();

export const addOwnLayer = (path: string, layer: OwnLayerType): void => void own.set(path, layer);

export const ownLayer = (path: string): OwnLayerType | undefined => own.get(path);
