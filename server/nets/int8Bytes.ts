import { sizeOf } from "../sizeOf.ts";
import type { ParameterSpec } from "./layers/layer.ts";
import type { LayerPlan, PlannedLayer } from "./shapes.ts";

/** Values of a tensor below which an int8 export leaves it in float32: it would save nothing worth an error. */
export const fewestInt8Values = 64;

/**
 * Bytes of a net's weights in an int8 export, from its shapes: one for each value of a kernel or a table, with a scale and a zero for each of
 * its channels, and four for any other value. At most 5 % more than the tensors of the export, which has norms in the convolutions
 * before them; the graph beside the tensors, some hundred bytes for each operation, is not counted.
 */
export const int8Bytes = ({ layers }: LayerPlan): number =>
  layers.reduce((sum, layer) => sum + (layer === undefined ? 0 : int8BytesOf(layer)), 0);

/** The same of weights, as of a graph or a person's own student. */
export const int8BytesOf = ({ type, parameters }: Partial<Pick<PlannedLayer, "type">> & Weights): number =>
  Object.values(parameters).reduce((sum, parameter) => sum + bytesIn(parameter, type), 0);

interface Weights {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

function bytesIn({ shape, role }: ParameterSpec, type: string | undefined): number {
  const values = sizeOf(shape);
  if (role !== "kernel" || shape.length < 2 || values < fewestInt8Values) return 4 * values;
  // Rows are looked up, and have a scale each.
  if (type === "embedding") return values + 4 * (shape[0] as number);
  const channels = type === "depthwiseConv2d" ? sizeOf(shape.slice(2)) : (shape.at(-1) as number);
  return values + 5 * channels;
}
