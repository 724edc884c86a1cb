import { sizeOf } from "../../../sizeOf.ts";
import type { Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { type Rule, rule } from "./rewrite.ts";

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

const isFloatScalar = ({ shape, dtype }: Value): boolean => dtype === "float32" && sizeOf(shape) === 1;

/** Float scalars of constants are computed while compiling, every step rounded to float32 as the kernels do. */
export const foldScalars: readonly Rule[] = [
  rule("Fill", ({ attrs, outputs }, { addConstant }) => {
    const output = outputs[0] as Value;
    return isFloatScalar(output)
      ? addConstant(output.shape, Float32Array.of(attrs["value"] as number))
      : undefined;
  }),
  rule(Object.keys(folds), ({ kernel, inputs, outputs }, { constant, addConstant }) => {
    const output = outputs[0] as Value;
    const operands = inputValues(inputs).map(constant);
    if (!isFloatScalar(output) || operands.some((data) => data?.length !== 1)) return undefined;
    const [a, b] = operands.map((data) => data?.[0] as number) as [number, number];
    return addConstant(output.shape, Float32Array.of((folds[kernel] as (typeof folds)[string])(a, b)));
  }),
];
