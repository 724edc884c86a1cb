import { sizeOf } from "../../../sizeOf.ts";
import type { Data, DType, TensorSpec } from "../../program.ts";
import type { Attributes, Node, Value } from "../graph.ts";
import type { NodeInputs } from "../kernel.ts";
import { ADD_PRODUCT } from "../kernels/runtimeKernels.ts";

/** Appends nodes and constants to a graph. */
export interface GraphWriter {
  /** Appends a node with one output. */
  emit(kernel: string, inputs: NodeInputs, attrs?: Attributes): Value;
  /** Appends a node whose outputs differ from the kernel's shape rule, because its inputs are in another layout. */
  emitAs(
    kernel: string,
    inputs: NodeInputs,
    attrs: Attributes,
    outputs: readonly TensorSpec[],
  ): readonly Value[];
  addConstant(shape: readonly number[], data: Data): Value;
}

const dataOf = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

export const input = ({ inputs }: Node, name: string): Value => inputs[name] as Value;
export const output = ({ outputs }: Node): Value => outputs[0] as Value;
export const attributes = <A>({ attrs }: Node): A => attrs as Attributes as A;

export type Operations = ReturnType<typeof operationsOf>;

/** The kernels that compositions are written in, as functions. */
export function operationsOf(writer: GraphWriter) {
  const emitAs: GraphWriter["emitAs"] = (...node) => writer.emitAs(...node);
  const addConstant: GraphWriter["addConstant"] = (shape, data) => writer.addConstant(shape, data);
  const of = (kernel: string, inputs: NodeInputs, attrs: Attributes = {}) =>
    writer.emit(kernel, inputs, attrs);
  const as = (kernel: string, inputs: NodeInputs, attrs: Attributes, output: TensorSpec): Value =>
    emitAs(kernel, inputs, attrs, [output])[0] as Value;
  const binary = (kernel: string) => (a: Value, b: Value) => of(kernel, { a, b });
  const unary = (kernel: string) => (x: Value) => of(kernel, { x });
  const indices = (data: ArrayLike<number>): Value => addConstant([data.length], Int32Array.from(data));
  return {
    of,
    as,
    several: emitAs,
    number: (value: number): Value => addConstant([], Float32Array.of(value)),
    floats: (shape: readonly number[], data: ArrayLike<number>): Value =>
      addConstant(shape, Float32Array.from(data)),
    /** Every element of the shape is the value. */
    uniform: (shape: readonly number[], value: number): Value =>
      addConstant(shape, new Float32Array(sizeOf(shape)).fill(value)),
    indices,
    scalar: (value: number, dtype: DType): Value => addConstant([], dataOf[dtype].of(value)),
    filled: (shape: readonly number[], value: number, dtype: DType = "float32"): Value =>
      of("Fill", {}, { shape, value, dtype }),
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Multiply"),
    div: binary("RealDiv"),
    equal: binary("Equal"),
    less: binary("Less"),
    greater: binary("Greater"),
    maximum: binary("Maximum"),
    abs: unary("Abs"),
    sqrt: unary("Sqrt"),
    exp: unary("Exp"),
    log: unary("Log"),
    neg: unary("Neg"),
    relu: unary("Relu"),
    floatOf: (x: Value) => of("Cast", { x }, { dtype: "float32" }),
    select: (condition: Value, t: Value, e: Value) => of("Select", { condition, t, e }),
    reshape: (x: Value, shape: readonly number[]) => of("Reshape", { x }, { shape }),
    transpose: (x: Value, perm: readonly number[]) => of("Transpose", { x }, { perm }),
    broadcast: (x: Value, shape: readonly number[]) => of("BroadcastTo", { x }, { shape }),
    gather: (x: Value, rows: ArrayLike<number>, axis: number) =>
      of("GatherV2", { x, indices: indices(rows) }, { axis, batchDims: 0 }),
    concat: (tensors: readonly Value[], axis: number): Value =>
      tensors.length === 1 ? (tensors[0] as Value) : of("Concat", { tensors }, { axis }),
    product: (a: Value, b: Value, { transposeA = false, transposeB = false } = {}) =>
      of("BatchMatMul", { a, b }, { transposeA, transposeB }),
    /** a · b + c, or a · b where there is nothing to add to. */
    addProduct: (
      a: Value,
      b: Value,
      c: Value | undefined,
      { transposeA = false, transposeB = false } = {},
    ): Value =>
      c === undefined
        ? of("BatchMatMul", { a, b }, { transposeA, transposeB })
        : as(ADD_PRODUCT, { a, b, c }, { transposeA, transposeB }, c),
    total: (tensors: readonly Value[]): Value =>
      tensors.length === 1 ? (tensors[0] as Value) : of("AddN", { tensors }),
    sum: (x: Value, axis: readonly number[], keepDims = false) => of("Sum", { x }, { axis, keepDims }),
    mean: (x: Value, axis: readonly number[]) => of("Mean", { x }, { axis, keepDims: false }),
    slice: (x: Value, begin: readonly number[], size: readonly number[]) =>
      of("Slice", { x }, { begin, size }),
    /** Zeros around a tensor: [before, after] for each axis. */
    pad: (x: Value, paddings: readonly (readonly [number, number])[]) =>
      of("PadV2", { x }, { paddings, constantValue: 0 }),
    max: (x: Value, axis: readonly number[], keepDims = false) => of("Max", { x }, { axis, keepDims }),
  };
}
