import { roundToEven } from "../../../data/formats/half.ts";
import { fewestInt8Values } from "../../../nets/int8Bytes.ts";
import { sizeOf } from "../../../sizeOf.ts";
import {
  type AttributeProto,
  attributeType,
  elementType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./onnxSchema.ts";
import { floatValues } from "./tensorValues.ts";

/** Least and largest value of a tensor inside a model, over some samples. */
export interface TensorRange {
  readonly least: number;
  readonly most: number;
}

/** A step and the integer that stands for 0: value ≈ scale · (integer − zero). */
export interface Quantization {
  readonly scale: number;
  readonly zero: number;
}

/** Where an operator has weights, and along which axis each channel has a scale of its own. */
const weightsOf: Readonly<
  Record<string, { readonly input: number; readonly axis: (node: NodeProto) => number }>
> = {
  Conv: { input: 1, axis: () => 0 },
  Gemm: { input: 1, axis: (node) => (intOf(node, "transB") === 1 ? 0 : 1) },
  MatMul: { input: 1, axis: () => -1 },
  Gather: { input: 0, axis: () => 0 }, // an embedding's row each
};

/** The operators that runtimes compute in integers. */
const computed: ReadonlySet<string> = new Set(["Conv", "Gemm", "MatMul"]);

/** What an activation is bounded by below 0: its result begins at 0 as the integers do. */
const bounding: ReadonlySet<string> = new Set(["Relu", "Clip"]);

/**
 * The model with its weights as int8, symmetric with a scale a channel: each is followed by a DequantizeLinear, so that all is
 * computed in float32 (ONNX's QDQ form; Jacob et al. 2018, Quantization and Training of Neural Networks). With the ranges of the
 * tensors in {@link calibratedTensors} what goes into convolutions and products, and comes out of convolutions, is uint8, and their
 * biases are int32: runtimes then compute in integers.
 * @param model its constants are folded: weights are initialisers
 */
export function quantized(model: ModelProto, ranges?: ReadonlyMap<string, TensorRange>): ModelProto {
  const { graph } = model;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const made: Made = { nodes: [], constants: [] };
  const scales = new Map<string, Float32Array>();
  const onlyLookedUp = lookedUp(model);
  for (const { name, axis } of weightsIn(model)) {
    const tensor = constants.get(name) as TensorProto;
    scales.set(name, writeWeights(made, tensor, axis));
    if (!onlyLookedUp.has(name)) made.nodes.push(linear("DequantizeLinear", parts(name), name, axis));
    constants.delete(name);
  }
  const activations = new Map<string, Quantization>();
  for (const name of ranges === undefined ? [] : calibratedTensors(model)) {
    const range = ranges?.get(name);
    if (range !== undefined) activations.set(name, activationScale(range));
  }
  const outputs = new Set(graph.output.map(({ name }) => name));
  const behind = (name: string) =>
    activations.has(name) && !outputs.has(name) ? `${name}_dequantized` : name;
  const nodes: NodeProto[] = [];
  for (const { name } of graph.input) addActivation(nodes, made, name, activations.get(name));
  for (const node of graph.node) {
    const bias = activations.size === 0 ? undefined : biasOf(node, { constants, scales, activations });
    const input = node.input.map((name, i) => (bias !== undefined && i === 2 ? bias.name : behind(name)));
    if (bias !== undefined) writeBias(made, bias);
    const isLookUp = onlyLookedUp.has(input[0] ?? "") && scales.has(input[0] ?? "");
    nodes.push(...(isLookUp ? lookUp({ ...node, input }) : [{ ...node, input }]));
    for (const name of node.output)
      if (!outputs.has(name)) addActivation(nodes, made, name, activations.get(name));
  }
  const all = [...made.nodes, ...nodes];
  const used = new Set(all.flatMap(({ input }) => input));
  const initializer = [...constants.values(), ...made.constants].filter(({ name }) => used.has(name));
  return { ...model, graph: { ...graph, node: all, initializer } };
}

/** The tensors whose ranges {@link quantized} asks for, beside weights. */
export function calibratedTensors(model: ModelProto): readonly string[] {
  const { node: nodes, output } = model.graph;
  const weights = new Set(weightsIn(model).map(({ name }) => name));
  const outputs = new Set(output.map(({ name }) => name));
  const readers = new Map<string, NodeProto[]>();
  for (const node of nodes)
    for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node]);
  const found = new Set<string>();
  for (const node of nodes) {
    const [given = "", weight = ""] = node.input;
    const [result = ""] = node.output;
    if (!computed.has(node.op_type) || !weights.has(weight)) continue;
    found.add(given);
    if (node.op_type !== "Conv" || outputs.has(result)) continue;
    const [only, ...others] = readers.get(result) ?? [];
    const bounded =
      only !== undefined && others.length === 0 && bounding.has(only.op_type) ? only.output[0] : undefined;
    if (bounded === undefined) found.add(result);
    else if (!outputs.has(bounded)) found.add(bounded);
  }
  return [...found];
}

