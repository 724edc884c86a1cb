import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { OnnxGraph } from "./onnxGraph.ts";
import { elementType } from "./onnxSchema.ts";

/** Converts a tensor of dtype `from`; no node where it has the wanted dtype already. Float to int32 truncates. */
export function cast(graph: OnnxGraph, x: Operand, from: DType, to: DType): string {
  return from === to ? graph.name(x) : graph.node("Cast", [x], { to: elementType[to] });
}

export function castValue(graph: OnnxGraph, x: Value, to: DType): string {
  return cast(graph, x, x.dtype, to);
}
