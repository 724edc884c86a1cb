import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import {
  asChannelsLast,
  type Call,
  type Forward,
  listAt,
  listOf,
  Misfit,
  numberOf,
  type Operator,
  shapeOf,
  textOf,
  valuesOf,
} from "./operator.ts";
import { type Window, windowed, windowOf } from "./window.ts";

type Pads = [[number, number], [number, number], [number, number], [number, number]];

const pool = (compute: (call: Forward, x: Tensor4D, window: Window) => Tensor): Operator => ({
  shape: (call) => {
    const input = shapeOf(call, 0);
    const kernel = listOf(call, "kernel_shape") ?? [];
    if (input.length !== 4 || kernel.length !== 2)
      throw new Misfit("an image and a window of two axes", `[${input.join(", ")}]`);
    if (call.outputCount > 1) throw new Misfit("a pool with one output", String(call.outputCount));
    const window = windowOf(call, kernel);
    if (window.dilations.some((rate) => rate !== 1))
      throw new Misfit("a pool without dilations", `[${window.dilations.join(", ")}]`);
    return {
      shape: [input[0] as number, input[1] as number, ...windowed(input.slice(2), window)],
      dtype: "float32",
    };
  },
  forward: (call) => {
    const window = reaching(call, windowOf(call, listOf(call, "kernel_shape") ?? []));
    return asChannelsLast(compute(call, call.channelsLast(0) as Tensor4D, window));
  },
});

/** With padding up to where the last window ends, which rounding up may have put behind it. */
function reaching(call: Call, window: Window): Window {
  const places = shapeOf(call, 0).slice(2);
  const counts = windowed(places, window);
  return {
    ...window,
    pads: window.pads.map(([before, after], axis): [number, number] => {
      const end =
        ((counts[axis] as number) - 1) * (window.strides[axis] as number) + (window.kernel[axis] as number);
      return [before, Math.max(after, end - before - (places[axis] as number))];
    }),
  };
}

const explicit = ({ pads }: Window): Pads | "valid" =>
  pads.flat().every((extent) => extent === 0) ? "valid" : ([[0, 0], ...pads, [0, 0]] as Pads);

const pair = (list: readonly number[]) => list as [number, number];

const maxPool = pool(({ tf }, x, window) =>
  tf.maxPool(x, pair(window.kernel), pair(window.strides), explicit(window) as "valid"),
);

/** Padding counts in the mean where `count_include_pad` says so; what rounding up adds never does. */
const averagePool = pool((call, x, window) => {
  const { tf } = call;
  const own = windowOf(call, window.kernel);
  if (numberOf(call, "count_include_pad", 0) === 0 || own.pads.flat().every((extent) => extent === 0))
    return tf.avgPool(x, pair(window.kernel), pair(window.strides), explicit(window) as "valid");
  const padded = tf.pad(x, [[0, 0], ...own.pads, [0, 0]] as Pads);
  const rest = {
    ...window,
    pads: window.pads.map(([, after], axis): [number, number] => [0, after - (own.pads[axis]?.[1] ?? 0)]),
  };
  return tf.avgPool(padded, pair(window.kernel), pair(window.strides), explicit(rest) as "valid");
});

/** [batch, channels, ...] → [batch, channels, 1, ...] */
const global = (compute: (tf: Forward["tf"], x: Tensor, axes: number[]) => Tensor): Operator => ({
  shape: (call) => {
    const input = shapeOf(call, 0);
    if (input.length < 3) throw new Misfit("an image", `[${input.join(", ")}]`);
    return { shape: input.map((extent, axis) => (axis < 2 ? extent : 1)), dtype: "float32" };
  },
  forward: (call) => {
    const x = call.channelsLast(0);
    return asChannelsLast(
      compute(
        call.tf,
        x,
        Array.from({ length: x.rank - 2 }, (_, i) => i + 1),
      ),
    );
  },
});

const resize: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const sizes = resized(call);
    if (input.length !== 4 || sizes[0] !== input[0] || sizes[1] !== input[1])
      throw new Misfit(
        "an image whose height and width change",
        `[${sizes.join(", ")}] of [${input.join(", ")}]`,
      );
    const mode = textOf(call, "mode", "nearest");
    const places = textOf(
      call,
      "coordinate_transformation_mode",
      mode === "nearest" ? "asymmetric" : "half_pixel",
    );
    if (mode === "nearest") {
      const isWhole = [2, 3].every((axis) => (sizes[axis] as number) % (input[axis] as number) === 0);
      if (!isWhole) throw new Misfit("a whole factor", `[${sizes.join(", ")}] of [${input.join(", ")}]`);
    } else if (
      mode !== "linear" ||
      !/^(half_pixel|pytorch_half_pixel|align_corners|asymmetric)$/.test(places)
    )
      throw new Misfit("the mode nearest or linear", `${mode}, ${places}`);
    return { shape: sizes, dtype: "float32" };
  },
  forward: (call) => {
    const { tf } = call;
    const x = call.channelsLast(0) as Tensor4D;
    const [height = 1, width = 1] = resized(call).slice(2);
    const mode = textOf(call, "mode", "nearest");
    const places = textOf(call, "coordinate_transformation_mode", "half_pixel");
    if (mode === "nearest") return asChannelsLast(tf.image.resizeNearestNeighbor(x, [height, width]));
    return asChannelsLast(
      tf.image.resizeBilinear(x, [height, width], places === "align_corners", places.endsWith("half_pixel")),
    );
  },
  roles: [undefined, "constant", "constant", "constant"],
  known: [1, 2, 3],
};

function resized(call: Call): number[] {
  const input = shapeOf(call, 0);
  const sizes = valuesOf(call, 3);
  if (sizes !== undefined && sizes.length === input.length)
    return sizes.map((size, axis) => (axis === 0 ? (input[0] as number) : size));
  const scales = valuesOf(call, 2) ?? valuesOf(call, 1) ?? listAt(call, 1, "scales") ?? [];
  return input.map((extent, axis) => Math.floor(extent * (scales[axis] ?? 1)));
}

/** [batch, c · b², h, w] → [batch, c, h · b, w · b] and its reverse, as reshapes around a transpose. */
const depthToSpace: Operator = {
  shape: (call) => {
    const [batch = 0, channels = 0, height = 0, width = 0] = shapeOf(call, 0);
    const block = numberOf(call, "blocksize", 1);
    return { shape: [batch, channels / block ** 2, height * block, width * block], dtype: "float32" };
  },
  forward: (call) => {
    const { tf } = call;
    const [batch = 0, channels = 0, height = 0, width = 0] = shapeOf(call, 0);
    const b = numberOf(call, "blocksize", 1);
    const c = channels / b ** 2;
    const isColumns = textOf(call, "mode", "DCR") === "CRD";
    const parts = tf.reshape(
      call.plain(0),
      isColumns ? [batch, c, b, b, height, width] : [batch, b, b, c, height, width],
    );
    const moved = tf.transpose(parts, isColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return tf.reshape(moved, [batch, c, height * b, width * b]);
  },
};

export const pooling = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: global((tf, x, axes) => tf.mean(x, axes, true)),
  GlobalMaxPool: global((tf, x, axes) => tf.max(x, axes, true)),
  Resize: resize,
  DepthToSpace: depthToSpace,
} as const satisfies Readonly<Record<string, Operator>>;