/** uint8 over a range that has 0, which an integer stands for exactly: padding and what is cut off are 0. */
export function activationScale({ least, most }: TensorRange): Quantization {
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const scale = Math.fround((high - low) / 255) || 1;
  return { scale, zero: Math.max(0, Math.min(255, roundToEven(-low / scale))) };
}

interface Made {
  readonly nodes: NodeProto[];
  readonly constants: TensorProto[];
}

interface WeightPlace {
  readonly name: string;
  /** ≥ 0 */
  readonly axis: number;
}

/** Float32 weights, each once: with the axis of the first operator that reads it. */
function weightsIn({ graph }: ModelProto): readonly WeightPlace[] {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, WeightPlace>();
  for (const node of graph.node) {
    const weights = weightsOf[node.op_type];
    const tensor = weights && constants.get(node.input[weights.input] ?? "");
    if (weights === undefined || tensor === undefined || found.has(tensor.name)) continue;
    const { name, dims, data_type } = tensor;
    if (node.op_type === "Gather" && (intOf(node, "axis") ?? 0) !== 0) continue;
    const size = sizeOf(dims);
    if (data_type !== elementType.float32 || dims.length < 2 || size < fewestInt8Values) continue;
    const axis = weights.axis(node);
    found.set(name, { name, axis: axis < 0 ? axis + dims.length : axis });
  }
  return [...found.values()];
}

/** Tensors of which nodes only take rows, which are few: of these nothing else is made float32. */
function lookedUp({ graph }: ModelProto): ReadonlySet<string> {
  const isRow = (node: NodeProto, i: number) => node.op_type === "Gather" && i === 0 && !intOf(node, "axis");
  const others = new Set(graph.node.flatMap((node) => node.input.filter((_, i) => !isRow(node, i))));
  const rows = graph.node.flatMap((node) => node.input.filter((_, i) => isRow(node, i)));
  return new Set(rows.filter((name) => !others.has(name)));
}

/** Rows of int8, each times its scale. */
function lookUp({ input: [table = "", index = ""], output: [output = ""], ...node }: NodeProto): NodeProto[] {
  const gather = (from: string, to: string): NodeProto => ({
    ...node,
    name: to,
    input: [from, index],
    output: [to],
  });
  const [rows, scales, floats] = ["rows", "scales", "floats"].map((name) => `${output}_${name}`) as [
    string,
    string,
    string,
  ];
  const to = { name: "to", type: attributeType.int, i: elementType.float32 };
  const made = { domain: "", attribute: [] };
  return [
    gather(`${table}_int8`, rows),
    { ...made, op_type: "Cast", name: floats, input: [rows], output: [floats], attribute: [to] },
    gather(`${table}_column`, scales),
    { ...made, op_type: "Mul", name: `${output}_scaled`, input: [floats, scales], output: [output] },
  ];
}

/** The parts of int8 weights. */
const parts = (name: string) => [`${name}_int8`, `${name}_scale`, `${name}_zero`] as const;

