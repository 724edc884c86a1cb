import protobuf from "protobufjs";

/**
 * The part of TensorFlow's saved_model.proto, meta_graph.proto, graph.proto, attr_value.proto and tensor.proto
 * (https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core) that a training step and an exported network need, with
 * their field numbers.
 */
const proto = `
syntax = "proto3";
package tensorflow;

message TensorShapeProto {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
}
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  bytes tensor_content = 4;
}
message AttrValue {
  message ListValue { repeated bytes s = 2; repeated int64 i = 3; }
  oneof value {
    ListValue list = 1;
    bytes s = 2;
    int64 i = 3;
    float f = 4;
    bool b = 5;
    int32 type = 6;
    TensorShapeProto shape = 7;
    TensorProto tensor = 8;
  }
}
message NodeDef {
  string name = 1;
  string op = 2;
  repeated string input = 3;
  string device = 4;
  map<string, AttrValue> attr = 5;
}
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef {
  repeated NodeDef node = 1;
  VersionDef versions = 4;
}
message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
message TensorInfo {
  string name = 1;
  int32 dtype = 2;
  TensorShapeProto tensor_shape = 3;
}
message SignatureDef {
  map<string, TensorInfo> inputs = 1;
  map<string, TensorInfo> outputs = 2;
  string method_name = 3;
}
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  map<string, SignatureDef> signature_def = 5;
}
message SavedModel {
  int64 saved_model_schema_version = 1;
  repeated MetaGraphDef meta_graphs = 2;
}
`;

const savedModel = protobuf.parse(proto, { keepCase: true }).root.lookupType("tensorflow.SavedModel");

/** tensorflow.DataType */
export const elementType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
  variant: 21,
} as const;
export type ElementType = keyof typeof elementType;

export interface TensorShapeProto {
  readonly dim: readonly { readonly size: number }[];
}

export type AttrValue =
  | { readonly list: { readonly i: readonly number[] } }
  | { readonly s: Uint8Array }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly shape: TensorShapeProto }
  | {
      readonly tensor: {
        readonly dtype: number;
        readonly tensor_shape: TensorShapeProto;
        readonly tensor_content: Uint8Array;
      };
    };

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, AttrValue>>;
}

/** The version of graphs that TensorFlow 2.9 writes, the oldest that tfjs-node is published with; every later one reads it. */
const producer = 1087;

/** The tag under which the one graph of the model is loaded. */
export const graphTag = "distill";

export const encodeSavedModel = (nodes: readonly NodeDef[]): Uint8Array =>
  encoded({ meta_info_def: { tags: [graphTag] }, graph_def: graphDef(nodes) });

/** An input or output of a signature; a dimension of any size is -1. */
export interface TensorInfo {
  /** Of the tensor, as in `logits:0`. */
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape: TensorShapeProto;
}

/** A model that TensorFlow loads: its one signature is the default one. */
export const encodeServedModel = (
  nodes: readonly NodeDef[],
  signature: Readonly<Record<"inputs" | "outputs", Readonly<Record<string, TensorInfo>>>>,
): Uint8Array =>
  encoded({
    meta_info_def: { tags: ["serve"], tensorflow_version: "2.9.0" },
    graph_def: graphDef(nodes),
    signature_def: { serving_default: { ...signature, method_name: "tensorflow/serving/predict" } },
  });

const graphDef = (node: readonly NodeDef[]) => ({ node, versions: { producer } });

const encoded = (meta_graph: object): Uint8Array =>
  savedModel
    .encode(savedModel.fromObject({ saved_model_schema_version: 1, meta_graphs: [meta_graph] }))
    .finish();

export function shapeProto(shape: readonly number[]): TensorShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}
