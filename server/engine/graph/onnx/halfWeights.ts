import { numberToHalf } from "../../../data/formats/half.ts";
import { sizeOf } from "../../../sizeOf.ts";
import {
  attributeType,
  elementType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./onnxSchema.ts";
import { floatValues } from "./tensorValues.ts";

/** Smaller tensors save nothing worth an error. */
const fewestValues = 64;
/** The largest number of half precision. */
const largest = 65504;

/**
 * The model with its weights in half precision, each followed by a Cast: runtimes fold it when they load the model, and compute in
 * float32 as before. A tensor with a larger number than half precision has stays as it is.
 */
export function halfWeights(model: ModelProto): ModelProto {
  const { graph } = model;
  const casts: NodeProto[] = [];
  const initializer = graph.initializer.map((tensor): TensorProto => {
    const { name, dims, data_type } = tensor;
    if (data_type !== elementType.float32 || sizeOf(dims) < fewestValues) return tensor;
    const values = floatValues(tensor);
    if (values.some((value) => Math.abs(value) > largest)) return tensor;
    const half = `${name}_half`;
    const to = { name: "to", type: attributeType.int, i: elementType.float32 };
    casts.push({
      op_type: "Cast",
      domain: "",
      name: `${name}_Cast`,
      input: [half],
      output: [name],
      attribute: [to],
    });
    return {
      name: half,
      dims,
      data_type: elementType.float16,
      raw_data: new Uint8Array(Uint16Array.from(values, numberToHalf).buffer),
    };
  });
  return { ...model, graph: { ...graph, node: [...casts, ...graph.node], initializer } };
}
