import type { Data } from "../../program.ts";
import type { GraphWriter } from "../compositions/operations.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { inputValues, mapInputs } from "../kernel.ts";
import { Writer } from "../writer.ts";
import { deadCode } from "./deadCode.ts";
import { type Call, call, type Found, find } from "./pattern.ts";

/** What a rule can query of the graph, and add to it: new nodes get the scope of the node being rewritten. */
export interface Rewriter extends GraphWriter {
  /** The node that gives a value, in the rewritten graph; undefined for inputs, state and constants. */
  producer(value: Value): Node | undefined;
  constant(value: Value): Data | undefined;
  /** Readers of a value in the original graph; undefined where that graph does not have the value. */
  readers(value: Value): Readers | undefined;
}

export interface Readers {
  readonly nodes: readonly Node[];
  /** The value is an output or an update of the graph. */
  readonly leaves: boolean;
}

/** One row of a table of rewrites: a pattern, and the value that replaces its output. */
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

/** Reductions over the last axis, which stays as one of size 1. */
export const overLast = ({ axis, keepDims }: Node["attrs"], { inputs }: Node): boolean =>
  keepDims === true && String(axis) === String((inputs["x"] as Value).shape.length - 1);

/**
 * Applies a table of rules until none matches. Equal nodes are computed once: kernels have no effects and draw no
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
  throw new Error(`the rewrites of ${graph.name} do not terminate`);
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
  const writer = new Writer(graph.constants, { merges });
  let readers: ReadonlyMap<Value, Readers> | undefined;
  const current = (value: Value): Value => replaced.get(value) ?? value;
  const rewriter: Rewriter = {
    producer: (value) => writer.producer(value),
    constant: (value) => writer.constants.get(value),
    readers: (value) => {
      readers ??= readersIn(graph);
      return readers.get(value);
    },
    emit: (kernel, inputs, attrs) => writer.emit(kernel, inputs, attrs),
    emitAs: (kernel, inputs, attrs, outputs) => writer.emitAs(kernel, inputs, attrs, outputs),
    addConstant: (shape, data) => writer.addConstant(shape, data),
  };
  for (const original of graph.nodes) {
    const changed = inputValues(original.inputs).some((input) => replaced.has(input));
    const node = changed ? { ...original, inputs: mapInputs(original.inputs, current) } : original;
    writer.scope = node.scope;
    const value = visit(node, rewriter);
    const outputs = value ? [value] : writer.append(node);
    for (const [i, output] of node.outputs.entries())
      if (outputs[i] !== output) replaced.set(output, outputs[i] as Value);
  }
  if (replaced.size === 0) return graph;
  const currentAll = (values: ReadonlyMap<string, Value>) =>
    new Map([...values].map(([name, value]) => [name, current(value)]));
  return {
    ...graph,
    constants: writer.constants,
    nodes: writer.nodes,
    outputs: currentAll(graph.outputs),
    updates: currentAll(graph.updates),
  };
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
