import type { Geometry, WindowAttributes } from "../kernels/geometry.ts";
import { reshaped } from "./reshaped.ts";
import type { TensorflowAttribute, TensorflowGraph } from "./tensorflowGraph.ts";

/** Attributes of a convolution or pool over NHWC images, in float32 unless a product says otherwise. TensorFlow pads "same" and "valid" as tfjs does. */
export function windowAttributes(
  { strides, dilations, before, after }: Geometry,
  { pad }: Pick<WindowAttributes, "pad">,
): Record<string, TensorflowAttribute> {
  const named = pad === "same" || pad === "valid";
  const around = [before[0], Math.max(after[0], 0), before[1], Math.max(after[1], 0)];
  return {
    T: "float32",
    data_format: "NHWC",
    strides: [1, ...strides, 1],
    dilations: [1, ...dilations, 1],
    padding: named ? pad.toUpperCase() : "EXPLICIT",
    ...(named ? {} : { explicit_paddings: [0, 0, ...around, 0, 0] }),
  };
}

/**
 * Puts zeros between the elements of two neighbouring axes of a 4-D tensor, so that neighbours lie `steps` apart: a filter
 * becomes the dilated one, and the gradient of a strided convolution that of one with stride 1.
 */
export function spread(
  graph: TensorflowGraph,
  x: string,
  { shape, axis, steps }: { shape: readonly number[]; axis: 0 | 1; steps: readonly [number, number] },
): string {
  if (steps[0] === 1 && steps[1] === 1) return x;
  const sizes = [shape[axis] as number, shape[axis + 1] as number] as const;
  const [head, rest] = [shape.slice(0, axis), shape.slice(axis + 2)];
  const apart = reshaped(graph, x, "float32", [...head, sizes[0], 1, sizes[1], 1, ...rest]);
  const paddings = [
    ...head.map(() => [0, 0]),
    ...[
      [0, 0],
      [0, steps[0] - 1],
      [0, 0],
      [0, steps[1] - 1],
    ],
    ...rest.map(() => [0, 0]),
  ];
  const padded = graph.node("Pad", [apart, graph.int32(paddings.flat(), [paddings.length, 2])], {
    T: "float32",
    Tpaddings: "int32",
  });
  const [high, wide] = [sizes[0] * steps[0], sizes[1] * steps[1]];
  const joined = reshaped(graph, padded, "float32", [...head, high, wide, ...rest]);
  const reach = [...head, high - steps[0] + 1, wide - steps[1] + 1, ...rest];
  return graph.node("Slice", [joined, graph.int32(reach.map(() => 0)), graph.int32(reach)], {
    T: "float32",
    Index: "int32",
  });
}
