import type { DType } from "../../program.ts";
import type { Attributes, Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { cast, castValue } from "../onnx/onnxCast.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { castTensor, castTo } from "../tensorflow/tensorflowCast.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

type Unary = Kernel<{ x: Value }>;
/** Float tensor name → the result's name. */
interface Emissions {
  readonly onnx: (graph: OnnxGraph, x: string, attrs: Attributes) => string;
  readonly tensorflow: (graph: TensorflowGraph, x: string, attrs: Attributes) => string;
  /** What comes out; the input's dtype when absent. */
  readonly dtype?: DType;
  /** What they emit. */
  readonly emitted?: DType;
}

const float = { T: "float32" } as const;

/** Kernels that map each element of one tensor, computed in float32. Integers are converted there and back. */
export const unary: KernelTable = {
  Abs: operator("Abs"),
  Acos: operator("Acos"),
  Acosh: operator("Acosh"),
  Asin: operator("Asin"),
  Asinh: operator("Asinh"),
  Atan: operator("Atan"),
  Atanh: operator("Atanh"),
  Ceil: operator("Ceil"),
  Cos: operator("Cos"),
  Cosh: operator("Cosh"),
  Elu: operator("Elu"),
  Erf: operator("Erf"),
  Exp: operator("Exp", { dtype: "float32" }),
  Floor: operator("Floor"),
  Log: operator("Log"),
  Neg: operator("Neg"),
  Reciprocal: operator("Reciprocal"),
  Relu: operator("Relu"),
  Round: operator("Round"),
  Sigmoid: operator("Sigmoid"),
  Sign: operator("Sign"),
  Sin: operator("Sin"),
  Sinh: operator("Sinh"),
  Softplus: operator("Softplus"),
  Sqrt: operator("Sqrt"),
  Tan: operator("Tan"),
  Tanh: operator("Tanh"),
  // ONNX's default alpha and gamma are Klambauer et al. 2017's, to float32 precision.
  Selu: operator("Selu"),
  LeakyRelu: computed({
    onnx: (graph, x, attrs) => graph.node("LeakyRelu", [x], { alpha: { float: attrs["alpha"] as number } }),
    tensorflow: (graph, x, attrs) =>
      graph.node("LeakyRelu", [x], { ...float, alpha: { float: attrs["alpha"] as number } }),
  }),
  Relu6: computed({
    onnx: (graph, x) => graph.node("Clip", [x, graph.float32(0), graph.float32(6)]),
    tensorflow: (graph, x) => graph.node("Relu6", [x], float),
  }),
  Square: computed({
    onnx: (graph, x) => graph.node("Mul", [x, x]),
    tensorflow: (graph, x) => graph.node("Square", [x], float),
  }),
  Rsqrt: computed({
    onnx: (graph, x) => graph.node("Reciprocal", [graph.node("Sqrt", [x])]),
    tensorflow: (graph, x) => graph.node("Rsqrt", [x], float),
  }),
  // exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which does not cancel near 0.
  Expm1: computed({
    onnx: (graph, x) => {
      const half = graph.node("Tanh", [graph.node("Mul", [x, graph.float32(0.5)])]);
      return graph.node("Mul", [half, graph.node("Add", [graph.node("Exp", [x]), graph.float32(1)])]);
    },
    tensorflow: (graph, x) => graph.node("Expm1", [x], float),
  }),
  // With u = fl(1 + x): log(1 + x) = x log(u) / (u - 1), and x where u = 1 (Kahan; Goldberg 1991, theorem 4).
  Log1p: computed({
    onnx: (graph, x) => {
      const one = graph.float32(1);
      const u = graph.node("Add", [x, one]);
      const ratio = graph.node("Div", [graph.node("Log", [u]), graph.node("Sub", [u, one])]);
      return graph.node("Where", [graph.node("Equal", [u, one]), x, graph.node("Mul", [x, ratio])]);
    },
    tensorflow: (graph, x) => graph.node("Log1p", [x], float),
  }),
  // 1 where x > 0, alpha elsewhere.
  Step: computed({
    onnx: (graph, x, attrs) => {
      const positive = graph.node("Greater", [x, graph.float32(0)]);
      const alpha = slopeOf(attrs);
      if (alpha === 0) return cast(graph, positive, "bool", "float32");
      return graph.node("Where", [positive, graph.float32(1), graph.float32(alpha)]);
    },
    tensorflow: (graph, x, attrs) => {
      const positive = graph.node("Greater", [x, graph.float32(0)], float);
      const alpha = slopeOf(attrs);
      if (alpha === 0) return castTensor(graph, positive, "bool", "float32");
      return graph.node("SelectV2", [positive, graph.float32(1), graph.float32(alpha)], float);
    },
  }),
  // ONNX Runtime has no IsNaN on WebGPU.
  IsNan: computed({
    onnx: (graph, x) => graph.node("Not", [graph.node("Equal", [x, x])]),
    tensorflow: (graph, x) => graph.node("IsNan", [x], float),
    dtype: "bool",
    emitted: "bool",
  }),
  IsInf: operator("IsInf", { dtype: "bool", emitted: "bool" }),
  IsFinite: computed({
    onnx: (graph, x) =>
      graph.node("Not", [graph.node("Or", [graph.node("IsNaN", [x]), graph.node("IsInf", [x])])]),
    tensorflow: (graph, x) => graph.node("IsFinite", [x], float),
    dtype: "bool",
    emitted: "bool",
  }),
  LogicalNot: {
    shape: ({ x }) => x.shape,
    dtype: () => "bool",
    onnx: (graph, { x }) => graph.node("Not", [castValue(graph, x, "bool")]),
    tensorflow: (graph, { x }) => graph.node("LogicalNot", [castTo(graph, x, "bool")]),
  } satisfies Unary,
  ClipByValue: {
    shape: ({ x }) => x.shape,
    onnx: (graph, { x }, { clipValueMin, clipValueMax }) =>
      graph.node("Clip", [x, graph.scalar(clipValueMin, x.dtype), graph.scalar(clipValueMax, x.dtype)]),
    tensorflow: (graph, { x }, { clipValueMin, clipValueMax }) => {
      const low = graph.node("Maximum", [x, graph.scalar(clipValueMin, x.dtype)], { T: x.dtype });
      return graph.node("Minimum", [low, graph.scalar(clipValueMax, x.dtype)], { T: x.dtype });
    },
  } satisfies Kernel<{ x: Value }, { clipValueMin: number; clipValueMax: number }>,
  Cast: {
    shape: ({ x }) => x.shape,
    dtype: (_, { dtype }) => dtype,
    onnx: (graph, { x }, { dtype }) => castValue(graph, x, dtype),
    tensorflow: (graph, { x }, { dtype }) => castTo(graph, x, dtype),
  } satisfies Kernel<{ x: Value }, { dtype: DType }>,
  Identity: {
    shape: ({ x }) => x.shape,
    onnx: (graph, { x }) => graph.name(x),
    tensorflow: (graph, { x }) => graph.name(x),
  } satisfies Unary,
  Prelu: {
    shape: ({ x }) => x.shape,
    onnx: (graph, { x, alpha }) => graph.node("PRelu", [x, alpha]),
    tensorflow: (graph, { x, alpha }) => {
      const negative = graph.node("Less", [x, graph.float32(0)], float);
      return graph.node("SelectV2", [negative, graph.node("Mul", [x, alpha], float), x], float);
    },
  } satisfies Kernel<{ x: Value; alpha: Value }>,
  // elu'(x) in terms of y = elu(x): 1 where y >= 0, y + 1 elsewhere.
  EluGrad: {
    shape: ({ y }) => y.shape,
    onnx: (graph, { dy, y }) => {
      const slope = graph.node("Add", [graph.node("Min", [y, graph.float32(0)]), graph.float32(1)]);
      return graph.node("Mul", [dy, slope]);
    },
    tensorflow: (graph, { dy, y }) => graph.node("EluGrad", [dy, y], float),
  } satisfies Kernel<{ dy: Value; y: Value }>,
};

/** A kernel that is one operator, with one name in both runtimes. */
function operator(op: string, dtypes: Pick<Emissions, "dtype" | "emitted"> = {}): Unary {
  return computed({
    onnx: (graph, x) => graph.node(op, [x]),
    tensorflow: (graph, x) => graph.node(op, [x], float),
    ...dtypes,
  });
}

function computed({ onnx, tensorflow, dtype, emitted = "float32" }: Emissions): Unary {
  return {
    shape: ({ x }) => x.shape,
    ...(dtype && { dtype: () => dtype }),
    onnx: (graph, { x }, attrs, output) =>
      cast(graph, onnx(graph, castValue(graph, x, "float32"), attrs), emitted, output.dtype),
    tensorflow: (graph, { x }, attrs, output) =>
      castTensor(graph, tensorflow(graph, castTo(graph, x, "float32"), attrs), emitted, output.dtype),
  };
}

function slopeOf(attrs: Attributes): number {
  return (attrs["alpha"] as number | undefined) ?? 0;
}
