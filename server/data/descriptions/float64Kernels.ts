/**
 * Operators that ONNX Runtime 1.30 does not compute in float64 on the CPU, with the opsets, from and to, in which it makes them
 * of others. Each was tried in a model of its own, in all opsets from 7 to 24.
 */
const float32Only: Readonly<Record<string, readonly [number, number] | undefined>> = {
  Acos: undefined,
  Acosh: undefined,
  Asin: undefined,
  Asinh: undefined,
  Atan: undefined,
  Atanh: undefined,
  AveragePool: undefined,
  Clip: [12, Number.POSITIVE_INFINITY],
  Col2Im: undefined,
  Conv: undefined,
  ConvTranspose: undefined,
  Cosh: undefined,
  Det: undefined,
  Elu: [18, 18],
  Erf: undefined,
  Gelu: undefined,
  GlobalAveragePool: undefined,
  GlobalLpPool: undefined,
  GlobalMaxPool: undefined,
  GridSample: [20, Number.POSITIVE_INFINITY],
  HardSigmoid: [18, 18],
  HardSwish: [18, 18],
  Hardmax: undefined,
  InstanceNormalization: undefined,
  LRN: undefined,
  LeakyRelu: [16, 18],
  LpPool: undefined,
  MaxRoiPool: undefined,
  MaxUnpool: undefined,
  Mean: undefined,
  Mish: [18, 18],
  NonZero: undefined,
  PRelu: [16, 18],
  RNN: undefined,
  Resize: undefined,
  Selu: [18, 18],
  Sinh: undefined,
  Softplus: [18, 18],
  Softsign: [18, 18],
  Tan: undefined,
  ThresholdedRelu: [18, 18],
};

/** Those whose outputs have the type of their first input, as far as nets have them between a weight and an operator above. */
const passing = new Set(
  "Abs Add BatchNormalization Concat Div Dropout Exp Flatten Gather Gemm Identity LayerNormalization Log LogSoftmax MatMul Max MaxPool Min Mul Neg Pad Pow ReduceMax ReduceMean ReduceSum Relu Reshape Sigmoid Slice Softmax Split Sqrt Squeeze Sub Tanh Transpose Unsqueeze".split(
    " ",
  ),
);

interface TypedNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly castTo?: string | undefined;
}

/**
 * The operators of a graph that compute in float64 without a kernel for it, each once. Types are followed from the tensors that
 * declare theirs; of what is not known nothing is said.
 * @param nodes in the order in which they compute
 */
export function operatorsWithoutFloat64(
  nodes: readonly TypedNode[],
  { declared, opset = 0 }: { readonly declared: ReadonlySet<string>; readonly opset: number | undefined },
): string[] {
  const float64 = new Set(declared);
  float64.delete("");
  const found = new Set<string>();
  for (const { operator, domain, inputs, outputs, castTo } of nodes) {
    if (domain !== "" && domain !== "ai.onnx") continue;
    if (castTo === "float64") for (const name of outputs) float64.add(name);
    const isListed = Object.hasOwn(float32Only, operator);
    if (!(isListed ? inputs.some((name) => float64.has(name)) : float64.has(inputs[0] ?? ""))) continue;
    if (isListed || passing.has(operator)) for (const name of outputs) float64.add(name);
    const [first, last] = float32Only[operator] ?? [Number.POSITIVE_INFINITY, 0];
    if (isListed && (opset < first || opset > last)) found.add(operator);
  }
  return [...found];
}
