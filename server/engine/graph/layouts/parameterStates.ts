import { sizeOf } from "../../../sizeOf.ts";
import { type Graph, type Node, producersOf, type Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { isElementwise } from "../passes/isElementwise.ts";
import { sameShape } from "../values.ts";

/** The state tensors that belong to one parameter: the weight itself, its moments. All have one shape. */
export type ParameterStates = readonly string[];

/** All states of the parameter that a state tensor belongs to, which share an order; itself where it belongs to none. */
export function statesBeside(parameters: readonly ParameterStates[]): (name: string) => ParameterStates {
  const byName = new Map(parameters.flatMap((states) => states.map((name) => [name, states] as const)));
  return (name) => byName.get(name) ?? [name];
}

/**
 * Finds out which state tensors belong together: two belong to one parameter if the update of one reads the other element by
 * element. A state tensor is considered in the first graph that updates it, and its parameter is the same in all graphs. One
 * whose rows are replaced belongs to none: updated as a whole it would be copied, out and back.
 */
export function parametersOf(graphs: readonly Graph[]): ParameterStates[] {
  const read = new Map<string, ReadonlySet<string>>();
  for (const graph of graphs) {
    const replaced = new Set(
      graph.nodes.flatMap(({ kernel, outputs }) => (kernel === "TensorScatterUpdate" ? outputs : [])),
    );
    for (const [name, value] of graph.updates)
      if (!read.has(name) && value.dtype === "float32" && !replaced.has(value))
        read.set(name, statesRead(graph, value));
  }
  return joined(read);
}

/** Connected components of the relation "the update of one reads the other". */
function joined(read: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const statesWith = new Map<string, string[]>();
  for (const [name, states] of read) {
    const members = [name, ...states].map((state) => statesWith.get(state) ?? [state]);
    const all = [...new Set(members.flat())];
    for (const state of all) statesWith.set(state, all);
  }
  return [...new Set(statesWith.values())];
}

/** The states that a value starts from, element by element. */
function statesRead(graph: Graph, root: Value): Set<string> {
  const producers = producersOf(graph.nodes);
  const names = new Map([...graph.state].map(([name, value]) => [value, name]));
  const found = new Set<string>();
  const seen = new Set<Value>();
  const ahead = [root];
  for (let value = ahead.pop(); value !== undefined; value = ahead.pop()) {
    if (seen.has(value) || !sameShape(value.shape, root.shape)) continue;
    seen.add(value);
    const [state, producer] = [names.get(value), producers.get(value)];
    if (state !== undefined) found.add(state);
    else if (producer !== undefined && worksOnMembers(producer, root))
      ahead.push(...inputValues(producer.inputs));
  }
  return found;
}

/** The kernel works on a state tensor element by element: its other inputs are scalars or of the same size. */
export function worksOnMembers(node: Node, member: Value): boolean {
  const fits = (value: Value): boolean => sizeOf(value.shape) === 1 || sameShape(value.shape, member.shape);
  const sized = node.outputs.every((output) => sameShape(output.shape, member.shape));
  return isElementwise(node.kernel) && sized && inputValues(node.inputs).every(fits);
}
