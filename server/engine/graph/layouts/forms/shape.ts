import { sizeOf } from "../../values.ts";
import { stored } from "../convert.ts";
import { type Emission, type Form, input, type Plan, readImage, result, tensorOf } from "../form.ts";
import { positionCount, reshape, whole } from "../image.ts";
import { CHANNELS, image, type Layout, SPLAT } from "../layout.ts";

/**
 * Flattening an image is free, because the rows of the dense weights behind it are permuted instead; so is its
 * gradient, and what keeps the batch as it is.
 */
export const reshaping: Form = (node, look) => {
  const x = node.inputs["x"] === undefined ? input(node, "input") : input(node, "x");
  const layout = look.layoutOf(x);
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  const { shape } = result(node);
  if (layout.kind === "splat") return free(SPLAT);
  if (layout.kind === "image" && shape.length === 2 && shape[0] === batch) {
    const positions = layout.parts.flat();
    if (positions.length !== height * width) return undefined;
    return {
      reads: new Map([[x, layout]]),
      outputs: [{ kind: "columns", flat: { channels, positions } }],
      emit(emission) {
        const read = readImage(emission, x);
        const rows = reshape(emission.graph, whole(emission.graph, read), [
          channels * positionCount(read),
          batch,
        ]);
        return [stored({ kind: "columns", flat: { channels, positions } }, rows)];
      },
    };
  }
  if (layout.kind === "columns" && shape.length === 4 && shape[0] === batch) {
    const { channels, positions } = layout.flat;
    if (shape[3] !== channels || positions.length !== (shape[1] as number) * (shape[2] as number))
      return undefined;
    return {
      reads: new Map([[x, layout]]),
      outputs: [image([positions])],
      emit(emission) {
        const rows = reshape(emission.graph, tensorOf(emission, x), [channels, positions.length * batch]);
        return [stored(image([positions]), rows)];
      },
    };
  }
  return undefined;

  function free(layout: Layout): Plan {
    return {
      reads: new Map([[x, layout]]),
      outputs: [layout],
      emit: (emission: Emission) => [emission.read(x)],
    };
  }
};

/** A vector over the channels, repeated for every position: it stays a vector. */
export const repeating: Form = (node, look) => {
  const x = input(node, "x");
  const { shape } = result(node);
  const channels = shape[3];
  if (look.layoutOf(x).kind !== "natural" || sizeOf(shape) === sizeOf(x.shape)) return undefined;
  if (sizeOf(x.shape) === 1) {
    return {
      reads: new Map(),
      outputs: [SPLAT],
      emit: (emission) => [stored(SPLAT, reshape(emission.graph, tensorOf(emission, x), []))],
    };
  }
  if (shape.length !== 4 || x.shape.at(-1) !== channels || sizeOf(x.shape) !== channels) return undefined;
  return {
    reads: new Map(),
    outputs: [CHANNELS],
    emit: (emission) => [
      stored(CHANNELS, reshape(emission.graph, tensorOf(emission, x), [channels as number, 1])),
    ],
  };
};

/** A tensor of equal elements is one number until somebody needs all of it. */
export const filling: Form = (node) => {
  const { shape, dtype } = result(node);
  const value = { Fill: node.attrs["value"] as number, OnesLike: 1, ZerosLike: 0 }[node.kernel];
  if (value === undefined || sizeOf(shape) === 1) return undefined;
  return {
    reads: new Map(),
    outputs: [SPLAT],
    emit: ({ graph }) => [stored(SPLAT, graph.scalar(value, dtype))],
  };
};
