import { sizeOf } from "../../../../sizeOf.ts";
import type { Parts } from "../../compositions/imageRows.ts";
import { output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { inputValues, mapInputs } from "../../kernel.ts";
import { sameShape } from "../../values.ts";
import { stored } from "./convertLayout.ts";
import {
  CHANNELS,
  type Flat,
  type ImageLayout,
  image,
  type Layout,
  NATURAL,
  rowsOf,
  SAMPLES,
  SPLAT,
  shapeIn,
} from "./layout.ts";
import type { Emission, LayoutContext, Plan, Planner } from "./planner.ts";

/**
 * An elementwise kernel runs on tensors in their layout, if all of its inputs can be converted to one layout or broadcast in
 * it. Values that are the same at every position stay small until they meet one that is not.
 */
export const elementwise: Planner = (node, context) => {
  const inputs = inputValues(node.inputs);
  const made = output(node);
  if (inputs.every((value) => context.layoutOf(value).kind === "natural")) return undefined;
  // A condition with one flag per sample does not broadcast like the other operands.
  if (node.kernel === "Select" && inputs[0]?.shape.length === 1) return undefined;
  for (const value of inputs.filter((value) => isWhole(value, made))) {
    const layout = context.layoutOf(value);
    if (layout.kind === "filter" || layout.kind === "rows") return onWeights(node, context, layout);
    if (layout.kind === "columns") return onColumns(node, context, layout.flat);
  }
  return (made.shape.length === 4 ? onImages(node, context) : undefined) ?? onSplats(node, context);
};

const isWhole = (value: Value, made: Value): boolean => sameShape(value.shape, made.shape);

/** One element in place of many equal ones. */
const isScalar = (value: Value, made: Value, context: LayoutContext): boolean =>
  context.layoutOf(value).kind === "splat" || (sizeOf(value.shape) === 1 && !isWhole(value, made));

const scalarLayout = (value: Value, context: LayoutContext): Layout =>
  context.layoutOf(value).kind === "splat" ? SPLAT : NATURAL;

/** Weights, gradients and optimizer slots: every input is a scalar or of the result's size. */
function onWeights(node: Node, context: LayoutContext, layout: Layout): Plan | undefined {
  const made = output(node);
  const inputs = inputValues(node.inputs);
  if (!inputs.every((value) => isScalar(value, made, context) || isWhole(value, made))) return undefined;
  return single(node, layout, (value) =>
    isScalar(value, made, context)
      ? { layout: scalarLayout(value, context), shape: [] }
      : { layout, shape: shapeIn(layout, made.shape) },
  );
}

/** [B, F] laid out as [F, B]: a vector over F becomes a column, in the order of the rows. */
function onColumns(node: Node, context: LayoutContext, flat: Flat): Plan | undefined {
  const made = output(node);
  const [batch, features] = made.shape as readonly [number, number];
  const isVector = ({ shape }: Value): boolean => shape.at(-1) === features && sizeOf(shape) === features;
  const inputs = inputValues(node.inputs);
  if (!inputs.every((value) => isScalar(value, made, context) || isWhole(value, made) || isVector(value)))
    return undefined;
  const layout: Layout = { kind: "columns", flat };
  return single(node, layout, (value) => {
    if (isScalar(value, made, context)) return { layout: scalarLayout(value, context), shape: [] };
    if (isWhole(value, made)) return { layout, shape: [features, batch] };
    return { layout: NATURAL, shape: [features, 1], rows: rowsOf(flat) };
  });
}

/** Over what an input varies: nothing, channels, channels and samples, everything. Undefined: it broadcasts otherwise. */
type Extent = "scalar" | "channels" | "samples" | "whole";

function extentOf(value: Value, made: Value, context: LayoutContext): Extent | undefined {
  const { kind } = context.layoutOf(value);
  const [batch, , , channels] = made.shape as readonly [number, number, number, number];
  if (isScalar(value, made, context)) return "scalar";
  if (kind === "samples" || kind === "channels") return kind;
  if (isWhole(value, made)) return "whole";
  if (value.shape.at(-1) === channels && sizeOf(value.shape) === channels) return "channels";
  return kind === "image" && sameShape(value.shape, [batch, 1, 1, channels]) ? "samples" : undefined;
}

function onImages(node: Node, context: LayoutContext): Plan | undefined {
  const made = output(node);
  const channels = made.shape[3] as number;
  const extents = new Map<Value, Extent>();
  for (const value of inputValues(node.inputs)) {
    const extent = extentOf(value, made, context);
    if (extent === undefined) return undefined;
    extents.set(value, extent);
  }
  const found = new Set(extents.values());
  if (found.has("whole")) return onWholeImages(node, context, extents);
  if (found.has("samples")) return onUniformImages(node, context, extents, sampleLayout(made));
  // A vector over the channels alone is a natural tensor.
  const isVector = !found.has("channels") || sizeOf(made.shape) === channels;
  return isVector ? undefined : onUniformImages(node, context, extents, CHANNELS);
}

type Extents = ReadonlyMap<Value, Extent>;

/**
 * The result varies over everything: it is arranged as the first image among the inputs is that has every position
 * wanted of it. A gradient that is zero outside of some windows may have fewer than its sum with another one needs.
 */
function onWholeImages(node: Node, context: LayoutContext, extents: Extents): Plan | undefined {
  const layouts = [...extents.keys()].map((value) => context.layoutOf(value));
  if (layouts.every(({ kind }) => kind === "natural" || kind === "splat")) return undefined;
  const made = output(node);
  const [batch, , , channels] = made.shape as readonly [number, number, number, number];
  const wanted = context.partsOf(made);
  const layout =
    [...extents.keys()]
      .map((value) => context.layoutOf(value))
      .find(
        (layout, i): layout is ImageLayout => [...extents.values()][i] === "whole" && covers(layout, wanted),
      ) ?? image(wanted);
  const samples = [...extents.values()].includes("samples");
  return {
    reads: new Map(
      [...extents].map(([value, extent]) => [
        value,
        extent === "whole" ? layout : readAs(value, extent, context),
      ]),
    ),
    outputs: [layout],
    emit(emission) {
      const tensors = layout.parts.map(({ length }, part) => {
        // Batch and positions are separate axes only for what varies over samples but not over positions.
        const shapes = samples
          ? {
              scalar: [],
              channels: [channels, 1, 1],
              samples: [channels, 1, batch],
              whole: [channels, length, batch],
            }
          : { scalar: [], channels: [channels, 1], samples: [], whole: [channels, length * batch] };
        const tensor = compute(emission, node, shapes.whole, (value) =>
          shaped(emission, value, shapes[extents.get(value) as Extent], { part }),
        );
        return samples ? emission.ops.reshape(tensor, [channels, length * batch]) : tensor;
      });
      return [stored(layout, ...tensors)];
    },
  };
}

function covers(layout: Layout, wanted: Parts): boolean {
  if (layout.kind !== "image") return false;
  const positions = new Set(layout.parts.flat());
  return wanted.flat().every((position) => positions.has(position));
}

/** All positions of the result are equal: one of them is computed. */
function onUniformImages(node: Node, context: LayoutContext, extents: Extents, layout: Layout): Plan {
  const shape = shapeIn(layout, output(node).shape);
  const channels = shape[0] as number;
  const shapes = { scalar: [], channels: [channels, 1], samples: shape, whole: shape };
  return single(node, layout, (value) => {
    const extent = extents.get(value) as Extent;
    return { layout: readAs(value, extent, context), shape: shapes[extent] };
  });
}

/** Positions of a map of one are all equal: it is an image of one position. */
function sampleLayout({ shape }: Value): Layout {
  return (shape[1] as number) * (shape[2] as number) === 1 ? image([[0]]) : SAMPLES;
}

const readAs = (value: Value, extent: Extent, context: LayoutContext): Layout =>
  extent === "scalar" ? scalarLayout(value, context) : context.layoutOf(value);

/** Splats among natural values, or among themselves. */
function onSplats(node: Node, context: LayoutContext): Plan | undefined {
  const made = output(node);
  const others = inputValues(node.inputs).filter((value) => !isScalar(value, made, context));
  const natural = others.every((value) => context.layoutOf(value).kind === "natural");
  if (!natural || (others.length > 0 && !others.some((value) => isWhole(value, made)))) return undefined;
  return single(node, others.length === 0 ? SPLAT : NATURAL, (value) =>
    isScalar(value, made, context)
      ? { layout: scalarLayout(value, context), shape: [] }
      : { layout: NATURAL, shape: value.shape },
  );
}

interface Operand {
  readonly layout: Layout;
  /** The shape in which the kernel sees it. */
  readonly shape: readonly number[];
  /** An order to put its rows into. */
  readonly rows?: readonly number[];
}

/** A plan whose result is one tensor. */
function single(node: Node, layout: Layout, operand: (value: Value) => Operand): Plan {
  const operands = new Map(inputValues(node.inputs).map((value) => [value, operand(value)]));
  return {
    reads: new Map([...operands].map(([value, { layout }]) => [value, layout])),
    outputs: [layout],
    emit(emission) {
      const shape = shapeIn(layout, output(node).shape);
      const tensor = compute(emission, node, shape, (value) => {
        const { shape, rows } = operands.get(value) as Operand;
        return shaped(emission, value, shape, rows === undefined ? {} : { rows });
      });
      return [stored(layout, tensor)];
    },
  };
}

/** The kernel itself, on its inputs in other shapes. */
const compute = (
  { ops }: Emission,
  node: Node,
  shape: readonly number[],
  inShape: (value: Value) => Value,
): Value =>
  ops.as(node.kernel, mapInputs(node.inputs, inShape), node.attrs, { shape, dtype: output(node).dtype });

function shaped(
  { ops, read }: Emission,
  value: Value,
  shape: readonly number[],
  { part = 0, rows }: { readonly part?: number; readonly rows?: readonly number[] } = {},
): Value {
  const { layout, tensors } = read(value);
  const tensor = tensors[tensors.length === 1 ? 0 : part] as Value;
  const same = sameShape(shapeIn(layout, value.shape, part), shape);
  const reshaped = same ? tensor : ops.reshape(tensor, shape);
  return rows === undefined ? reshaped : ops.gather(reshaped, rows, 0);
}
