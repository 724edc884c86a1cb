import type { Initializer } from "./layers/arguments.ts";
import type { Attributes, ElementType } from "./operators/operator.ts";

/** A network as an ONNX file describes it: nodes in an order in which each follows what it reads. */
export interface Graph {
  /** Its path, for messages. */
  readonly file: string;
  readonly irVersion: number;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nodes: readonly GraphNode[];
  /** Constants by name: weights, shapes, bounds. */
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

export interface GraphNode {
  /** Its first output's, where it has none of its own. */
  readonly name: string;
  /** With its domain before it, DOMAIN::NAME, where that is not the standard one. */
  readonly operator: string;
  /** "" for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** AttributeProto.AttributeType by attribute: a whole number may be an int or a float. */
  readonly attributeTypes: Readonly<Record<string, number>>;
}

export interface GraphTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  /** TensorProto.DataType in the file. */
  readonly type: number;
  /** Absent of weights. */
  readonly values?: ArrayLike<number>;
  /** It is drawn, and not taken from the file. */
  readonly initializer?: Initializer | undefined;
  /** It stands in a node, as constants of the code do, and not among the weights. */
  readonly isNode: boolean;
}

export interface GraphPort {
  readonly name: string;
  /** With the batch; a name for an extent that is free. */
  readonly shape: readonly (number | string)[];
  readonly dtype: ElementType;
  /** TensorProto.DataType in the file. */
  readonly type: number;
}
