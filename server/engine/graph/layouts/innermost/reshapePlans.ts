import { sizeOf } from "../../../../sizeOf.ts";
import { whole } from "../../compositions/imageRows.ts";
import { input, output } from "../../compositions/operations.ts";
import type { Node, Value } from "../../graph.ts";
import { stored } from "./convertLayout.ts";
import { CHANNELS, type Flat, type ImageLayout, image, type Layout, SPLAT } from "./layout.ts";
import { type Plan, type Planner, readImage, tensorOf } from "./planner.ts";

/** Reshapes that are free, because they only rename rows. */
export const reshaping: Planner = (node, context) => {
  const x = (node.inputs["x"] ?? node.inputs["input"]) as Value;
  const layout = context.layoutOf(x);
  switch (layout.kind) {
    case "image":
      return flattening(node, x, layout);
    case "columns":
      return unflattening(node, x, layout);
    case "splat":
      return { reads: new Map([[x, SPLAT]]), outputs: [SPLAT], emit: ({ read }) => [read(x)] };
    default:
      return undefined;
  }
};

/** [B, H, W, C] → [B, H · W · C]: the rows of the dense weights that meet it are put into the image's order instead. */
function flattening(node: Node, x: Value, layout: ImageLayout): Plan | undefined {
  const { shape } = output(node);
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const positions = layout.parts.flat();
  if (shape.length !== 2 || shape[0] !== batch || positions.length !== height * width) return undefined;
  const flattened: Layout = { kind: "columns", flat: { channels, positions } };
  return {
    reads: new Map([[x, layout]]),
    outputs: [flattened],
    emit(emission) {
      const { ops } = emission;
      const rows = whole(ops, readImage(emission, x));
      return [stored(flattened, ops.reshape(rows, [channels * positions.length, batch]))];
    },
  };
}

/** The other way round, for the gradient. */
function unflattening(node: Node, x: Value, layout: Layout & { readonly flat: Flat }): Plan | undefined {
  const { shape } = output(node);
  const { channels, positions } = layout.flat;
  const [batch] = x.shape as readonly [number];
  if (shape.length !== 4 || shape[0] !== batch || shape[3] !== channels) return undefined;
  if (positions.length !== (shape[1] as number) * (shape[2] as number)) return undefined;
  return {
    reads: new Map([[x, layout]]),
    outputs: [image([positions])],
    emit(emission) {
      const rows = emission.ops.reshape(tensorOf(emission, x), [channels, positions.length * batch]);
      return [stored(image([positions]), rows)];
    },
  };
}

/** A number, or a vector over the channels, repeated for every position: it stays what it is. */
export const repeating: Planner = (node, context) => {
  const x = input(node, "x");
  const { shape } = output(node);
  const channels = shape[3] as number;
  const size = sizeOf(x.shape);
  if (context.layoutOf(x).kind !== "natural" || sizeOf(shape) === size) return undefined;
  const isVector = shape.length === 4 && x.shape.at(-1) === channels && size === channels;
  if (size !== 1 && !isVector) return undefined;
  const [layout, repeated] = size === 1 ? ([SPLAT, []] as const) : ([CHANNELS, [channels, 1]] as const);
  return {
    reads: new Map(),
    outputs: [layout],
    emit: (emission) => [stored(layout, emission.ops.reshape(tensorOf(emission, x), repeated))],
  };
};

/** A tensor of equal elements is one number until a kernel needs all of it. */
export const filling: Planner = (node) => {
  const { shape, dtype } = output(node);
  const value = { Fill: node.attrs["value"] as number, OnesLike: 1, ZerosLike: 0 }[node.kernel];
  if (value === undefined || sizeOf(shape) === 1) return undefined;
  return {
    reads: new Map(),
    outputs: [SPLAT],
    emit: ({ ops }) => [stored(SPLAT, ops.scalar(value, dtype))],
  };
};
