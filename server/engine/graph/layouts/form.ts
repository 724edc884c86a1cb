import type { Node, Value } from "../graph.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import type { Parts } from "./arrangement.ts";
import { imageOf, type Stored } from "./convert.ts";
import type { Image } from "./image.ts";
import { type ImageLayout, image, type Layout, type StateLayout } from "./layout.ts";
import { positions } from "./windows.ts";

/**
 * How one kernel is computed on values in the layouts that its inputs have; undefined where it has no better form
 * than the kernel's own, which takes and gives natural tensors.
 */
export type Form = (node: Node, look: Look) => Plan | undefined;

/** What a form may know while the layouts of a graph are being chosen. */
export interface Look {
  layoutOf(value: Value): Layout;
  /** How an image is arranged if it is free to choose. */
  partsOf(value: Value): Parts;
  /** The layout of a state tensor inside a packed vector. */
  memberLayout(slot: string, index: number): StateLayout;
}

export interface Plan {
  /** The layouts in which inputs are read; natural where an input is not named. */
  readonly reads: ReadonlyMap<Value, Layout>;
  /** One for each output of the node. */
  readonly outputs: readonly Layout[];
  emit(emission: Emission): readonly Stored[];
}

export interface Emission {
  readonly graph: OnnxGraph;
  /** An input in the layout that the plan reads it in. */
  read(value: Value): Stored;
}

export const tensorOf = ({ read }: Emission, value: Value): string => read(value).tensors[0] as string;
export const readImage = ({ read }: Emission, value: Value): Image => imageOf(value, read(value));

/** An image as it is held; a value that is held otherwise has all positions, and leaving some out would copy it. */
export function asImage(look: Look, value: Value): ImageLayout {
  const layout = look.layoutOf(value);
  if (layout.kind === "image") return layout;
  const [, height, width] = value.shape as readonly [number, number, number, number];
  return image([positions(height * width)]);
}

export const input = (node: Node, name: string): Value => node.inputs[name] as Value;
export const result = (node: Node): Value => node.outputs[0] as Value;
