import type { Node, Pass, Value } from "../graph.ts";
import { rewrite } from "./rewrite.ts";

/** Computes equal nodes once. Kernels have no effects and draw no random numbers, so equal inputs give equal outputs. */
export const commonSubexpressions: Pass = (graph) => {
  const constants = equalConstants(graph.constants);
  const seen = new Map<string, Node>();
  return rewrite(graph, (node) => {
    const key = keyOf(node, (value) => constants.get(value) ?? value);
    const earlier = seen.get(key);
    if (!earlier) seen.set(key, node);
    return earlier?.outputs;
  });
};

function keyOf({ kernel, inputs, attrs, outputs }: Node, canonical: (value: Value) => Value): string {
  const operands = Object.entries(inputs).map(([name, input]) => {
    const values = Array.isArray(input) ? input : [input as Value];
    return [name, ...values.map((value: Value) => canonical(value).id)];
  });
  const sorted = Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([kernel, operands, sorted, outputs.map(({ shape, dtype }) => [shape, dtype])]);
}

/** Maps each small constant to the first with the same contents. */
function equalConstants(constants: Parameters<Pass>[0]["constants"]): Map<Value, Value> {
  const first = new Map<string, Value>();
  const canonical = new Map<Value, Value>();
  for (const [value, data] of constants) {
    if (data.length > 64) continue;
    const key = `${value.dtype}[${value.shape}]${data.join()}`;
    const known = first.get(key);
    if (known) canonical.set(value, known);
    else first.set(key, value);
  }
  return canonical;
}
