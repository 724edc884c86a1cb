import type { Data, DType, Precision } from "../program.ts";

/** A tensor in a graph: shape and dtype, no data. Identity is the object itself; `id` is for printing. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export type Attribute =
  | number
  | boolean
  | string
  | readonly number[]
  | readonly (readonly number[])[]
  | undefined;
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * One kernel call, in tfjs's kernel names, input names and attribute names. Kernels that tfjs gives a plain array of
 * tensors (Concat, Pack, AddN) have one input named `tensors`; absent and null inputs and attributes are left out.
 */
export interface Node {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Value | readonly Value[]>>;
  readonly attrs: Attributes;
  readonly outputs: readonly Value[];
  /** The layer or step of the program that asked for it, for error messages and profiles. */
  readonly scope?: string;
}

/** One traced entry point. `nodes` are in topological order; a value is an input, a state, a constant or a node's output. */
export interface Graph {
  readonly name: string;
  /** May be run several times in one call. */
  readonly repeats?: boolean;
  readonly inputs: ReadonlyMap<string, Value>;
  readonly state: ReadonlyMap<string, Value>;
  readonly constants: ReadonlyMap<Value, Data>;
  readonly nodes: readonly Node[];
  readonly outputs: ReadonlyMap<string, Value>;
  /** As the entry's. */
  readonly precision?: Precision;
  /** State tensors that the entry replaces. */
  readonly updates: ReadonlyMap<string, Value>;
}

/** Graph → graph, one concern each; see passes/. */
export type Pass = (graph: Graph) => Graph;

/** The node that gives each value. */
export const producersOf = (nodes: readonly Node[]): ReadonlyMap<Value, Node> =>
  new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
