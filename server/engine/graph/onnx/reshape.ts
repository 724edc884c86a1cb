import type { OnnxGraph } from "./builder.ts";

export const reshape = (graph: OnnxGraph, tensor: string, shape: readonly number[]): string =>
  graph.node("Reshape", [tensor, graph.int64(shape)]);
