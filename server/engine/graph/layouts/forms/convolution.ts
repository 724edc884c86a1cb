import type { Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { stored } from "../convert.ts";
import { asImage, type Form, input, readImage, result, tensorOf } from "../form.ts";
import {
  beside,
  chunksOf,
  columnsOf,
  type Image,
  planScatter,
  reshape,
  scatterColumns,
  take,
  whole,
} from "../image.ts";
import { FILTER, image, type Layout } from "../layout.ts";
import { OUTSIDE, type Position, type Windows, windowsOf } from "../windows.ts";

/**
 * A convolution and both of its gradients as Gemms over the same gathered columns. With the filter held as
 * [inputs · taps, outputs], filter^T · columns is the fast orientation (FLOPs a second differ by a factor of two).
 */
export const convolution: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  if (x === filter) return undefined; // one value cannot be read in two layouts
  const parts = look.partsOf(result(node));
  return {
    reads: new Map<Value, Layout>([
      [x, asImage(look, x)],
      [filter, FILTER],
    ]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const read = readImage(emission, x);
      const weights = tensorOf(emission, filter);
      const tensors = parts.map((part) => {
        const chunks = chunksOf(part, { rows: read.channels * windows.taps, batch: read.batch });
        const products = chunks.map((outputs) =>
          graph.node("Gemm", [weights, columnsOf(graph, read, { windows, outputs })], { transA: 1 }),
        );
        return beside(graph, products);
      });
      return [stored(image(parts), ...tensors)];
    },
  };
};

/** columns · dy^T, accumulated over the parts of dy. */
export const filterGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  return {
    reads: new Map<Value, Layout>([
      [x, asImage(look, x)],
      [dy, asImage(look, dy)],
    ]),
    outputs: [FILTER],
    emit(emission) {
      const { graph } = emission;
      const read = readImage(emission, x);
      const incoming = readImage(emission, dy);
      let sum: string | undefined;
      for (const part of incoming.parts) {
        const chunks = chunksOf(part, { rows: read.channels * windows.taps, batch: read.batch });
        for (const chunk of chunks) {
          // Backwards, so that the builder does not take them for the forward pass's and keep those.
          const outputs = chunks.length === 1 ? chunk : chunk.toReversed();
          const columns = columnsOf(graph, read, { windows, outputs });
          const gradient = take(graph, incoming, outputs);
          sum = graph.node("Gemm", [columns, gradient, ...(sum === undefined ? [] : [sum])], { transB: 1 });
        }
      }
      return [stored(FILTER, sum as string)];
    },
  };
};

export const inputGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  if (dy === filter) return undefined;
  const positions = look.partsOf(result(node)).flat();
  const [batch, , , channels] = result(node).shape as readonly [number, number, number, number];
  return {
    reads: new Map<Value, Layout>([
      [dy, asImage(look, dy)],
      [filter, FILTER],
    ]),
    outputs: [image([positions])],
    emit(emission) {
      const { graph } = emission;
      const incoming = readImage(emission, dy);
      const weights = tensorOf(emission, filter);
      const scattered = chunksOf(incoming.parts.flat(), { rows: channels * windows.taps, batch });
      const gathered = chunksOf(positions, { rows: incoming.channels * windows.taps, batch });
      // Scattering is faster as long as its columns are small enough to be made whole.
      const gradient =
        scattered.length > 1 && windows.stride === 1
          ? gatherGradient(graph, incoming, { windows, weights, channels, chunks: gathered })
          : scatterGradient(graph, incoming, { windows, weights, channels, positions });
      return [stored(image([positions]), gradient)];
    },
  };
};

interface InputGradient {
  readonly windows: Windows;
  readonly weights: string; // [channels · taps, outputs]
  readonly channels: number;
}

/** filter · dy gives what each output hands to each tap; col2im adds it up. */
function scatterGradient(
  graph: OnnxGraph,
  dy: Image,
  { windows, weights, channels, positions }: InputGradient & { readonly positions: readonly Position[] },
): string {
  const outputs = dy.parts.flat();
  const scatter = planScatter(windows, { outputs, positions });
  const columns = graph.node("MatMul", [weights, whole(graph, dy, scatter.needsZero ? 0 : undefined)]);
  const height = windows.taps * (outputs.length + Number(scatter.needsZero));
  return scatterColumns(graph, columns, { scatter, height, channels, batch: dy.batch });
}

/** A convolution of dy: every position gathers the outputs that looked at it. With stride 1 there is one for each tap. */
function gatherGradient(
  graph: OnnxGraph,
  dy: Image,
  {
    windows,
    weights,
    channels,
    chunks,
  }: InputGradient & { readonly chunks: readonly (readonly Position[])[] },
): string {
  const turned = turnedFilter(graph, weights, { channels, taps: windows.taps, outputs: dy.channels });
  const readers = readersOf(windows);
  const products = chunks.map((outputs) =>
    graph.node("Gemm", [turned, columnsOf(graph, dy, { windows: readers, outputs })], { transA: 1 }),
  );
  return beside(graph, products);
}

/** [inputs · taps, outputs] → [outputs · taps, inputs], tiny beside what it is multiplied with. */
function turnedFilter(
  graph: OnnxGraph,
  filter: string,
  { channels, taps, outputs }: { readonly channels: number; readonly taps: number; readonly outputs: number },
): string {
  const stacked = reshape(graph, filter, [channels, taps, outputs]);
  return reshape(graph, graph.node("Transpose", [stacked], { perm: [2, 1, 0] }), [outputs * taps, channels]);
}

/** The windows the other way round: which output position reads an input position with a tap. */
function readersOf(windows: Windows): Windows {
  const readers = new Map<number, Position>();
  for (let output = 0; output < windows.outputs; output++) {
    for (let tap = 0; tap < windows.taps; tap++) {
      const position = windows.at(output, tap);
      if (position !== OUTSIDE) readers.set(position * windows.taps + tap, output);
    }
  }
  return {
    ...windows,
    inputs: windows.outputs,
    outputs: windows.inputs,
    at: (position, tap) => readers.get(position * windows.taps + tap) ?? OUTSIDE,
  };
}
