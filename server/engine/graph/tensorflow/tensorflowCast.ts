import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { TensorflowGraph } from "./tensorflowGraph.ts";

/** Converts a tensor of dtype `from`; no node where it has the wanted dtype already. Float to int32 truncates. */
export function castTensor(graph: TensorflowGraph, x: Operand, from: DType, to: DType): string {
  return from === to ? graph.name(x) : graph.node("Cast", [x], { SrcT: from, DstT: to });
}

export function castTo(graph: TensorflowGraph, x: Value, to: DType): string {
  return castTensor(graph, x, x.dtype, to);
}
