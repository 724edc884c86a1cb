import type { Node, Pass, Value } from "../graph.ts";
import { type Rewriter, rewrite } from "./rewrite.ts";

/**
 * tfjs spells log-softmax as s - log Σ exp s with s = z - max z, each over the last axis. One kernel does the same in
 * one pass over z.
 */
export const logSoftmax: Pass = (graph) =>
  rewrite(graph, (node, rewriter) => {
    const logits = logitsOf(node, rewriter);
    return logits && [rewriter.emit("LogSoftmax", { logits }, { axis: logits.shape.length - 1 })];
  });

function logitsOf(node: Node, { producer }: Rewriter): Value | undefined {
  if (node.kernel !== "Sub") return undefined;
  const shifted = node.inputs["a"] as Value;
  const input = (kernel: string, value: Value | undefined, name = "x"): Value | undefined => {
    const maker = value && producer(value);
    return maker?.kernel === kernel ? (maker.inputs[name] as Value) : undefined;
  };
  const sum = input("Log", node.inputs["b"] as Value);
  const logits = input("Sub", shifted, "a");
  const max = input("Sub", shifted, "b");
  if (!sum || !logits || !max || logits.dtype !== "float32") return undefined;
  if (input("Exp", input("Sum", sum)) !== shifted || input("Max", max) !== logits) return undefined;
  const lastAxis = (value: Value) => {
    const { axis, keepDims } = (producer(value) as Node).attrs;
    return keepDims === true && String(axis) === String(logits.shape.length - 1);
  };
  return lastAxis(sum) && lastAxis(max) ? logits : undefined;
}
