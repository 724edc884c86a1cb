import type { Node, Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import type { HeldValues } from "./held.ts";

export interface Emission {
  readonly graph: OnnxGraph;
  readonly values: HeldValues;
}

/**
 * Emits a node in its blocked form and sets what it gives; false where it has none for these inputs, and nothing has
 * been emitted then.
 */
export type BlockedForm = (node: Node, emission: Emission) => boolean;

export const input = (node: Node, name: string): Value => node.inputs[name] as Value;
export const result = (node: Node): Value => node.outputs[0] as Value;
