import type { Pass, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { sizeOf } from "../values.ts";
import { rewrite } from "./rewrite.ts";

const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
  Pow: (a, b) => a ** b,
  Neg: (a) => -a,
  Square: (a) => a * a,
  Sqrt: (a) => Math.sqrt(a),
  Reciprocal: (a) => 1 / a,
  Reshape: (a) => a,
  Identity: (a) => a,
};

/** Computes float scalars of constants while compiling, rounding every step to float32 as the kernels do. */
export const foldScalars: Pass = (graph) =>
  rewrite(graph, ({ kernel, inputs, attrs, outputs }, { constant, addConstant }) => {
    const output = outputs[0] as Value;
    if (output.dtype !== "float32" || sizeOf(output.shape) !== 1) return undefined;
    if (kernel === "Fill") return [addConstant(output.shape, Float32Array.of(attrs["value"] as number))];
    const fold = folds[kernel];
    const operands = inputValues(inputs).map(constant);
    if (!fold || operands.length === 0 || operands.some((data) => data?.length !== 1)) return undefined;
    const [a, b] = operands.map((data) => data?.[0] as number) as [number, number];
    return [addConstant(output.shape, Float32Array.of(fold(a, b)))];
  });
