import { numberToHalf } from "../../../data/formats/half.ts";
import type { GraphNode, GraphPort, GraphTensor } from "../../../nets/graph.ts";
import { cardTexts, type ModelCard } from "../../../nets/modelCard.ts";
import type { AttributeValue } from "../../../nets/operators/operator.ts";
import {
  type AttributeProto,
  attributeType,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../../graph/onnx/onnxSchema.ts";
import type { NamedData } from "../../program.ts";
import type { GraphForm, Net } from "../net.ts";
import { fileWeights } from "./graphNet.ts";

/**
 * The graph with other weights, as an ONNX model that any runtime runs and that reads back as the same net: it takes what the file
 * took and gives logits. What a node does in training alone is left out.
 */
export function graphFile({ form }: Net<GraphForm>, weights: NamedData, card?: ModelCard): Uint8Array {
  const { graph, nodes, logits, parameters } = form;
  const trained = fileWeights(weights, parameters);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const constants = [...graph.tensors.values()].filter(({ name }) => read.has(name));
  const output = graph.outputs.find(({ dtype }) => dtype === "float32") as GraphPort;
  return encodeModel({
    ir_version: graph.irVersion,
    producer_name: "distillery",
    opset_import: [{ domain: "", version: graph.opset }],
    ...(card === undefined
      ? {}
      : { metadata_props: Object.entries(cardTexts(card)).map(([key, value]) => ({ key, value })) }),
    graph: {
      name: "student",
      node: nodes.map(inferenceNode),
      initializer: constants.map((tensor) =>
        encodeTensor(tensor, trained[tensor.name] ?? tensor.values ?? []),
      ),
      input: graph.inputs.map(encodePort),
      output: [encodePort({ ...output, name: logits })],
    },
  });
}

/** A norm by its averages, and a dropout that drops nothing. */
function inferenceNode({
  name,
  operator,
  inputs,
  outputs,
  attributes,
  attributeTypes,
}: GraphNode): NodeProto {
  const { training_mode: _, ...own } = attributes;
  const isNorm = operator === "BatchNormalization";
  const isDropout = operator === "Dropout";
  return {
    op_type: operator,
    domain: "",
    name,
    input: isDropout ? inputs.slice(0, 2) : inputs,
    output: isNorm || isDropout ? outputs.slice(0, 1) : outputs,
    attribute: Object.entries(isNorm ? own : attributes).map(([key, value]) =>
      encodeAttribute(key, value, attributeTypes[key] ?? attributeType.tensor),
    ),
  };
}

function encodeAttribute(name: string, value: AttributeValue, type: number): AttributeProto {
  const text = (item: unknown) => new TextEncoder().encode(String(item));
  switch (type) {
    case attributeType.float:
      return { name, type, f: value as number };
    case attributeType.int:
      return { name, type, i: value as number };
    case attributeType.string:
      return { name, type, s: text(value) };
    case attributeType.floats:
      return { name, type, floats: value as readonly number[] };
    case attributeType.ints:
      return { name, type, ints: value as readonly number[] };
    case attributeType.strings:
      return { name, type, strings: (value as readonly string[]).map(text) };
    default: {
      const { shape, values = [], type: own } = value as GraphTensor;
      return { name, type, t: encodeTensor({ name: "", shape, type: own }, values) };
    }
  }
}

const encodePort = ({ name, shape, type }: GraphPort): ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: type,
      shape: {
        dim: shape.map((extent) =>
          typeof extent === "number" ? { dim_value: extent } : { dim_param: extent },
        ),
      },
    },
  },
});

/** In the type of the file, so that what reads it need not change. */
function encodeTensor(
  { name, shape, type }: Pick<GraphTensor, "name" | "shape" | "type">,
  values: ArrayLike<number>,
): TensorProto {
  const [width, write] = writers[type] ?? writers[1];
  const bytes = new Uint8Array(width * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) write(view, i * width, values[i] as number);
  return { name, dims: shape, data_type: type, raw_data: bytes };
}

type Writer = readonly [width: number, write: (view: DataView, at: number, value: number) => void];

/** Numbers of 64 bits are rounded to 53: the largest, which stands for an end without bound, would be one too large. */
const int64: Writer = [
  8,
  (view, at, value) =>
    view.setBigInt64(at, value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.trunc(value)), true),
];
const int32: Writer = [4, (view, at, value) => view.setInt32(at, value, true)];
const int16: Writer = [2, (view, at, value) => view.setInt16(at, value, true)];
const int8: Writer = [1, (view, at, value) => view.setInt8(at, value)];
const float16: Writer = [2, (view, at, value) => view.setUint16(at, numberToHalf(value), true)];
const float32: Writer = [4, (view, at, value) => view.setFloat32(at, value, true)];
const float64: Writer = [8, (view, at, value) => view.setFloat64(at, value, true)];

/** The first 16 bits of a float32. */
const bfloat16: Writer = [
  2,
  (view, at, value) => {
    const word = new DataView(new ArrayBuffer(4));
    word.setFloat32(0, value);
    view.setUint16(at, word.getUint16(0), true);
  },
];

/** By TensorProto.DataType. */
const writers: Readonly<Record<number, Writer>> & { readonly 1: Writer } = {
  1: float32,
  2: int8,
  3: int8,
  4: int16,
  5: int16,
  6: int32,
  7: int64,
  9: int8,
  10: float16,
  11: float64,
  12: int32,
  13: int64,
  16: bfloat16,
};
