import type { GraphNode, GraphPort, GraphTensor } from "../../../nets/graph.ts";
import { cardTexts, type ModelCard } from "../../../nets/modelCard.ts";
import type { AttributeValue } from "../../../nets/operators/operator.ts";
import {
  type AttributeProto,
  attributeType,
  encodeModel,
  type NodeProto,
  type ValueInfoProto,
} from "../../graph/onnx/onnxSchema.ts";
import { encodeTensor } from "../../graph/onnx/tensorValues.ts";
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
