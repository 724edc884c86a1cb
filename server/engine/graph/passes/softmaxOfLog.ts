import type { Pass, Value } from "../graph.ts";
import { commonSubexpressions } from "./commonSubexpressions.ts";
import { rewrite } from "./rewrite.ts";

/**
 * Where the logarithm of a softmax is computed too, as in a divergence, the softmax is its exponential: one pass over what
 * is there, where the kernel would take three over the logits. It matters most to TensorFlow, whose softmax of a batch of
 * class scores takes a quarter of a small student's step to wake its threads.
 */
export const softmaxOfLog: Pass = (graph) => {
  const logged = new Set<Value>();
  for (const { kernel, inputs } of graph.nodes)
    if (kernel === "LogSoftmax") logged.add(inputs["logits"] as Value);
  const rewritten = rewrite(graph, ({ kernel, inputs, attrs }, { emit }) => {
    const logits = inputs["logits"] as Value;
    const axis = attrs["dim"];
    if (kernel !== "Softmax" || !logged.has(logits) || axis !== logits.shape.length - 1) return undefined;
    return [emit("Exp", { x: emit("LogSoftmax", { logits }, { axis }) })];
  });
  return commonSubexpressions(rewritten);
};
