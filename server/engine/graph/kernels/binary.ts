import { broadcast_util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { cast, castValue } from "../onnx/onnxCast.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { castTensor, castTo } from "../tensorflow/tensorflowCast.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

type Binary = Kernel<{ a: Value; b: Value }>;
interface Emissions {
  readonly onnx: (graph: OnnxGraph, a: string, b: string, dtype: DType) => string;
  readonly tensorflow: (graph: TensorflowGraph, a: string, b: string, dtype: DType) => string;
}

/** Kernels that combine two tensors element by element, broadcasting as numpy does. */
export const binary: KernelTable = {
  Add: arithmetic(operator("Add", "AddV2")),
  Sub: arithmetic(operator("Sub")),
  Multiply: arithmetic(operator("Mul")),
  RealDiv: arithmetic(operator("Div")),
  Pow: arithmetic(operator("Pow")),
  Maximum: arithmetic({
    onnx: (graph, a, b) => graph.node("Max", [a, b]),
    // On a CPU TensorFlow computes a leaky ReLU as max(c · x, x) for any c, which is wrong above 1; there it is the minimum.
    tensorflow: (graph, a, b, T) => {
      const negative = (x: string) => graph.node("Neg", [x], { T });
      return negative(graph.node("Minimum", [negative(a), negative(b)], { T }));
    },
  }),
  Minimum: arithmetic(operator("Min", "Minimum")),
  SquaredDifference: arithmetic({
    onnx: (graph, a, b) => {
      const difference = graph.node("Sub", [a, b]);
      return graph.node("Mul", [difference, difference]);
    },
    tensorflow: (graph, a, b, T) => graph.node("SquaredDifference", [a, b], { T }),
  }),
  // The remainder has the divisor's sign, as in Python.
  Mod: arithmetic({
    onnx: (graph, a, b, dtype) => {
      if (dtype === "int32") return graph.node("Mod", [a, b]);
      const quotient = graph.node("Floor", [graph.node("Div", [a, b])]);
      return graph.node("Sub", [a, graph.node("Mul", [quotient, b])]);
    },
    tensorflow: (graph, a, b, T) => graph.node("FloorMod", [a, b], { T }),
  }),
  FloorDiv: {
    ...broadcasting(() => "int32"),
    onnx: (graph, { a, b }) => {
      const quotient = graph.node("Div", [castValue(graph, a, "float32"), castValue(graph, b, "float32")]);
      return cast(graph, graph.node("Floor", [quotient]), "float32", "int32");
    },
    tensorflow: (graph, { a, b }) => {
      const operands = [castTo(graph, a, "float32"), castTo(graph, b, "float32")];
      const quotient = graph.node("FloorDiv", operands, { T: "float32" });
      return castTensor(graph, quotient, "float32", "int32");
    },
  } satisfies Binary,
  // The angle of the point (b, a). Where b < 0, atan(a / b) is half a turn off; where b = 0, a / b is ±Infinity or NaN.
  Atan2: arithmetic({
    onnx: (graph, a, b) => {
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
    },
    tensorflow: (graph, a, b, T) => graph.node("Atan2", [a, b], { T }),
  }),
  Greater: comparison(operator("Greater")),
  GreaterEqual: comparison(operator("GreaterOrEqual", "GreaterEqual")),
  Less: comparison(operator("Less")),
  LessEqual: comparison(operator("LessOrEqual", "LessEqual")),
  Equal: comparison(operator("Equal")),
  NotEqual: comparison({
    onnx: (graph, a, b) => graph.node("Not", [graph.node("Equal", [a, b])]),
    tensorflow: (graph, a, b, T) => graph.node("NotEqual", [a, b], { T }),
  }),
  LogicalAnd: logical("And", (graph, a, b) => graph.node("LogicalAnd", [a, b])),
  LogicalOr: logical("Or", (graph, a, b) => graph.node("LogicalOr", [a, b])),
  LogicalXor: logical("Xor", (graph, a, b) => graph.node("NotEqual", [a, b], { T: "bool" })),
  AddN: {
    shape: ({ tensors }) => (tensors[0] as Value).shape,
    onnx: (graph, { tensors }) => graph.node("Sum", tensors),
    tensorflow: (graph, { tensors }, _, { dtype }) =>
      graph.node("AddN", tensors, { T: dtype, N: tensors.length }),
  } satisfies Kernel<{ tensors: readonly Value[] }>,
  // `condition ? t : e`, element by element, or row by row where the condition has one flag a row.
  Select: {
    shape: ({ t }) => t.shape,
    dtype: ({ t, e }) => widest(t.dtype, e.dtype),
    onnx: (graph, { condition, t, e }, _, output) => {
      const flags = castValue(graph, condition, "bool");
      const column = columnOf(condition, t);
      return graph.node("Where", [
        column ? graph.node("Reshape", [flags, graph.int64(column)]) : flags,
        castValue(graph, t, output.dtype),
        castValue(graph, e, output.dtype),
      ]);
    },
    tensorflow: (graph, { condition, t, e }, _, { dtype }) => {
      const flags = castTo(graph, condition, "bool");
      const column = columnOf(condition, t);
      const shaped = column
        ? graph.node("Reshape", [flags, graph.int32(column)], { T: "bool", Tshape: "int32" })
        : flags;
      return graph.node("SelectV2", [shaped, castTo(graph, t, dtype), castTo(graph, e, dtype)], { T: dtype });
    },
  } satisfies Kernel<{ condition: Value; t: Value; e: Value }>,
};

/** The shape in which a condition with one flag a row broadcasts over the rows. */
function columnOf(condition: Value, t: Value): readonly number[] | undefined {
  if (condition.shape.length !== 1 || t.shape.length <= 1) return undefined;
  return [sizeOf(condition.shape), ...t.shape.slice(1).map(() => 1)];
}

function operator(op: string, tensorflow = op): Emissions {
  return {
    onnx: (graph, a, b) => graph.node(op, [a, b]),
    tensorflow: (graph, a, b, T) => graph.node(tensorflow, [a, b], { T }),
  };
}

/** The result has the operands' dtype. Neither runtime has arithmetic on bool: it is done in int32. */
function arithmetic({ onnx, tensorflow }: Emissions): Binary {
  return {
    ...broadcasting(({ a }) => a.dtype),
    onnx: (graph, { a, b }, _, output) => {
      const dtype = computable(output.dtype);
      const result = onnx(graph, castValue(graph, a, dtype), castValue(graph, b, dtype), dtype);
      return cast(graph, result, dtype, output.dtype);
    },
    tensorflow: (graph, { a, b }, _, output) => {
      const dtype = computable(output.dtype);
      const result = tensorflow(graph, castTo(graph, a, dtype), castTo(graph, b, dtype), dtype);
      return castTensor(graph, result, dtype, output.dtype);
    },
  };
}

function comparison({ onnx, tensorflow }: Emissions): Binary {
  return {
    ...broadcasting(() => "bool"),
    onnx: (graph, { a, b }) => {
      const dtype = computable(widest(a.dtype, b.dtype));
      return onnx(graph, castValue(graph, a, dtype), castValue(graph, b, dtype), dtype);
    },
    tensorflow: (graph, { a, b }) => {
      const dtype = computable(widest(a.dtype, b.dtype));
      return tensorflow(graph, castTo(graph, a, dtype), castTo(graph, b, dtype), dtype);
    },
  };
}

function logical(op: string, tensorflow: Emissions["tensorflow"]): Binary {
  return {
    ...broadcasting(() => "bool"),
    onnx: (graph, { a, b }) => graph.node(op, [castValue(graph, a, "bool"), castValue(graph, b, "bool")]),
    tensorflow: (graph, { a, b }) =>
      tensorflow(graph, castTo(graph, a, "bool"), castTo(graph, b, "bool"), "bool"),
  };
}

function computable(dtype: DType): DType {
  return dtype === "bool" ? "int32" : dtype;
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
