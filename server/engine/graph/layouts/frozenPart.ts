import { readValues } from "../emit.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { deadCode } from "../passes/deadCode.ts";
import type { FrozenPart } from "../slots.ts";

/**
 * A program whose steps are divided: what a frozen net computes, and the rest, which is fed it. The frozen teacher needs no
 * gradients, so its fastest lowering is often another one than the student's, and they share nothing but the batch.
 */
export interface Divided {
  readonly frozen: readonly Graph[];
  readonly rest: readonly Graph[];
  readonly fed: ReadonlyMap<string, FrozenPart>;
}

/** @returns undefined where no step has a frozen convolution, or where the parts would share state */
export function divideFrozen(graphs: readonly Graph[]): Divided | undefined {
  const frozen: Graph[] = [];
  const fed = new Map<string, FrozenPart>();
  const trained = new Set(graphs.flatMap(({ updates }) => [...updates.keys()]));
  const others = graphs.map((graph): Graph => {
    const frozenNodes = frozenNodesOf(graph, trained);
    const nodes = graph.nodes.filter((node) => !frozenNodes.has(node));
    const read = readValues({ ...graph, nodes });
    const cut = [...frozenNodes].flatMap(({ outputs }) => outputs).filter((output) => read.has(output));
    if (cut.length === 0) return graph;
    const values = new Map(cut.map((value, i) => [`frozen/${i}`, value] as const));
    const part = { ...graph, name: `${graph.name}/frozen`, outputs: values, updates: new Map() };
    frozen.push(deadCode(part));
    fed.set(graph.name, {
      model: part.name,
      values: Object.fromEntries([...values].map(([name, { shape, dtype }]) => [name, { shape, dtype }])),
    });
    return deadCode({ ...graph, nodes, inputs: new Map([...graph.inputs, ...values]) });
  });
  const ofFrozen = stateRead(frozen);
  const isShared = [...stateRead(others)].some((name) => ofFrozen.has(name));
  if (frozen.length === 0 || isShared) return undefined;
  const withState = (keep: (name: string) => boolean) => (graph: Graph) => ({
    ...graph,
    state: new Map([...graph.state].filter(([name]) => keep(name))),
  });
  return {
    frozen: frozen.map(withState((name) => ofFrozen.has(name))),
    rest: others.map(withState((name) => !ofFrozen.has(name))),
    fed,
  };
}

/** The convolutions of a step that no state comes into that any step updates, and all that follows from them alone. */
function frozenNodesOf({ nodes, state, updates }: Graph, names: ReadonlySet<string>): ReadonlySet<Node> {
  const found = new Set<Node>();
  if (updates.size === 0) return found;
  const trained = new Set<Value>([...state].flatMap(([name, value]) => (names.has(name) ? [value] : [])));
  const followsConvolution = new Set<Value>();
  for (const node of nodes) {
    const inputs = inputValues(node.inputs);
    const isTrained = inputs.some((input) => trained.has(input));
    if (isTrained) for (const output of node.outputs) trained.add(output);
    else if (isConvolution(node) || inputs.some((input) => followsConvolution.has(input))) {
      found.add(node);
      for (const output of node.outputs) followsConvolution.add(output);
    }
  }
  return found;
}

const isConvolution = ({ kernel }: Node): boolean => /^(Conv2D|DepthwiseConv2dNative)$/.test(kernel);

/** The names of the state that graphs read or update. */
function stateRead(graphs: readonly Graph[]): ReadonlySet<string> {
  return new Set(
    graphs.flatMap((graph) => {
      const read = readValues(graph);
      return [...graph.state].flatMap(([name, value]) =>
        read.has(value) || graph.updates.has(name) ? [name] : [],
      );
    }),
  );
}
