import type { ImageRows, Parts } from "../../compositions/imageRows.ts";
import type { Operations } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { positions } from "../../slidingWindows.ts";
import { imageOf, type Stored } from "./convertLayout.ts";
import { type ImageLayout, image, type Layout } from "./layout.ts";

/**
 * Plans one kernel for the layouts of its inputs; undefined where nothing beats the kernel itself on natural tensors.
 */
export type Planner = (node: Node, context: LayoutContext) => Plan | undefined;

/** What a planner can query while layouts are being chosen. */
export interface LayoutContext {
  layoutOf(value: Value): Layout;
  /** How an image is arranged if it is free to choose. */
  partsOf(value: Value): Parts;
}

export interface Plan {
  /** The layouts in which inputs are read; natural where an input is not named. */
  readonly reads: ReadonlyMap<Value, Layout>;
  /** One for each output of the node. */
  readonly outputs: readonly Layout[];
  emit(emission: Emission): readonly Stored[];
}

export interface Emission {
  readonly ops: Operations;
  /** An input in the layout that the plan reads it in. */
  read(value: Value): Stored;
}

export const tensorOf = ({ read }: Emission, value: Value): Value => read(value).tensors[0] as Value;
export const readImage = ({ read }: Emission, value: Value): ImageRows => imageOf(value, read(value));

/** An image in its layout. A value in another layout has all positions, and leaving some out would copy it. */
export function asImage(context: LayoutContext, value: Value): ImageLayout {
  const layout = context.layoutOf(value);
  if (layout.kind === "image") return layout;
  const [, height, width] = value.shape as readonly [number, number, number];
  return image([positions(height * width)]);
}
