import type { Node, Value } from "../graph.ts";
import { call } from "./pattern.ts";
import { overLast, type Readers, type Rule, rule } from "./rewrite.ts";

const shifted = call(
  "Sub",
  { a: "logits", b: call("Max", { x: "logits" }, { where: overLast }) },
  { as: "shifted" },
);

export const activations: readonly Rule[] = [
  // tfjs spells log-softmax as s - log Σ exp s with s = z - max z, each over the last axis. One kernel computes it in one pass
  // over z.
  {
    pattern: call("Sub", {
      a: shifted,
      b: call("Log", { x: call("Sum", { x: call("Exp", { x: "shifted" }) }, { where: overLast }) }),
    }),
    replace(_, { emit }, found) {
      const logits = found("logits");
      return logits.dtype === "float32"
        ? emit("LogSoftmax", { logits }, { axis: logits.shape.length - 1 })
        : undefined;
    },
  },
  // Where the log-softmax is computed too, as in a divergence, the softmax is its exponential: one pass instead of the kernel's
  // three. TensorFlow gains most: waking its threads for a softmax of class scores takes a quarter of a small student's step.
  rule("Softmax", ({ inputs, attrs }, { emit, readers }) => {
    const logits = inputs["logits"] as Value;
    const axis = attrs["dim"];
    if (axis !== logits.shape.length - 1 || !reader(readers(logits), "LogSoftmax")) return undefined;
    return emit("Exp", { x: emit("LogSoftmax", { logits }, { axis }) });
  }),
  // relu's gradient is masked by where its input is positive, which is where its output is. With the output as mask, the input
  // need not be kept until the backward pass, and a layout may compute relu behind a pool.
  rule("Step", ({ inputs, attrs }, { emit, producer, readers }) => {
    const relu = reader(readers(inputs["x"] as Value), "Relu")?.outputs[0];
    return attrs["alpha"] || !relu || !producer(relu) ? undefined : emit("Step", { x: relu }, attrs);
  }),
];

const reader = (readers: Readers | undefined, kernel: string): Node | undefined =>
  readers?.nodes.find((node) => node.kernel === kernel);
