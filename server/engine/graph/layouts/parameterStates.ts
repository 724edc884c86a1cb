import { type Graph, type Node, producersOf, type Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { isElementwise } from "../passes/isElementwise.ts";
import { sameShape, sizeOf } from "../values.ts";
import { asScaled } from "./scaling.ts";

/** The state tensors that belong to one parameter: the weight itself, its moments. All have one shape. */
type ParameterStates = readonly string[];

/** Parameters whose updates are the same computation on other tensors; the i-th state of each plays the same role. */
export type UpdateGroup = readonly ParameterStates[];

/** All states of the parameter that a state tensor belongs to, which share an order; itself where it belongs to none. */
export function statesBeside(groups: readonly UpdateGroup[]): (name: string) => ParameterStates {
  const byName = new Map(groups.flat().flatMap((states) => states.map((name) => [name, states] as const)));
  return (name) => byName.get(name) ?? [name];
}

/**
 * Finds out which state tensors are updated alike. Two tensors belong to one parameter if the update of one reads the
 * other element by element; parameters form a group if their updates are equal but for the tensors that they start from. A
 * state tensor is considered in the first graph that updates it, and its parameter is the same in all graphs. One whose rows are replaced is not grouped: in a vector with
 * others it would be copied whole, out and back.
 */
export function updateGroups(graphs: readonly Graph[]): UpdateGroup[] {
  const shapes = new Signatures();
  const trees = new Map<string, Tree>();
  for (const graph of graphs) {
    const replaced = new Set(
      graph.nodes.flatMap(({ kernel, outputs }) => (kernel === "TensorScatterUpdate" ? outputs : [])),
    );
    for (const [name, value] of graph.updates)
      if (!trees.has(name) && isPackable(value) && !replaced.has(value))
        trees.set(name, shapes.read(graph, value));
  }
  const groups = new Map<string, ParameterStates[]>();
  for (const states of joined(trees)) {
    const signed = states.map((name) => ({ name, signature: trees.get(name)?.signature ?? -1 }));
    signed.sort((a, b) => a.signature - b.signature); // stable: equal signatures keep the order of the state
    const key = signed.map(({ signature }) => signature).join();
    groups.set(key, [...(groups.get(key) ?? []), signed.map(({ name }) => name)]);
  }
  return [...groups.values()];
}

const isPackable = (value: Value): boolean => value.dtype === "float32" && sizeOf(value.shape) > 1;

/** Connected components of the relation "the update of one reads the other". */
function joined(trees: ReadonlyMap<string, { readonly states: ReadonlySet<string> }>): string[][] {
  const statesWith = new Map<string, string[]>();
  for (const [name, { states }] of trees) {
    const members = [name, ...states].map((state) => statesWith.get(state) ?? [state]);
    const all = [...new Set(members.flat())];
    for (const state of all) statesWith.set(state, all);
  }
  return [...new Set(statesWith.values())];
}

/** What an update looks like and which states of its shape it starts from. */
interface Tree {
  readonly signature: number;
  readonly states: ReadonlySet<string>;
}

/** Numbers computations so that the same computation on different tensors gets the same number. */
class Signatures {
  readonly #numbers = new Map<string, number>();

  read(graph: Graph, root: Value): Tree {
    const producers = producersOf(graph.nodes);
    const names = new Map([...graph.state].map(([name, value]) => [value, name]));
    const trees = new Map<Value, Tree>();
    const visit = (value: Value): Tree => {
      const before = trees.get(value);
      if (before !== undefined) return before;
      const tree = this.#sign(value, {
        graph,
        root,
        producer: producers.get(value),
        names,
        visit,
      });
      trees.set(value, tree);
      return tree;
    };
    return visit(root);
  }

  #sign(
    value: Value,
    context: {
      readonly graph: Graph;
      readonly root: Value;
      readonly producer: Node | undefined;
      readonly names: ReadonlyMap<Value, string>;
      readonly visit: (value: Value) => Tree;
    },
  ): Tree {
    const { graph, root, producer, names, visit } = context;
    const state = names.get(value);
    if (sizeOf(value.shape) === 1) return this.#leaf(scalarText(graph, value));
    if (state !== undefined) return { ...this.#leaf("state"), states: new Set([state]) };
    if (producer === undefined || !worksOnMembers(producer, root)) return this.#leaf("tensor");
    // Members with and without a scalar factor can share a vector: see scaling.ts.
    const scaled = asScaled(value, { producer, isState: (input) => names.has(input) });
    if (scaled !== undefined) return visit(scaled.state);
    const inputs = inputValues(producer.inputs).map(visit);
    const text = `${producer.kernel} ${JSON.stringify(producer.attrs)} ${inputs.map(({ signature }) => signature)}`;
    return { ...this.#leaf(text), states: new Set(inputs.flatMap(({ states }) => [...states])) };
  }

  #leaf(text: string): Tree {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return { signature: number, states: new Set() };
  }
}

/** Scalars are equal if they are the same value, or constants of the same number. */
function scalarText(graph: Graph, value: Value): string {
  const data = graph.constants.get(value);
  return data === undefined ? `scalar ${value.id}` : `constant ${data[0]}`;
}

/** The kernel works on a member element by element: its other inputs are scalars or of the same size. */
export function worksOnMembers(node: Node, member: Value): boolean {
  const fits = (value: Value): boolean => sizeOf(value.shape) === 1 || sameShape(value.shape, member.shape);
  const sized = node.outputs.every((output) => sameShape(output.shape, member.shape));
  return isElementwise(node.kernel) && sized && inputValues(node.inputs).every(fits);
}
