import type { Graph, Node, Value } from "../graph.ts";
import type { InPlaceUpdate, ParameterUpdate } from "../inPlace/inPlaceUpdate.ts";
import type { Split } from "../inPlace/split.ts";
import { changeOfPart, type LowerOptions, type SampleParts } from "../slots.ts";
import { batchOf } from "../trainingStep.ts";
import { freshValue } from "../values.ts";
import { divideGraph } from "./divideGraph.ts";
import { isSame, isSum } from "./share.ts";

export interface DividedSplit extends Split {
  /** By entry, of those that are computed in parts. */
  readonly parts: ReadonlyMap<string, SampleParts>;
}

/**
 * The graphs of a program, each for a part of its batch where it has parts. What the parts add up to, as gradients are, each leaves in
 * a place of its own, and the update adds it up in the pass that it makes over it anyway.
 */
export function divideSplit(split: Split, { parts: wanted }: Pick<LowerOptions, "parts"> = {}): DividedSplit {
  const asWhole: DividedSplit = { ...split, parts: new Map() };
  const changes = new Set(split.updates.flatMap((update) => update.changes));
  const isInPlace = split.graphs.every(({ updates }) =>
    [...updates.keys()].every((name) => changes.has(name)),
  );
  if (wanted === undefined || !isInPlace) return asWhole;
  const scalars = new Set(
    split.updates.flatMap((update) =>
      [...update.scalars.values()].flatMap((from) => ("change" in from ? [from.change] : [])),
    ),
  );
  const parts = new Map<string, SampleParts>();
  const graphs = split.graphs.map((graph) => {
    const count = wanted(batchOf(graph));
    const divided = count > 1 ? divideGraph(graph, count) : undefined;
    if (divided === undefined) return graph;
    const fits = [...graph.updates.keys()].every((name) => {
      const share = divided.shareOf(name);
      return scalars.has(name) ? isSame(share) : isSum(share);
    });
    if (!fits) return graph;
    parts.set(graph.name, divided.parts);
    return divided.graph;
  });
  if (parts.size === 0) return asWhole;
  const updates = split.updates.map((update) => {
    const ofEntry = parts.get(update.entry);
    return ofEntry === undefined ? update : addingUp(update, ofEntry.count);
  });
  const most = Math.max(...[...parts.values()].map(({ count }) => count));
  const added = new Set(updates.flatMap((update) => update.changes.filter((name) => !changes.has(name))));
  const shares = (name: string) =>
    Array.from({ length: most - 1 }, (_, i) => changeOfPart(name, i + 1)).filter((own) => added.has(own));
  return {
    graphs: graphs.map((graph) => withState(graph, shares)),
    updates,
    parameters: split.parameters.map((states) => [...states, ...states.flatMap(shares)]),
    parts,
  };
}

/** Each change as the sum of its parts. */
function addingUp(update: InPlaceUpdate, count: number): InPlaceUpdate {
  const changes = new Set(update.changes);
  const producers = new Map(update.producers);
  const added: string[] = [];
  // Parameters may have one gradient, each in places of its own.
  const sharesOf = new Map<Value, readonly Value[]>();
  for (const { arrays } of update.parameters)
    for (const [value, name] of arrays) {
      if (!changes.has(name) || sharesOf.has(value)) continue;
      const shares = Array.from({ length: count }, () => freshValue(value.shape, value.dtype));
      for (const node of sumOf(shares, value)) producers.set(node.outputs[0] as Value, node);
      sharesOf.set(value, shares);
    }
  const parameters = update.parameters.map((parameter): ParameterUpdate => {
    const arrays = [...parameter.arrays].flatMap(([value, name]): [Value, string][] => {
      const shares = changes.has(name) ? sharesOf.get(value) : undefined;
      if (shares === undefined) return [[value, name]];
      added.push(...shares.slice(1).map((_, i) => changeOfPart(name, i + 1)));
      return shares.map((share, part) => [share, changeOfPart(name, part)]);
    });
    return { ...parameter, arrays: new Map(arrays) };
  });
  return { ...update, parameters, producers, changes: [...update.changes, ...added] };
}

/** In the order of the parts. */
function sumOf([first, ...others]: readonly Value[], total: Value): Node[] {
  let sum = first as Value;
  return others.map((other, i): Node => {
    const inputs = { a: sum, b: other };
    sum = i === others.length - 1 ? total : freshValue(total.shape, total.dtype);
    return { kernel: "Add", inputs, attrs: {}, outputs: [sum] };
  });
}

function withState(graph: Graph, shares: (name: string) => readonly string[]): Graph {
  const state = new Map(graph.state);
  for (const [name, { shape, dtype }] of graph.state)
    for (const own of shares(name)) state.set(own, freshValue(shape, dtype));
  return { ...graph, state };
}
