import { broadcast_util } from "@tensorflow/tfjs-core";
import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import { cast, castValue } from "../onnx/cast.ts";
import { sizeOf } from "../values.ts";

type Binary = Kernel<{ a: Value; b: Value }>;
type Emit = (graph: OnnxGraph, a: string, b: string, dtype: DType) => string;

/** Kernels that combine two tensors element by element, broadcasting as numpy does. */
export const binary: KernelTable = {
  Add: arithmetic(operator("Add")),
  Sub: arithmetic(operator("Sub")),
  Multiply: arithmetic(operator("Mul")),
  RealDiv: arithmetic(operator("Div")),
  Pow: arithmetic(operator("Pow")),
  Maximum: arithmetic(operator("Max")),
  Minimum: arithmetic(operator("Min")),
  SquaredDifference: arithmetic((graph, a, b) => {
    const difference = graph.node("Sub", [a, b]);
    return graph.node("Mul", [difference, difference]);
  }),
  // The remainder has the divisor's sign, as in Python.
  Mod: arithmetic((graph, a, b, dtype) => {
    if (dtype === "int32") return graph.node("Mod", [a, b]);
    const quotient = graph.node("Floor", [graph.node("Div", [a, b])]);
    return graph.node("Sub", [a, graph.node("Mul", [quotient, b])]);
  }),
  FloorDiv: {
    ...broadcasting(() => "int32"),
    onnx: (graph, { a, b }) => {
      const quotient = graph.node("Div", [castValue(graph, a, "float32"), castValue(graph, b, "float32")]);
      return cast(graph, graph.node("Floor", [quotient]), "float32", "int32");
    },
  } satisfies Binary,
  // The angle of the point (b, a). Where b < 0, atan(a / b) is half a turn off; where b = 0, a / b is ±Infinity or NaN.
  Atan2: arithmetic((graph, a, b) => {
    const zero = graph.float32(0);
    const below = graph.node("Less", [a, zero]);
    const angle = graph.node("Atan", [graph.node("Div", [a, b])]);
    const turn = graph.node("Where", [below, graph.float32(-Math.PI), graph.float32(Math.PI)]);
    const left = graph.node("Where", [
      graph.node("Less", [b, zero]),
      graph.node("Add", [angle, turn]),
      angle,
    ]);
    const origin = graph.node("And", [graph.node("Equal", [a, zero]), graph.node("Equal", [b, zero])]);
    return graph.node("Where", [origin, zero, left]);
  }),
  Greater: comparison((graph, a, b) => graph.node("Greater", [a, b])),
  GreaterEqual: comparison((graph, a, b) => graph.node("GreaterOrEqual", [a, b])),
  Less: comparison((graph, a, b) => graph.node("Less", [a, b])),
  LessEqual: comparison((graph, a, b) => graph.node("LessOrEqual", [a, b])),
  Equal: comparison((graph, a, b) => graph.node("Equal", [a, b])),
  NotEqual: comparison((graph, a, b) => graph.node("Not", [graph.node("Equal", [a, b])])),
  LogicalAnd: logical("And"),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),
  AddN: {
    shape: ({ tensors }) => (tensors[0] as Value).shape,
    onnx: (graph, { tensors }) => graph.node("Sum", tensors),
  } satisfies Kernel<{ tensors: readonly Value[] }>,
  // `condition ? t : e`, element by element, or row by row where the condition has one flag a row.
  Select: {
    shape: ({ t }) => t.shape,
    dtype: ({ t, e }) => widest(t.dtype, e.dtype),
    onnx: (graph, { condition, t, e }, _, output) => {
      const rows = condition.shape.length === 1 && t.shape.length > 1;
      const flags = castValue(graph, condition, "bool");
      const column = [sizeOf(condition.shape), ...t.shape.slice(1).map(() => 1)];
      return graph.node("Where", [
        rows ? graph.node("Reshape", [flags, graph.int64(column)]) : flags,
        castValue(graph, t, output.dtype),
        castValue(graph, e, output.dtype),
      ]);
    },
  } satisfies Kernel<{ condition: Value; t: Value; e: Value }>,
};

function operator(op: string): Emit {
  return (graph, a, b) => graph.node(op, [a, b]);
}

/** The result has the operands' dtype. ONNX has no arithmetic on bool: it is done in int32. */
function arithmetic(emit: Emit): Binary {
  return {
    ...broadcasting(({ a }) => a.dtype),
    onnx: (graph, { a, b }, _, output) => {
      const dtype = output.dtype === "bool" ? "int32" : output.dtype;
      return cast(
        graph,
        emit(graph, castValue(graph, a, dtype), castValue(graph, b, dtype), dtype),
        dtype,
        output.dtype,
      );
    },
  };
}

function comparison(emit: Emit): Binary {
  return {
    ...broadcasting(() => "bool"),
    onnx: (graph, { a, b }) => {
      const both = widest(a.dtype, b.dtype);
      const dtype = both === "bool" ? "int32" : both;
      return emit(graph, castValue(graph, a, dtype), castValue(graph, b, dtype), dtype);
    },
  };
}

function logical(op: string): Binary {
  return {
    ...broadcasting(() => "bool"),
    onnx: (graph, { a, b }) => graph.node(op, [castValue(graph, a, "bool"), castValue(graph, b, "bool")]),
  };
}

function broadcasting(
  dtype: (inputs: { a: Value; b: Value }) => DType,
): Pick<Binary, "shape"> & { dtype: typeof dtype } {
  return {
    shape: ({ a, b }) => broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]),
    dtype,
  };
}

function widest(a: DType, b: DType): DType {
  const order: readonly DType[] = ["bool", "int32", "float32"];
  return order[Math.max(order.indexOf(a), order.indexOf(b))] as DType;
}
