import { type Pass, producersOf, type Value } from "../graph.ts";
import { deadCode } from "../passes/deadCode.ts";
import type { InPlaceUpdate } from "./inPlaceUpdate.ts";

/**
 * Gives changes in the shapes that they are computed in: an update reads their elements in memory order, and the runtime
 * copies what is reshaped for an output.
 */
export const changesAsComputed = (updates: readonly InPlaceUpdate[]): Pass => {
  const changes = new Set(updates.flatMap((update) => update.changes));
  return (graph) => {
    const producers = producersOf(graph.nodes);
    const computed = (value: Value): Value => {
      const node = producers.get(value);
      const from = node?.kernel === "Reshape" ? (node.inputs["x"] as Value) : undefined;
      return from !== undefined && producers.has(from) ? computed(from) : value;
    };
    const given = [...graph.updates].map(
      ([name, value]) => [name, changes.has(name) ? computed(value) : value] as const,
    );
    return deadCode({ ...graph, updates: new Map(given) });
  };
};
