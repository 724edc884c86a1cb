import type { Pass, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";

/** Removes nodes and constants that no output and no state update depends on. The same graph where there are none. */
export const deadCode: Pass = (graph) => {
  const needed = new Set<Value>([...graph.outputs.values(), ...graph.updates.values()]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of inputValues(node.inputs)) needed.add(input);
    return true;
  });
  const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)));
  const isWhole = nodes.length === graph.nodes.length && constants.size === graph.constants.size;
  return isWhole ? graph : { ...graph, constants, nodes: nodes.reverse() };
};