/** @returns a scale a channel */
function writeWeights({ constants }: Made, tensor: TensorProto, axis: number): Float32Array {
  const { name, dims } = tensor;
  const [integer, scale, zero] = parts(name);
  const values = floatValues(tensor);
  const channels = dims[axis] as number;
  const inner = sizeOf(dims.slice(axis + 1));
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const largest = new Float32Array(channels);
  for (const [i, value] of values.entries())
    largest[channelOf(i)] = Math.max(largest[channelOf(i)] as number, Math.abs(value));
  const scales = largest.map((value) => Math.fround(value / 127) || 1);
  const integers = Int8Array.from(values, (value, i) =>
    Math.max(-127, Math.min(127, roundToEven(value / (scales[channelOf(i)] as number)))),
  );
  constants.push(
    { name: integer, dims, data_type: elementType.int8, raw_data: bytesOf(integers) },
    { name: scale, dims: [channels], data_type: elementType.float32, raw_data: bytesOf(scales) },
    { name: zero, dims: [channels], data_type: elementType.int8, raw_data: new Uint8Array(channels) },
    // What rows are times, where rows are taken.
    {
      name: `${name}_column`,
      dims: [channels, 1],
      data_type: elementType.float32,
      raw_data: bytesOf(scales),
    },
  );
  return scales;
}

function addActivation(
  nodes: NodeProto[],
  { constants }: Made,
  name: string,
  found: Quantization | undefined,
): void {
  if (found === undefined) return;
  const [, scale, zero] = parts(name);
  constants.push(
    {
      name: scale,
      dims: [],
      data_type: elementType.float32,
      raw_data: bytesOf(Float32Array.of(found.scale)),
    },
    { name: zero, dims: [], data_type: elementType.uint8, raw_data: Uint8Array.of(found.zero) },
  );
  nodes.push(
    linear("QuantizeLinear", [name, scale, zero], `${name}_quantized`),
    linear("DequantizeLinear", [`${name}_quantized`, scale, zero], `${name}_dequantized`),
  );
}

interface Bias {
  readonly name: string;
  readonly values: Float32Array;
  /** One each: that of what goes in, times that of the weights. */
  readonly scales: Float32Array;
}

interface Known {
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly scales: ReadonlyMap<string, Float32Array>;
  readonly activations: ReadonlyMap<string, Quantization>;
}

/** The bias of a convolution or product that is computed in integers. */
function biasOf(
  { op_type, input, output }: NodeProto,
  { constants, scales, activations }: Known,
): Bias | undefined {
  const [given = "", weight = "", bias = ""] = input;
  const [tensor, each, activation] = [constants.get(bias), scales.get(weight), activations.get(given)];
  if (!computed.has(op_type) || tensor === undefined || each === undefined || activation === undefined)
    return undefined;
  if (tensor.data_type !== elementType.float32 || tensor.dims.length !== 1 || tensor.dims[0] !== each.length)
    return undefined;
  // One of several readers of a bias may have other scales: named after its own.
  return {
    name: `${output[0]}_bias`,
    values: floatValues(tensor),
    scales: each.map((scale) => Math.fround(scale * activation.scale)),
  };
}

function writeBias({ nodes, constants }: Made, { name, values, scales }: Bias): void {
  const most = 2 ** 31 - 1;
  const integers = Int32Array.from(values, (value, i) =>
    Math.max(-most, Math.min(most, roundToEven(value / (scales[i] as number)))),
  );
  const dims = [values.length];
  constants.push(
    { name: `${name}_int32`, dims, data_type: elementType.int32, raw_data: bytesOf(integers) },
    { name: `${name}_scale`, dims, data_type: elementType.float32, raw_data: bytesOf(scales) },
  );
  nodes.push(linear("DequantizeLinear", [`${name}_int32`, `${name}_scale`], name, 0));
}

function linear(op_type: string, input: readonly string[], output: string, axis?: number): NodeProto {
  const attribute: AttributeProto[] =
    axis === undefined ? [] : [{ name: "axis", type: attributeType.int, i: axis }];
  return { op_type, domain: "", name: `${output}_${op_type}`, input, output: [output], attribute };
}

const intOf = ({ attribute }: NodeProto, name: string): number | undefined =>
  attribute.find((one) => one.name === name)?.i;

const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array | Int32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
