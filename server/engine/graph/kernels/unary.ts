import type { DType } from "../../program.ts";
import type { Attributes, Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import { cast, castValue } from "../onnx/cast.ts";

type Unary = Kernel<{ x: Value }>;
/** Float tensor name → float tensor name. */
type Emit = (graph: OnnxGraph, x: string, attrs: Attributes) => string;

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
  Exp: computed((graph, x) => graph.node("Exp", [x]), "float32"),
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
  LeakyRelu: computed((graph, x, attrs) =>
    graph.node("LeakyRelu", [x], { alpha: { float: attrs["alpha"] as number } }),
  ),
  Relu6: computed((graph, x) => graph.node("Clip", [x, graph.float32(0), graph.float32(6)])),
  Square: computed((graph, x) => graph.node("Mul", [x, x])),
  Rsqrt: computed((graph, x) => graph.node("Reciprocal", [graph.node("Sqrt", [x])])),
  // exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which does not cancel near 0.
  Expm1: computed((graph, x) => {
    const half = graph.node("Tanh", [graph.node("Mul", [x, graph.float32(0.5)])]);
    return graph.node("Mul", [half, graph.node("Add", [graph.node("Exp", [x]), graph.float32(1)])]);
  }),
  // With u = fl(1 + x): log(1 + x) = x log(u) / (u - 1), and x where u = 1 (Kahan; Goldberg 1991, theorem 4).
  Log1p: computed((graph, x) => {
    const one = graph.float32(1);
    const u = graph.node("Add", [x, one]);
    const ratio = graph.node("Div", [graph.node("Log", [u]), graph.node("Sub", [u, one])]);
    return graph.node("Where", [graph.node("Equal", [u, one]), x, graph.node("Mul", [x, ratio])]);
  }),
  // 1 where x > 0, alpha elsewhere.
  Step: computed((graph, x, attrs) => {
    const positive = graph.node("Greater", [x, graph.float32(0)]);
    const alpha = (attrs["alpha"] as number | undefined) ?? 0;
    if (alpha === 0) return cast(graph, positive, "bool", "float32");
    return graph.node("Where", [positive, graph.float32(1), graph.float32(alpha)]);
  }),
  IsNan: computed((graph, x) => graph.node("IsNaN", [x]), "bool", "bool"),
  IsInf: computed((graph, x) => graph.node("IsInf", [x]), "bool", "bool"),
  IsFinite: computed(
    (graph, x) => graph.node("Not", [graph.node("Or", [graph.node("IsNaN", [x]), graph.node("IsInf", [x])])]),
    "bool",
    "bool",
  ),
  LogicalNot: {
    shape: ({ x }) => x.shape,
    dtype: () => "bool",
    onnx: (graph, { x }) => graph.node("Not", [castValue(graph, x, "bool")]),
  } satisfies Unary,
  ClipByValue: {
    shape: ({ x }) => x.shape,
    onnx: (graph, { x }, { clipValueMin, clipValueMax }) =>
      graph.node("Clip", [x, graph.scalar(clipValueMin, x.dtype), graph.scalar(clipValueMax, x.dtype)]),
  } satisfies Kernel<{ x: Value }, { clipValueMin: number; clipValueMax: number }>,
  Cast: {
    shape: ({ x }) => x.shape,
    dtype: (_, { dtype }) => dtype,
    onnx: (graph, { x }, { dtype }) => castValue(graph, x, dtype),
  } satisfies Kernel<{ x: Value }, { dtype: DType }>,
  Identity: { shape: ({ x }) => x.shape, onnx: (graph, { x }) => graph.name(x) } satisfies Unary,
  Prelu: {
    shape: ({ x }) => x.shape,
    onnx: (graph, { x, alpha }) => graph.node("PRelu", [x, alpha]),
  } satisfies Kernel<{ x: Value; alpha: Value }>,
  // elu'(x) in terms of y = elu(x): 1 where y >= 0, y + 1 elsewhere.
  EluGrad: {
    shape: ({ y }) => y.shape,
    onnx: (graph, { dy, y }) => {
      const slope = graph.node("Add", [graph.node("Min", [y, graph.float32(0)]), graph.float32(1)]);
      return graph.node("Mul", [dy, slope]);
    },
  } satisfies Kernel<{ dy: Value; y: Value }>,
};

/** A kernel that is one ONNX operator. */
function operator(op: string): Unary {
  return computed((graph, x) => graph.node(op, [x]));
}

function computed(emit: Emit, dtype?: DType, emitted: DType = "float32"): Unary {
  return {
    shape: ({ x }) => x.shape,
    ...(dtype && { dtype: () => dtype }),
    onnx: (graph, { x }, attrs, output) =>
      cast(graph, emit(graph, castValue(graph, x, "float32"), attrs), emitted, output.dtype),
  };
}
