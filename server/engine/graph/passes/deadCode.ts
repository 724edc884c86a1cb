import type { Pass, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";

/** Removes nodes and constants that no output and no state update depends on. */
export const deadCode: Pass = (graph) => {
  const needed = new Set<Value>([...graph.outputs.values(), ...graph.updates.values()]);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of inputValues(node.inputs)) needed.add(input);
    return true;
  });
  const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)));
  return { ...graph, constants, nodes: nodes.reverse() };
};
