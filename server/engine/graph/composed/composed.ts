import type { Attributes, Node, Value } from "../graph.ts";
import type { NodeInputs } from "../kernel.ts";
import type { Rewriter } from "../passes/rewrite.ts";

/** A kernel in terms of others: what takes the place of its output. Undefined where the kernel itself will do. */
export type Composed = (node: Node, rewriter: Rewriter) => Value | undefined;

export const input = ({ inputs }: Node, name: string): Value => inputs[name] as Value;
export const attributes = <A>({ attrs }: Node): A => attrs as Attributes as A;

/** The kernels that compositions are written in, as functions. */
export function kernelsOf({ emit, addConstant }: Rewriter) {
  const of = (kernel: string, inputs: NodeInputs, attrs: Attributes = {}) => emit(kernel, inputs, attrs);
  const binary = (kernel: string) => (a: Value, b: Value) => of(kernel, { a, b });
  const unary = (kernel: string) => (x: Value) => of(kernel, { x });
  return {
    of,
    number: (value: number): Value => addConstant([], Float32Array.of(value)),
    floats: (shape: readonly number[], data: Float32Array): Value => addConstant(shape, data),
    indices: (data: Int32Array): Value => addConstant([data.length], data),
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Multiply"),
    div: binary("RealDiv"),
    equal: binary("Equal"),
    less: binary("Less"),
    greater: binary("Greater"),
    abs: unary("Abs"),
    sqrt: unary("Sqrt"),
    exp: unary("Exp"),
    log: unary("Log"),
    floatOf: (x: Value) => of("Cast", { x }, { dtype: "float32" }),
    select: (condition: Value, t: Value, e: Value) => of("Select", { condition, t, e }),
    reshape: (x: Value, shape: readonly number[]) => of("Reshape", { x }, { shape }),
    transpose: (x: Value, perm: readonly number[]) => of("Transpose", { x }, { perm }),
    product: (a: Value, b: Value) => of("BatchMatMul", { a, b }, { transposeA: false, transposeB: false }),
    sum: (x: Value, axis: readonly number[], keepDims = false) => of("Sum", { x }, { axis, keepDims }),
    max: (x: Value, axis: readonly number[], keepDims = false) => of("Max", { x }, { axis, keepDims }),
  };
}
