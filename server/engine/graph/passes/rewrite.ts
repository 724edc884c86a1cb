import type { Data } from "../../program.ts";
import type { Attributes, Graph, Node, Value } from "../graph.ts";
import { type NodeInputs, outputSpecs } from "../kernel.ts";
import { primitive } from "../kernels.ts";
import { freshValue } from "../values.ts";

/** What a rewrite may ask of the graph so far, and add to it. */
export interface Rewriter {
  /** The node that gives a value, in the rewritten graph; undefined for inputs, state and constants. */
  producer(value: Value): Node | undefined;
  constant(value: Value): Data | undefined;
  /** Appends a node with one output, in the scope of the node that is being rewritten. */
  emit(kernel: string, inputs: NodeInputs, attrs?: Attributes): Value;
  addConstant(shape: readonly number[], data: Data): Value;
}

/**
 * Called for each node in order, with inputs that are rewritten already. Gives the values that take the place of the
 * node's outputs, or undefined to keep the node.
 */
export type Visit = (node: Node, rewriter: Rewriter) => readonly Value[] | undefined;

/** Walks a graph once, front to back, replacing nodes by what `visit` says. */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const replaced = new Map<Value, Value>();
  const nodes: Node[] = [];
  const producers = new Map<Value, Node>();
  const constants = new Map(graph.constants);
  let scope: Pick<Node, "scope"> = {};

  const current = (value: Value): Value => replaced.get(value) ?? value;
  const append = (node: Node): void => {
    nodes.push(node);
    for (const output of node.outputs) producers.set(output, node);
  };
  const rewriter: Rewriter = {
    producer: (value) => producers.get(value),
    constant: (value) => constants.get(value),
    emit: (kernel, inputs, given = {}) => {
      const entry = primitive(kernel);
      const attrs = entry.canonical?.(inputs, given) ?? given;
      const outputs = outputSpecs(entry, inputs, attrs).map(({ shape, dtype }) => freshValue(shape, dtype));
      append({ kernel, inputs, attrs, outputs, ...scope });
      return outputs[0] as Value;
    },
    addConstant: (shape, data) => {
      const dtype = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "bool";
      const value = freshValue(shape, dtype);
      constants.set(value, data);
      return value;
    },
  };

  for (const original of graph.nodes) {
    const node = { ...original, inputs: mapInputs(original.inputs, current) };
    scope = node.scope === undefined ? {} : { scope: node.scope };
    const outputs = visit(node, rewriter);
    if (!outputs) append(node);
    else for (const [i, output] of node.outputs.entries()) replaced.set(output, outputs[i] as Value);
  }
  const currentAll = (values: ReadonlyMap<string, Value>) =>
    new Map([...values].map(([name, value]) => [name, current(value)]));
  return {
    ...graph,
    constants,
    nodes,
    outputs: currentAll(graph.outputs),
    updates: currentAll(graph.updates),
  };
}

export function mapInputs(inputs: NodeInputs, change: (value: Value) => Value): NodeInputs {
  const changed = Object.entries(inputs).map(([name, input]) => [
    name,
    Array.isArray(input) ? input.map(change) : change(input as Value),
  ]);
  return Object.fromEntries(changed);
}
