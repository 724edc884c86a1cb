import type { Node, Value } from "../graph.ts";
import { call } from "./pattern.ts";
import { type Readers, type Rule, rule } from "./rewrite.ts";

const overLast = ({ axis, keepDims }: Node["attrs"], { inputs }: Node): boolean =>
  keepDims === true && String(axis) === String((inputs["x"] as Value).shape.length - 1);

const shifted = call(
  "Sub",
  { a: "logits", b: call("Max", { x: "logits" }, { where: overLast }) },
  { as: "shifted" },
);

export const activations: readonly Rule[] = [
  // tfjs spells log-softmax as s - log Σ exp s with s = z - max z, each over the last axis. One kernel does it in one pass over z.
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
  // Where the logarithm of a softmax is computed too, as in a divergence, the softmax is its exponential: one pass over what
  // is there, where the kernel would take three over the logits. It matters most to TensorFlow, whose softmax of a batch of
  // class scores takes a quarter of a small student's step to wake its threads.
  rule("Softmax", ({ inputs, attrs }, { emit, readers }) => {
    const logits = inputs["logits"] as Value;
    const axis = attrs["dim"];
    if (axis !== logits.shape.length - 1 || !reader(readers(logits), "LogSoftmax")) return undefined;
    return emit("Exp", { x: emit("LogSoftmax", { logits }, { axis }) });
  }),
  // relu's gradient asks where its input is positive: exactly where its output is. Asked of the output, the input need not
  // be kept until the backward pass, and a layout may compute relu behind a pool.
  rule("Step", ({ inputs, attrs }, { emit, producer, readers }) => {
    const relu = reader(readers(inputs["x"] as Value), "Relu")?.outputs[0];
    return attrs["alpha"] || !relu || !producer(relu) ? undefined : emit("Step", { x: relu }, attrs);
  }),
];

const reader = (readers: Readers | undefined, kernel: string): Node | undefined =>
  readers?.nodes.find((node) => node.kernel === kernel);
