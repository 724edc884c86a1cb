import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../sizeOf.ts";
import type { Mismatch, Ops, Shape } from "../layers/layer.ts";

/** Element types that tensors have in training; ONNX's others become one of them. */
export type ElementType = "float32" | "int32" | "bool";

/** A value of a graph as far as it is known before anything is computed. Shapes have the batch in them. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: ElementType;
  /** Row-major, where they are known: shapes, axes, indices, masks and numbers without axes. */
  readonly values?: ArrayLike<number> | undefined;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | Operand;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A node of a graph with what is known of its inputs. */
export interface Call {
  /** Inputs that are left out are undefined. */
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes: Attributes;
  /** How many outputs it has. */
  readonly outputCount: number;
  /** Where samples lie in the first input: along which axis, how many they are, and how many values of that axis each has. */
  readonly batch?: { readonly axis: number; readonly size: number; readonly inner: number } | undefined;
}

/** A tensor whose axes may lie in another order: axis i of the graph is axis `order[i]` of the tensor. */
export interface View {
  readonly tensor: Tensor;
  readonly order: readonly number[];
}

/** What an operator computes with. */
export interface Forward extends Call {
  readonly tf: Ops;
  /** The input as it lies. */
  readonly view: (input: number) => View;
  /** The input with its axes in the graph's order. */
  readonly plain: (input: number) => Tensor;
  /** An input [batch, channels, ...] as [batch, ..., channels]. */
  readonly channelsLast: (input: number) => Tensor;
  /** Convolution kernels are kept as tfjs takes them: [height, width, in, out]. */
  readonly kernel: (input: number) => Tensor;
  readonly outputs: readonly Operand[];
  readonly training: boolean;
  /** Uniform numbers in the shape of the first input; only in training, and for an operator that `draws`. */
  readonly random?: Tensor | undefined;
}

type Result = Tensor | View;

/** `averages` are new values of inputs that move with the data, by the input's number. */
interface WithAverages {
  readonly output: Result;
  readonly averages: Readonly<Record<number, Tensor>>;
}

/** What a constant tensor of floats is, as an operator's input: trained, moved with the data, or none of both. */
export type WeightRole = "kernel" | "bias" | "norm" | "average" | "constant";

/** An ONNX operator of the standard domain: a row of `operatorTypes.ts`. */
export interface Operator {
  readonly shape: (call: Call) => Operand | readonly Operand[] | Mismatch;
  /** The values of the first output where those of all inputs are known. */
  readonly fold?: (call: Call, output: Operand) => ArrayLike<number>;
  /** It needs the shapes of its inputs alone to be folded. */
  readonly foldsShape?: true;
  readonly forward: (call: Forward) => Result | readonly Result[] | WithAverages;
  /** By input. Absent: what is multiplied or added is trained, without decay. */
  readonly roles?: readonly (WeightRole | undefined)[];
  /** Inputs that have to be known: axes, shapes. */
  readonly known?: readonly number[];
  readonly draws?: true;
}

/** The input as an array, which the planner has seen to be known. */
export function valuesOf({ inputs }: Pick<Call, "inputs">, input: number): readonly number[] | undefined {
  const values = inputs[input]?.values;
  return values === undefined ? undefined : Array.from(values);
}

export function shapeOf({ inputs }: Pick<Call, "inputs">, input: number): Shape {
  const operand = inputs[input];
  if (operand === undefined) throw new MissingInput(input);
  return operand.shape;
}

/** A node without an input that its operator needs. */
export class MissingInput extends Error {
  constructor(input: number) {
    super(`its input ${input} is missing`);
  }
}

export function numberOf({ attributes }: Pick<Call, "attributes">, name: string, otherwise: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : otherwise;
}

export function textOf({ attributes }: Pick<Call, "attributes">, name: string, otherwise: string): string {
  const value = attributes[name];
  return typeof value === "string" ? value : otherwise;
}

export function listOf(
  { attributes }: Pick<Call, "attributes">,
  name: string,
): readonly number[] | undefined {
  const value = attributes[name];
  return Array.isArray(value) && value.every((item) => typeof item === "number")
    ? (value as readonly number[])
    : undefined;
}

/** What an attribute of earlier versions and an input of later ones say: axes, bounds, sizes. */
export const listAt = (call: Call, input: number, attribute: string): readonly number[] | undefined =>
  valuesOf(call, input) ?? listOf(call, attribute);

/** The same, which a shape rule needs. @throws where it is computed in the graph */
export function listFrom(call: Call, input: number, attribute: string, what: string): readonly number[] {
  const list = listAt(call, input, attribute);
  if (list === undefined) throw new Misfit(`${what} that can be computed beforehand`, "none");
  return list;
}

export const dtypeOf = ({ inputs }: Pick<Call, "inputs">): ElementType => inputs[0]?.dtype ?? "float32";

/** An output of the first input's type. */
export const like = (call: Call, shape: Shape): Operand => ({ shape, dtype: dtypeOf(call) });

/** The shape of the first output. */
export const targetShape = ({ outputs }: Forward): number[] => [...(outputs[0] as Operand).shape];

/** The axis of a tensor that a possibly negative one means. @throws where there is none */
export function axisIn(rank: number, axis: number): number {
  const found = axis < 0 ? rank + axis : axis;
  if (!Number.isInteger(found) || found < 0 || found >= Math.max(rank, 1))
    throw new Misfit(`an axis from ${-rank} to ${rank - 1}`, String(axis));
  return found;
}

/** Thrown in a shape rule, for what a helper finds wrong. */
export class Misfit extends Error {
  readonly mismatch: Mismatch;

  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
    this.mismatch = { expected, found };
  }
}

/** Of row-major values, by axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** NumPy's rule. @throws where shapes do not go together */
export function broadcast(shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === extent) continue;
      if (extent !== 1)
        throw new Misfit(
          "shapes that broadcast",
          shapes.map((shape) => `[${shape.join(", ")}]`).join(" and "),
        );
      extent = own;
    }
    return extent;
  });
}

/** Calls `visit` with the number and the coordinates of each element, in order. */
export function everyIndex(shape: Shape, visit: (index: number, at: readonly number[]) => void): void {
  const count = sizeOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  for (let index = 0; index < count; index++) {
    visit(index, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

/** Where an element of the broadcast shape is in a smaller operand. */
export function broadcastIndex(shape: Shape, at: readonly number[]): number {
  let index = 0;
  const skipped = at.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis] as number;
    index = index * extent + (extent === 1 ? 0 : (at[axis + skipped] as number));
  }
  return index;
}

export const identityOrder = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

/** The order of [batch, channels, ...] that lies as [batch, ..., channels]. */
export const channelsLastOrder = (rank: number): number[] =>
  rank < 3 ? identityOrder(rank) : [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];

/** A result that lies with its channels last. */
export const asChannelsLast = (tensor: Tensor): View => ({ tensor, order: channelsLastOrder(tensor.rank) });

/** The type in which numbers of a TensorProto.DataType are computed with. */
export const castTo = (type: number): ElementType =>
  type === 9 ? "bool" : [1, 10, 11, 16].includes(type) ? "float32" : "int32";
