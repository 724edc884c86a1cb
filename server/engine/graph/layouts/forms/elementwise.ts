import type { Node, Value } from "../../graph.ts";
import { inputValues, type Kernel } from "../../kernel.ts";
import { primitive } from "../../kernels.ts";
import { freshValue, sameShape, sizeOf } from "../../values.ts";
import type { Parts } from "../arrangement.ts";
import { stored } from "../convert.ts";
import { type Emission, type Form, type Look, type Plan, result } from "../form.ts";
import { reshape } from "../image.ts";
import {
  CHANNELS,
  type Flat,
  heldShape,
  type ImageLayout,
  image,
  type Layout,
  NATURAL,
  rowsOf,
  SAMPLES,
  SPLAT,
} from "../layout.ts";

/**
 * An elementwise kernel runs on the tensors as they are held, if all of its inputs can be brought to one layout or
 * broadcast in it. Values that are the same at every position stay small until they meet one that is not.
 */
export const elementwise: Form = (node, look) => {
  const inputs = inputValues(node.inputs);
  const output = result(node);
  if (inputs.every((value) => look.layoutOf(value).kind === "natural")) return undefined;
  // A condition of one flag a sample does not broadcast as the others do.
  if (node.kernel === "Select" && inputs[0]?.shape.length === 1) return undefined;
  for (const value of inputs.filter((value) => isWhole(value, output))) {
    const layout = look.layoutOf(value);
    if (layout.kind === "filter" || layout.kind === "rows") return onWeights(node, look, layout);
    if (layout.kind === "columns") return onColumns(node, look, layout.flat);
  }
  return (output.shape.length === 4 ? onImages(node, look) : undefined) ?? onSplats(node, look);
};

const isWhole = (value: Value, output: Value): boolean => sameShape(value.shape, output.shape);

/** One element that stands for many. */
const isScalar = (value: Value, output: Value, look: Look): boolean =>
  look.layoutOf(value).kind === "splat" || (sizeOf(value.shape) === 1 && !isWhole(value, output));

const scalarLayout = (value: Value, look: Look): Layout =>
  look.layoutOf(value).kind === "splat" ? SPLAT : NATURAL;

/** Weights and what goes along with them: every input is a scalar or as large as the result. */
function onWeights(node: Node, look: Look, layout: Layout): Plan | undefined {
  const output = result(node);
  const inputs = inputValues(node.inputs);
  if (!inputs.every((value) => isScalar(value, output, look) || isWhole(value, output))) return undefined;
  return single(node, layout, (value) =>
    isScalar(value, output, look)
      ? { layout: scalarLayout(value, look), shape: [] }
      : { layout, shape: heldShape(layout, output.shape) },
  );
}

/** [B, F] held as [F, B]: a vector over F becomes a column, in the order of the rows. */
function onColumns(node: Node, look: Look, flat: Flat): Plan | undefined {
  const output = result(node);
  const [batch, features] = output.shape as readonly [number, number];
  const isVector = ({ shape }: Value): boolean => shape.at(-1) === features && sizeOf(shape) === features;
  const inputs = inputValues(node.inputs);
  if (!inputs.every((value) => isScalar(value, output, look) || isWhole(value, output) || isVector(value)))
    return undefined;
  const layout: Layout = { kind: "columns", flat };
  return single(node, layout, (value) => {
    if (isScalar(value, output, look)) return { layout: scalarLayout(value, look), shape: [] };
    if (isWhole(value, output)) return { layout, shape: [features, batch] };
    return { layout: NATURAL, shape: [features, 1], rows: rowsOf(flat) };
  });
}

/** Over what an input varies: nothing, channels, channels and samples, everything. Undefined: it broadcasts otherwise. */
type Extent = "scalar" | "channels" | "samples" | "whole";

function extentOf(value: Value, output: Value, look: Look): Extent | undefined {
  const { kind } = look.layoutOf(value);
  const [batch, , , channels] = output.shape as readonly [number, number, number, number];
  if (isScalar(value, output, look)) return "scalar";
  if (kind === "samples" || kind === "channels") return kind;
  if (isWhole(value, output)) return "whole";
  if (value.shape.at(-1) === channels && sizeOf(value.shape) === channels) return "channels";
  return kind === "image" && sameShape(value.shape, [batch, 1, 1, channels]) ? "samples" : undefined;
}

function onImages(node: Node, look: Look): Plan | undefined {
  const output = result(node);
  const channels = output.shape[3] as number;
  const extents = new Map<Value, Extent>();
  for (const value of inputValues(node.inputs)) {
    const extent = extentOf(value, output, look);
    if (extent === undefined) return undefined;
    extents.set(value, extent);
  }
  const found = new Set(extents.values());
  if (found.has("whole")) return onWholeImages(node, look, extents);
  if (found.has("samples")) return onUniformImages(node, look, extents, sampleLayout(output));
  // Vectors over the channels alone are no more than natural tensors.
  const isVector = !found.has("channels") || sizeOf(output.shape) === channels;
  return isVector ? undefined : onUniformImages(node, look, extents, CHANNELS);
}

