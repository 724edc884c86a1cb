import type { Node } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { sizeOf } from "../../values.ts";
import { type Stored, stored } from "../convert.ts";
import {
  type Emission,
  type Form,
  input,
  type Look,
  type Plan,
  readImage,
  result,
  tensorOf,
} from "../form.ts";
import { positionCount, reshape, whole } from "../image.ts";
import { type Flat, image, type Layout, NATURAL, rowsOf } from "../layout.ts";

/** Sum, Mean and Max over the axes that a layout can tell apart: batch and positions, positions, features, everything. */
export const reduction: Form = (node, look) => {
  const layout = look.layoutOf(input(node, "x"));
  switch (layout.kind) {
    case "image":
      return ofImage(node, look);
    case "channels":
    case "samples":
      return ofUniform(node, look);
    case "columns":
      return ofColumns(node, layout);
    case "filter":
    case "rows":
      return axesOf(node) === axes(input(node, "x").shape.length) ? ofEverything(node, layout) : undefined;
    default:
      return undefined;
  }
};

const axes = (rank: number): string => Array.from({ length: rank }, (_, axis) => axis).join();
const axesOf = (node: Node): string => (node.attrs["axis"] as readonly number[]).join();

function ofImage(node: Node, look: Look): Plan | undefined {
  const x = input(node, "x");
  const layout = look.layoutOf(x);
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  if (layout.kind !== "image") return undefined;
  // Positions that are not held are zero: no matter to a sum, but to a maximum.
  if (node.kernel === "Max" && layout.parts.flat().length !== height * width) return undefined;
  if (axesOf(node) === "0,1,2" || axesOf(node) === "0,1,2,3") {
    const kept = axesOf(node) === "0,1,2" ? [1] : [0, 1];
    return plan(node, layout, NATURAL, (emission) => {
      const { tensors } = readImage(emission, x);
      const count = sizeOf(x.shape) / (kept.length === 1 ? channels : 1);
      return [reshaped(emission.graph, node, reduce(emission.graph, node, tensors, { axes: kept, count }))];
    });
  }
  if (axesOf(node) !== "1,2") return undefined;
  const perSample: Layout = node.attrs["keepDims"]
    ? image([[0]])
    : { kind: "columns", flat: { channels, positions: [0] } };
  return plan(node, layout, perSample, (emission) => {
    const { graph } = emission;
    const read = readImage(emission, x);
    const stacked = reshape(graph, whole(graph, read), [channels, positionCount(read), batch]);
    return [reduce(graph, node, [stacked], { axes: [1], count: height * width })];
  });
}

/** Sums and means of values that are repeated at every position, or for every sample too. */
function ofUniform(node: Node, look: Look): Plan | undefined {
  const x = input(node, "x");
  const layout = look.layoutOf(x);
  const [batch, height, width] = x.shape as readonly [number, number, number];
  if (axesOf(node) !== "0,1,2" || node.kernel === "Max") return undefined;
  return plan(node, layout, NATURAL, (emission) => {
    const { graph } = emission;
    const repeated = height * width * (layout.kind === "channels" ? batch : 1);
    const sum =
      layout.kind === "channels"
        ? tensorOf(emission, x)
        : reduce(graph, node, [tensorOf(emission, x)], { axes: [1], count: batch });
    const total = node.kernel === "Mean" ? sum : graph.node("Mul", [sum, graph.float32(repeated)]);
    return [reshape(graph, total, result(node).shape)];
  });
}

function ofColumns(node: Node, layout: Layout & { readonly flat: Flat }): Plan | undefined {
  const x = input(node, "x");
  const [batch, features] = x.shape as readonly [number, number];
  const forms: Readonly<Record<string, { readonly axes: readonly number[]; readonly count: number }>> = {
    "0": { axes: [1], count: batch },
    "1": { axes: [0], count: features },
    "0,1": { axes: [0, 1], count: batch * features },
  };
  const form = forms[axesOf(node)];
  if (form === undefined) return undefined;
  return plan(node, layout, NATURAL, (emission) => {
    const { graph } = emission;
    const reduced = reduce(graph, node, [tensorOf(emission, x)], form);
    const ordered = axesOf(node) === "0" ? inLogicalOrder(graph, reduced, layout.flat) : reduced;
    return [reshaped(graph, node, ordered)];
  });
}

function inLogicalOrder(graph: OnnxGraph, vector: string, flat: Flat): string {
  const inverse: number[] = [];
  rowsOf(flat).forEach((row, i) => {
    inverse[row] = i;
  });
  if (inverse.every((row, i) => row === i)) return vector;
  return graph.node("Gather", [vector, graph.int64(inverse)], { axis: 0 });
}

/** No order matters. */
function ofEverything(node: Node, layout: Layout): Plan {
  const x = input(node, "x");
  return plan(node, layout, NATURAL, (emission) => {
    const form = { axes: [0, 1], count: sizeOf(x.shape) };
    return [reshaped(emission.graph, node, reduce(emission.graph, node, [tensorOf(emission, x)], form))];
  });
}

function plan(node: Node, from: Layout, to: Layout, emit: (emission: Emission) => readonly string[]): Plan {
  return {
    reads: new Map([[input(node, "x"), from]]),
    outputs: [to],
    emit: (emission): readonly Stored[] => [stored(to, ...emit(emission))],
  };
}

/** Reduces each tensor and combines the results. @param form.count how many elements go into one, zeros included */
function reduce(
  graph: OnnxGraph,
  { kernel }: Node,
  tensors: readonly string[],
  form: { readonly axes: readonly number[]; readonly count: number },
): string {
  const op = kernel === "Max" ? "ReduceMax" : "ReduceSum";
  const reduced = tensors.map((tensor) => graph.node(op, [tensor, graph.int64(form.axes)], { keepdims: 0 }));
  const all =
    reduced.length === 1 ? (reduced[0] as string) : graph.node(kernel === "Max" ? "Max" : "Sum", reduced);
  return kernel === "Mean" ? graph.node("Mul", [all, graph.float32(1 / form.count)]) : all;
}

/** Only kept axes of one need a new shape. */
function reshaped(graph: OnnxGraph, node: Node, tensor: string): string {
  return node.attrs["keepDims"] ? reshape(graph, tensor, result(node).shape) : tensor;
}
