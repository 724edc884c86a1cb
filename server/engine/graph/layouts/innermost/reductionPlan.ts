import { sizeOf } from "../../../../sizeOf.ts";
import { positionCount, whole } from "../../compositions/imageRows.ts";
import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { type Stored, stored } from "./convertLayout.ts";
import { type Flat, image, type Layout, NATURAL, rowsOf } from "./layout.ts";
import {
  type Emission,
  type LayoutContext,
  type Plan,
  type Planner,
  readImage,
  tensorOf,
} from "./planner.ts";

/** Sum, Mean and Max over the axes that a layout can tell apart: batch and positions, positions, features, everything. */
export const reduction: Planner = (node, context) => {
  const layout = context.layoutOf(input(node, "x"));
  switch (layout.kind) {
    case "image":
      return ofImage(node, context);
    case "channels":
    case "samples":
      return ofUniform(node, context);
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

function ofImage(node: Node, context: LayoutContext): Plan | undefined {
  const x = input(node, "x");
  const layout = context.layoutOf(x);
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  if (layout.kind !== "image") return undefined;
  // Positions that an image does not have read as zero, which changes a maximum but no sum.
  if (node.kernel === "Max" && layout.parts.flat().length !== height * width) return undefined;
  if (axesOf(node) === "0,1,2" || axesOf(node) === "0,1,2,3") {
    const kept = axesOf(node) === "0,1,2" ? [1] : [0, 1];
    return plan(node, layout, NATURAL, (emission) => {
      const { tensors } = readImage(emission, x);
      const count = sizeOf(x.shape) / (kept.length === 1 ? channels : 1);
      return [reshaped(emission.ops, node, reduce(emission.ops, node, tensors, { axes: kept, count }))];
    });
  }
  if (axesOf(node) !== "1,2") return undefined;
  const perSample: Layout = node.attrs["keepDims"]
    ? image([[0]])
    : { kind: "columns", flat: { channels, positions: [0] } };
  return plan(node, layout, perSample, (emission) => {
    const { ops } = emission;
    const read = readImage(emission, x);
    const stacked = ops.reshape(whole(ops, read), [channels, positionCount(read), batch]);
    return [reduce(ops, node, [stacked], { axes: [1], count: height * width })];
  });
}

/** Sums and means of values that are repeated at every position, or for every sample too. */
function ofUniform(node: Node, context: LayoutContext): Plan | undefined {
  const x = input(node, "x");
  const layout = context.layoutOf(x);
  const [batch, height, width] = x.shape as readonly [number, number, number];
  if (axesOf(node) !== "0,1,2" || node.kernel === "Max") return undefined;
  return plan(node, layout, NATURAL, (emission) => {
    const { ops } = emission;
    const repeated = height * width * (layout.kind === "channels" ? batch : 1);
    const sum =
      layout.kind === "channels"
        ? tensorOf(emission, x)
        : reduce(ops, node, [tensorOf(emission, x)], { axes: [1], count: batch });
    const total = node.kernel === "Mean" ? sum : ops.mul(sum, ops.number(repeated));
    return [ops.reshape(total, output(node).shape)];
  });
}

function ofColumns(node: Node, layout: Layout & { readonly flat: Flat }): Plan | undefined {
  const x = input(node, "x");
  const [batch, features] = x.shape as readonly [number, number];
  const axesOfColumns: Readonly<
    Record<string, { readonly axes: readonly number[]; readonly count: number }>
  > = {
    "0": { axes: [1], count: batch },
    "1": { axes: [0], count: features },
    "0,1": { axes: [0, 1], count: batch * features },
  };
  const over = axesOfColumns[axesOf(node)];
  if (over === undefined) return undefined;
  return plan(node, layout, NATURAL, (emission) => {
    const { ops } = emission;
    const reduced = reduce(ops, node, [tensorOf(emission, x)], over);
    const ordered = axesOf(node) === "0" ? inLogicalOrder(ops, reduced, layout.flat) : reduced;
    return [reshaped(ops, node, ordered)];
  });
}

function inLogicalOrder(ops: Operations, vector: Value, flat: Flat): Value {
  const inverse: number[] = [];
  rowsOf(flat).forEach((row, i) => {
    inverse[row] = i;
  });
  if (inverse.every((row, i) => row === i)) return vector;
  return ops.gather(vector, inverse, 0);
}

/** No order matters. */
function ofEverything(node: Node, layout: Layout): Plan {
  const x = input(node, "x");
  return plan(node, layout, NATURAL, (emission) => {
    const over = { axes: [0, 1], count: sizeOf(x.shape) };
    return [reshaped(emission.ops, node, reduce(emission.ops, node, [tensorOf(emission, x)], over))];
  });
}

function plan(node: Node, from: Layout, to: Layout, emit: (emission: Emission) => readonly Value[]): Plan {
  return {
    reads: new Map([[input(node, "x"), from]]),
    outputs: [to],
    emit: (emission): readonly Stored[] => [stored(to, ...emit(emission))],
  };
}

/** Reduces each tensor and combines the results. @param over.count how many elements go into one, zeros included */
function reduce(
  ops: Operations,
  { kernel }: Node,
  tensors: readonly Value[],
  over: { readonly axes: readonly number[]; readonly count: number },
): Value {
  const { axes, count } = over;
  if (kernel === "Max") return tensors.map((tensor) => ops.max(tensor, axes)).reduce(ops.maximum);
  const sum = ops.total(tensors.map((tensor) => ops.sum(tensor, axes)));
  return kernel === "Mean" ? ops.mul(sum, ops.number(1 / count)) : sum;
}

/** Only kept axes of one need a new shape. */
function reshaped(ops: Operations, node: Node, tensor: Value): Value {
  return node.attrs["keepDims"] ? ops.reshape(tensor, output(node).shape) : tensor;
}
