import type { Data } from "../../program.ts";
import type { Attributes, Graph, Node, Value } from "../graph.ts";
import { inputValues, type NodeInputs, outputSpecs } from "../kernel.ts";
import { primitive } from "../kernels.ts";
import { freshValue } from "../values.ts";
import { deadCode } from "./deadCode.ts";
import { type Call, call, type Found, find } from "./pattern.ts";

/** What a rule may ask of the graph, and add to it. */
export interface Rewriter {
  /** The node that gives a value, in the rewritten graph; undefined for inputs, state and constants. */
  producer(value: Value): Node | undefined;
  constant(value: Value): Data | undefined;
  /** Who reads a value in the graph that is being rewritten; undefined where that graph does not have the value. */
  readers(value: Value): Readers | undefined;
  /** Appends a node with one output, in the scope of the node that is being rewritten. */
  emit(kernel: string, inputs: NodeInputs, attrs?: Attributes): Value;
  addConstant(shape: readonly number[], data: Data): Value;
}

export interface Readers {
  readonly nodes: readonly Node[];
  /** The value is an output or an update of the graph. */
  readonly leaves: boolean;
}

/** One row of a table of rewrites: what is looked for, and the value that takes the place of its output. */
export interface Rule {
  readonly pattern: Call;
  /** Undefined where the node stays as it is. */
  readonly replace: (node: Node, rewriter: Rewriter, found: Found) => Value | undefined;
}

/** A rule for every node of some kernels. */
export const rule = (kernels: string | readonly string[], replace: Rule["replace"]): Rule => ({
  pattern: call(kernels),
  replace,
});

/**
 * Applies a table of rules until none finds anything more. Equal nodes are computed once: kernels have no effects and draw no
 * random numbers. What no output and no update depends on is removed.
 */
export function rewrite(graph: Graph, rules: readonly Rule[]): Graph {
  const visit = visitor(rules);
  let current = deadCode(graph);
  for (let round = 0; round < mostRounds; round++) {
    const next = deadCode(walk(current, visit, { merges: true }));
    if (next === current) return current;
    current = next;
  }
  throw new Error(`the rewrites of ${graph.name} do not end`);
}

const mostRounds = 1000;

/** Applies a table of rules to each node once; nodes that nothing depends on any more stay. */
export const rewriteOnce = (graph: Graph, rules: readonly Rule[]): Graph => walk(graph, visitor(rules));

function visitor(rules: readonly Rule[]): Visit {
  const byKernel = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const kernel of rule.pattern.kernels) byKernel.set(kernel, [...(byKernel.get(kernel) ?? []), rule]);
  return (node, rewriter) => {
    for (const { pattern, replace } of byKernel.get(node.kernel) ?? []) {
      const found = find(pattern, node, rewriter.producer);
      const value = found && replace(node, rewriter, found);
      if (value) return value;
    }
    return undefined;
  };
}

type Visit = (node: Node, rewriter: Rewriter) => Value | undefined;

/**
 * Walks a graph once, front to back. `visit` is called for each node with inputs that are rewritten already, and gives the value
 * that takes the place of the node's output, or undefined to keep the node. The same graph comes back where nothing changes.
 */
export function walk(
  graph: Graph,
  visit: Visit,
  { merges = false }: { readonly merges?: boolean } = {},
): Graph {
  const replaced = new Map<Value, Value>();
  const nodes: Node[] = [];
  const producers = new Map<Value, Node>();
  const constants = new Map(graph.constants);
  const equals = new Equals(graph.constants);
  let scope: Pick<Node, "scope"> = {};
  let readers: ReadonlyMap<Value, Readers> | undefined;

  const current = (value: Value): Value => replaced.get(value) ?? value;
  /** The outputs of an equal node that is there already, or of this one. */
  const append = (node: Node): readonly Value[] => {
    const earlier = merges ? equals.earlier(node) : undefined;
    if (earlier) return earlier.outputs;
    nodes.push(node);
    for (const output of node.outputs) producers.set(output, node);
    return node.outputs;
  };
  const rewriter: Rewriter = {
    producer: (value) => producers.get(value),
    constant: (value) => constants.get(value),
    readers: (value) => {
      readers ??= readersIn(graph);
      return readers.get(value);
    },
    emit: (kernel, inputs, given = {}) => {
      const entry = primitive(kernel);
      const attrs = entry.canonical?.(inputs, given) ?? given;
      const outputs = outputSpecs(entry, inputs, attrs).map(({ shape, dtype }) => freshValue(shape, dtype));
      return append({ kernel, inputs, attrs, outputs, ...scope })[0] as Value;
    },
    addConstant: (shape, data) => {
      const dtype = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "bool";
      const value = freshValue(shape, dtype);
      constants.set(value, data);
      equals.addConstant(value, data);
      return value;
    },
  };

  for (const original of graph.nodes) {
    const changed = inputValues(original.inputs).some((input) => replaced.has(input));
    const node = changed ? { ...original, inputs: mapInputs(original.inputs, current) } : original;
    scope = node.scope === undefined ? {} : { scope: node.scope };
    const value = visit(node, rewriter);
    const outputs = value ? [value] : append(node);
    for (const [i, output] of node.outputs.entries())
      if (outputs[i] !== output) replaced.set(output, outputs[i] as Value);
  }
  if (replaced.size === 0) return graph;
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

/** Finds nodes that compute the same. */
class Equals {
  readonly #nodes = new Map<string, Node>();
  readonly #constants = new Map<string, Value>();
  readonly #first = new Map<Value, Value>(); // of the small constants with the same contents

  constructor(constants: Graph["constants"]) {
    for (const [value, data] of constants) this.addConstant(value, data);
  }

  addConstant(value: Value, data: Data): void {
    if (data.length > 64) return;
    const key = `${value.dtype}[${value.shape}]${data.join()}`;
    const known = this.#constants.get(key);
    if (known) this.#first.set(value, known);
    else this.#constants.set(key, value);
  }

  /** An equal node that was asked about before; else this one is remembered. */
  earlier(node: Node): Node | undefined {
    const key = this.#keyOf(node);
    const earlier = this.#nodes.get(key);
    if (!earlier) this.#nodes.set(key, node);
    return earlier;
  }

  #keyOf({ kernel, inputs, attrs, outputs }: Node): string {
    const operands = Object.entries(inputs).map(([name, input]) => {
      const values = Array.isArray(input) ? input : [input as Value];
      return [name, ...values.map((value: Value) => (this.#first.get(value) ?? value).id)];
    });
    const sorted = Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([kernel, operands, sorted, outputs.map(({ shape, dtype }) => [shape, dtype])]);
  }
}

function readersIn({
  inputs,
  state,
  constants,
  nodes,
  outputs,
  updates,
}: Graph): ReadonlyMap<Value, Readers> {
  const leaving = new Set([...outputs.values(), ...updates.values()]);
  const readers = new Map<Value, { readonly nodes: Node[]; readonly leaves: boolean }>();
  const made = nodes.flatMap((node) => node.outputs);
  for (const value of [...inputs.values(), ...state.values(), ...constants.keys(), ...made])
    readers.set(value, { nodes: [], leaves: leaving.has(value) });
  for (const node of nodes)
    for (const value of new Set(inputValues(node.inputs))) readers.get(value)?.nodes.push(node);
  return readers;
}

export function mapInputs(inputs: NodeInputs, change: (value: Value) => Value): NodeInputs {
  const changed = Object.entries(inputs).map(([name, input]) => [
    name,
    Array.isArray(input) ? input.map(change) : change(input as Value),
  ]);
  return Object.fromEntries(changed);
}
