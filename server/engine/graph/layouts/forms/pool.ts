import type { OnnxGraph } from "../../onnx/builder.ts";
import type { Parts } from "../arrangement.ts";
import { stored } from "../convert.ts";
import { asImage, type Form, input, readImage, result } from "../form.ts";
import { type Image, planScatter, reshape, scatterColumns, take, whole } from "../image.ts";
import { image } from "../layout.ts";
import { OUTSIDE, type Position, positions, reach, type Windows, windowsOf } from "../windows.ts";

/** What a max pool sees in the padding: lower than any float that a network makes, and finite. */
const LOWEST = -3.4e38;

/** The maximum of one tensor for each tap; where the image is split by taps these are its parts. */
export const maxPool: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const x = input(node, "x");
  const parts = [look.partsOf(result(node)).flat()];
  if (!holds(asImage(look, x).parts, reach(windows, parts.flat()))) return undefined;
  return {
    reads: new Map([[x, asImage(look, x)]]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const taps = underTaps(graph, readImage(emission, x), windows, parts[0] as readonly Position[], LOWEST);
      return [
        stored(
          image(parts),
          pairwise(taps, (a, b) => graph.node("Max", [a, b])),
        ),
      ];
    },
  };
};

/**
 * The gradient goes to the first tap that holds the maximum, in reading order, as in tfjs: what a tap takes is no
 * longer there for the next one, and the last takes the rest.
 */
export const maxPoolGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, y, dy] = [input(node, "input"), input(node, "output"), input(node, "dy")];
  const yLayout = asImage(look, y);
  const outputs = yLayout.parts.flat();
  const split = positions(windows.taps).map((tap) => outputs.map((output) => windows.at(output, tap)));
  const held = look.partsOf(result(node)).flat();
  const parts = windows.disjoint ? split : [held];
  if (!holds(asImage(look, x).parts, reach(windows, outputs))) return undefined;
  return {
    reads: new Map([
      [x, asImage(look, x)],
      [y, yLayout],
      [dy, asImage(look, dy)],
    ]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const maximum = take(graph, readImage(emission, y), outputs);
      let rest = take(graph, readImage(emission, dy), outputs);
      const taps = underTaps(graph, readImage(emission, x), windows, outputs, LOWEST);
      const shares = taps.map((tap, i) => {
        if (i === taps.length - 1) return rest;
        const isMaximum = graph.node("Cast", [graph.node("Equal", [tap, maximum])], { to: 1 });
        const share = graph.node("Mul", [rest, isMaximum]);
        rest = graph.node("Sub", [rest, share]);
        return share;
      });
      if (windows.disjoint) return [stored(image(parts), ...shares)];
      return [
        stored(
          image(parts),
          gather(graph, shares, readImage(emission, x), { windows, outputs, positions: held }),
        ),
      ];
    },
  };
};

/** The sum of one tensor for each tap, divided by the number of positions of the window that lie inside the map. */
export const averagePool: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const x = input(node, "x");
  const parts = [look.partsOf(result(node)).flat()];
  return {
    reads: new Map([[x, asImage(look, x)]]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const read = readImage(emission, x);
      const outputs = parts[0] as readonly Position[];
      const sum = graph.node("Sum", underTaps(graph, read, windows, outputs, 0));
      return [
        stored(
          image(parts),
          scale(
            graph,
            sum,
            read,
            outputs.map((output) => 1 / inside(windows, output)),
          ),
        ),
      ];
    },
  };
};

/** Every tap of a window gets the same share, one part in as many as the window has taps (padding included, as in tfjs). */
export const averagePoolGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const dy = input(node, "dy");
  const layout = asImage(look, dy);
  const outputs = layout.parts.flat();
  const split = positions(windows.taps).map((tap) => outputs.map((output) => windows.at(output, tap)));
  const held = look.partsOf(result(node)).flat();
  const parts = windows.disjoint ? split : [held];
  return {
    reads: new Map([[dy, layout]]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const incoming = readImage(emission, dy);
      const share = graph.node("Mul", [take(graph, incoming, outputs), graph.float32(1 / windows.taps)]);
      const shares = positions(windows.taps).map(() => share);
      if (windows.disjoint) return [stored(image(parts), ...shares)];
      return [stored(image(parts), gather(graph, shares, incoming, { windows, outputs, positions: held }))];
    },
  };
};

/** A maximum needs every position; what an image does not hold is zero, which is no neutral element of it. */
function holds(parts: Parts, wanted: readonly Position[]): boolean {
  const held = new Set(parts.flat());
  return wanted.every((position) => held.has(position));
}

/** For each tap, the input positions under it, [channels, outputs · batch]. */
function underTaps(
  graph: OnnxGraph,
  read: Image,
  windows: Windows,
  outputs: readonly Position[],
  padding: number,
): string[] {
  return positions(windows.taps).map((tap) =>
    take(
      graph,
      read,
      outputs.map((output) => windows.at(output, tap)),
      padding,
    ),
  );
}

const inside = (windows: Windows, output: Position): number =>
  positions(windows.taps).filter((tap) => windows.at(output, tap) !== OUTSIDE).length;

/** Multiplies each position with its own factor. */
function scale(
  graph: OnnxGraph,
  tensor: string,
  { channels, batch }: Image,
  factors: readonly number[],
): string {
  const [first = 1] = factors;
  if (factors.every((factor) => factor === first)) return graph.node("Mul", [tensor, graph.float32(first)]);
  const stacked = reshape(graph, tensor, [channels, factors.length, batch]);
  const scaled = graph.node("Mul", [stacked, graph.float32(factors, [1, factors.length, 1])]);
  return reshape(graph, scaled, [channels, factors.length * batch]);
}

/** Adds up the shares, one tensor for each tap, of windows that overlap or reach into the padding. */
function gather(
  graph: OnnxGraph,
  shares: readonly string[],
  { channels, batch, dtype }: Image,
  area: {
    readonly windows: Windows;
    readonly outputs: readonly Position[];
    readonly positions: readonly Position[];
  },
): string {
  const scatter = planScatter(area.windows, area);
  // planScatter counts a zero row behind every tap; here one behind all of them is enough.
  const stride = area.outputs.length + Number(scatter.needsZero);
  const rows = scatter.rows.map((list) =>
    list.map((row) => row - Math.floor(row / stride) * Number(scatter.needsZero)),
  );
  const parts = shares.map(() => area.outputs);
  const columns = whole(
    graph,
    { dtype, batch, channels, parts, tensors: shares },
    scatter.needsZero ? 0 : undefined,
  );
  const height = area.windows.taps * area.outputs.length + Number(scatter.needsZero);
  return scatterColumns(graph, columns, { scatter: { ...scatter, rows }, height, channels, batch });
}

/** A balanced tree: half of the comparisons do not wait for the other half. */
function pairwise(tensors: readonly string[], combine: (a: string, b: string) => string): string {
  const [first, second, ...others] = tensors;
  if (second === undefined) return first as string;
  if (others.length === 0) return combine(first as string, second);
  const middle = Math.ceil(tensors.length / 2);
  return combine(pairwise(tensors.slice(0, middle), combine), pairwise(tensors.slice(middle), combine));
}