type Extents = ReadonlyMap<Value, Extent>;

/**
 * The result varies over everything: it is arranged as the first image among the inputs is that holds every position
 * wanted of it. A gradient that is zero outside of some windows may hold fewer than its sum with another one needs.
 */
function onWholeImages(node: Node, look: Look, extents: Extents): Plan | undefined {
  const layouts = [...extents.keys()].map((value) => look.layoutOf(value));
  if (layouts.every(({ kind }) => kind === "natural" || kind === "splat")) return undefined;
  const output = result(node);
  const [batch, , , channels] = output.shape as readonly [number, number, number, number];
  const wanted = look.partsOf(output);
  const layout =
    [...extents.keys()]
      .map((value) => look.layoutOf(value))
      .find((held, i): held is ImageLayout => [...extents.values()][i] === "whole" && covers(held, wanted)) ??
    image(wanted);
  const samples = [...extents.values()].includes("samples");
  return {
    reads: new Map(
      [...extents].map(([value, extent]) => [
        value,
        extent === "whole" ? layout : readAs(value, extent, look),
      ]),
    ),
    outputs: [layout],
    emit(emission) {
      const tensors = layout.parts.map(({ length }, part) => {
        // Only what varies over samples but not over positions needs the two apart.
        const shapes = samples
          ? {
              scalar: [],
              channels: [channels, 1, 1],
              samples: [channels, 1, batch],
              whole: [channels, length, batch],
            }
          : { scalar: [], channels: [channels, 1], samples: [], whole: [channels, length * batch] };
        const tensor = compute(emission, node, shapes.whole, (value) =>
          standIn(emission, value, shapes[extents.get(value) as Extent], { part }),
        );
        return samples ? reshape(emission.graph, tensor, [channels, length * batch]) : tensor;
      });
      return [stored(layout, ...tensors)];
    },
  };
}

function covers(held: Layout, wanted: Parts): boolean {
  if (held.kind !== "image") return false;
  const positions = new Set(held.parts.flat());
  return wanted.flat().every((position) => positions.has(position));
}

/** All positions of the result are equal: one of them is computed. */
function onUniformImages(node: Node, look: Look, extents: Extents, layout: Layout): Plan {
  const shape = heldShape(layout, result(node).shape);
  const channels = shape[0] as number;
  const shapes = { scalar: [], channels: [channels, 1], samples: shape, whole: shape };
  return single(node, layout, (value) => {
    const extent = extents.get(value) as Extent;
    return { layout: readAs(value, extent, look), shape: shapes[extent] };
  });
}

/** Positions of a map of one are all equal: it is held as an image of one position. */
function sampleLayout({ shape }: Value): Layout {
  return (shape[1] as number) * (shape[2] as number) === 1 ? image([[0]]) : SAMPLES;
}

const readAs = (value: Value, extent: Extent, look: Look): Layout =>
  extent === "scalar" ? scalarLayout(value, look) : look.layoutOf(value);

/** Splats among natural values, or among themselves. */
function onSplats(node: Node, look: Look): Plan | undefined {
  const output = result(node);
  const others = inputValues(node.inputs).filter((value) => !isScalar(value, output, look));
  const natural = others.every((value) => look.layoutOf(value).kind === "natural");
  if (!natural || (others.length > 0 && !others.some((value) => isWhole(value, output)))) return undefined;
  return single(node, others.length === 0 ? SPLAT : NATURAL, (value) =>
    isScalar(value, output, look)
      ? { layout: scalarLayout(value, look), shape: [] }
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
      const shape = heldShape(layout, result(node).shape);
      const tensor = compute(emission, node, shape, (value) => {
        const { shape, rows } = operands.get(value) as Operand;
        return standIn(emission, value, shape, rows === undefined ? {} : { rows });
      });
      return [stored(layout, tensor)];
    },
  };
}

/** The kernel's own lowering, on stand-ins for its inputs that have other shapes. */
function compute(
  { graph }: Emission,
  node: Node,
  shape: readonly number[],
  bind: (value: Value) => Value,
): string {
  const inputs = Object.entries(node.inputs).map(([name, given]) => [
    name,
    isList(given) ? given.map(bind) : bind(given),
  ]);
  const output = freshValue(shape, result(node).dtype);
  return (primitive(node.kernel) as Kernel).onnx(graph, Object.fromEntries(inputs), node.attrs, output);
}

const isList = (given: Value | readonly Value[]): given is readonly Value[] => Array.isArray(given);

function standIn(
  { graph, read }: Emission,
  value: Value,
  shape: readonly number[],
  { part = 0, rows }: { readonly part?: number; readonly rows?: readonly number[] } = {},
): Value {
  const { layout, tensors } = read(value);
  let tensor = tensors[tensors.length === 1 ? 0 : part] as string;
  if (!sameShape(heldShape(layout, value.shape, part), shape)) tensor = reshape(graph, tensor, shape);
  if (rows !== undefined) tensor = graph.node("Gather", [tensor, graph.int64(rows)], { axis: 0 });
  const seen = freshValue(shape, value.dtype);
  graph.bind(seen, tensor);
  return seen;
}
