import { type Graph, type Node, type Pass, producersOf, type Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { freshValue, sizeOf } from "../values.ts";
import { PACK } from "./pack.ts";

/**
 * The squared norm of all gradients is a sum of one Sum(Square(g)) for each weight. Where the gradients are packed, the sum of
 * the vector's squares replaces those of its members.
 */
export const packedNorm: Pass = (graph) => {
  const producers = producersOf(graph.nodes);
  const packs = graph.nodes.filter(({ kernel }) => kernel === PACK);
  const replaced = new Map<Value, Node[]>(); // by the total that they give
  for (const { terms, total } of totalsOf(graph, producers)) {
    const squares = new Map(terms.map((term) => [squaredIn(term, producers), term] as const));
    const covered = packs.filter((pack) => membersOf(pack).every((member) => squares.has(member)));
    const inVectors = new Set(
      covered.flatMap((pack) => membersOf(pack).map((member) => squares.get(member) as Value)),
    );
    if (covered.length === 0) continue;
    const rest = terms.filter((term) => !inVectors.has(term));
    replaced.set(
      total,
      sumOf(
        covered.map((pack) => pack.outputs[0] as Value),
        rest,
        total,
      ),
    );
  }
  return { ...graph, nodes: inOrder(graph, replaced) };
};

const membersOf = (pack: Node): readonly Value[] => pack.inputs["members"] as readonly Value[];

/** Sums of scalars, each as the list of what is added up. */
function totalsOf(
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): { readonly total: Value; readonly terms: readonly Value[] }[] {
  const isSum = (node: Node | undefined): node is Node =>
    node?.kernel === "Add" && node.outputs[0]?.shape.length === 0 && node.outputs[0].dtype === "float32";
  const termsOf = (value: Value): Value[] => {
    const node = producers.get(value);
    return isSum(node) ? [node.inputs["a"] as Value, node.inputs["b"] as Value].flatMap(termsOf) : [value];
  };
  const inner = new Set(graph.nodes.filter(isSum).flatMap((node) => inputValues(node.inputs)));
  return graph.nodes
    .filter((node) => isSum(node) && !inner.has(node.outputs[0] as Value))
    .map((node) => ({ total: node.outputs[0] as Value, terms: termsOf(node.outputs[0] as Value) }));
}

/** g of Sum(Square(g)) over all of g. */
function squaredIn(term: Value, producers: ReadonlyMap<Value, Node>): Value | undefined {
  const sum = producers.get(term);
  if (sum?.kernel !== "Sum" || sizeOf(term.shape) !== 1) return undefined;
  const square = producers.get(sum.inputs["x"] as Value);
  return square?.kernel === "Square" ? (square.inputs["x"] as Value) : undefined;
}

function sumOf(vectors: readonly Value[], rest: readonly Value[], total: Value): Node[] {
  const nodes: Node[] = [];
  const emit = (kernel: string, inputs: Node["inputs"], output: Value, attrs: Node["attrs"] = {}): Value => {
    nodes.push({ kernel, inputs, attrs, outputs: [output] });
    return output;
  };
  const squares = vectors.map((vector) => {
    const square = emit("Square", { x: vector }, freshValue(vector.shape, "float32"));
    return emit("Sum", { x: square }, freshValue([], "float32"), { axis: [0], keepDims: false });
  });
  const terms = [...squares, ...rest];
  const [first, ...others] = terms;
  others.reduce(
    (sum, term, i) =>
      emit("Add", { a: sum, b: term }, i === others.length - 1 ? total : freshValue([], "float32")),
    first as Value,
  );
  if (others.length === 0) emit("Identity", { x: first as Value }, total);
  return nodes;
}

/** Topological order: the new sums after the vectors that they read, and their readers after them. */
function inOrder(graph: Graph, replaced: ReadonlyMap<Value, readonly Node[]>): Node[] {
  const nodes = graph.nodes.flatMap((node) => replaced.get(node.outputs[0] as Value) ?? [node]);
  const producers = producersOf(nodes);
  const ordered = new Set<Node>();
  for (const node of nodes) {
    // Depth first with a stack of its own: chains of kernels are longer than a call stack.
    const path = [node];
    while (path.length > 0) {
      const last = path.at(-1) as Node;
      const missing = inputValues(last.inputs)
        .map((input) => producers.get(input))
        .find((producer) => producer !== undefined && !ordered.has(producer));
      if (missing !== undefined) path.push(missing);
      else ordered.add(path.pop() as Node);
    }
  }
  return [...ordered];
}
