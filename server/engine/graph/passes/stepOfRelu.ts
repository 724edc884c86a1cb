import type { Pass, Value } from "../graph.ts";
import { rewrite } from "./rewrite.ts";

/**
 * relu's gradient asks where its input is positive: exactly where its output is. Asked of the output, the input need not
 * be kept until the backward pass, and a layout may compute relu behind a pool.
 */
export const stepOfRelu: Pass = (graph) => {
  const relus = new Map<Value, Value>();
  return rewrite(graph, ({ kernel, inputs, attrs, outputs }, { emit }) => {
    const x = inputs["x"] as Value;
    if (kernel === "Relu") relus.set(x, outputs[0] as Value);
    const relu = kernel === "Step" && !attrs["alpha"] ? relus.get(x) : undefined;
    return relu && [emit("Step", { x: relu }, attrs)];
  });
};
