import type { DType, TensorSpec } from "../program.ts";
import type { Attributes, Node, Value } from "./graph.ts";
import type { OnnxGraph } from "./onnx/onnxGraph.ts";
import type { TensorflowGraph } from "./tensorflow/tensorflowGraph.ts";

export type NodeInputs = Node["inputs"];

/** A kernel with one output: its shape rule, and its nodes in each runtime. */
export interface Kernel<I = NodeInputs, A = Attributes> {
  shape(inputs: I, attrs: A): readonly number[];
  /** The dtype that comes out; that of the first input when absent. */
  dtype?(inputs: I, attrs: A): DType;
  /** Attributes in one canonical spelling (axes positive and sorted, strides as a pair), applied while tracing. */
  canonical?(inputs: I, attrs: A): Attributes;
  /** Emits ONNX nodes (images NHWC, as in tfjs) and gives the name of the result. */
  onnx(graph: OnnxGraph, inputs: I, attrs: A, output: Value): string;
  /** Emits TensorFlow nodes and gives the name of the result. */
  tensorflow(graph: TensorflowGraph, inputs: I, attrs: A, output: Value): string;
}

/** A kernel with several outputs. */
export interface MultiKernel<I = NodeInputs, A = Attributes> {
  outputs(inputs: I, attrs: A): readonly TensorSpec[];
  canonical?(inputs: I, attrs: A): Attributes;
  onnx(graph: OnnxGraph, inputs: I, attrs: A, outputs: readonly Value[]): readonly string[];
  tensorflow(graph: TensorflowGraph, inputs: I, attrs: A, outputs: readonly Value[]): readonly string[];
}

/** Records one kernel call and gives its outputs. */
export type Emit = (kernel: string, inputs: NodeInputs, attrs?: Attributes) => readonly Value[];

/** A kernel that stands for other kernels: it is replaced by them while tracing, so no graph contains it. */
export interface CompositeKernel<I = NodeInputs, A = Attributes> {
  expand(emit: Emit, inputs: I, attrs: A): Value;
}

/** A kernel that both runtimes can compute. */
export type PrimitiveKernel = Kernel | MultiKernel;
export type AnyKernel = PrimitiveKernel | CompositeKernel;
export type KernelTable = Readonly<Record<string, AnyKernel>>;

/** Shapes and dtypes of what a kernel gives for these inputs. */
export function outputSpecs(
  kernel: PrimitiveKernel,
  inputs: NodeInputs,
  attrs: Attributes,
): readonly TensorSpec[] {
  if ("outputs" in kernel) return kernel.outputs(inputs, attrs);
  const dtype = kernel.dtype?.(inputs, attrs) ?? firstValue(inputs)?.dtype ?? "float32";
  return [{ shape: kernel.shape(inputs, attrs), dtype }];
}

export function inputValues(inputs: NodeInputs): Value[] {
  return Object.values(inputs).flat() as Value[];
}

function firstValue(inputs: NodeInputs): Value | undefined {
  return inputValues(inputs)[0];
}

export function mapInputs(inputs: NodeInputs, change: (value: Value) => Value): NodeInputs {
  const changed = Object.entries(inputs).map(([name, input]) => [
    name,
    Array.isArray(input) ? input.map(change) : change(input as Value),
  ]);
  return Object.fromEntries(changed);
}
