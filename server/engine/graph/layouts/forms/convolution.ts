import type { Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { stored } from "../convert.ts";
import { asImage, type Form, input, readImage, result, tensorOf } from "../form.ts";
import { chunksOf, columnsOf, planScatter, reshape, scatterColumns, take, whole } from "../image.ts";
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
        return products.length === 1 ? (products[0] as string) : graph.node("Concat", products, { axis: 1 });
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

/** filter · dy gives what each output hands to each tap; col2im adds it up. */
export const inputGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const parts = [look.partsOf(result(node)).flat()];
  const [batch, , , channels] = result(node).shape as readonly [number, number, number, number];
  return {
    reads: new Map<Value, Layout>([
      [dy, asImage(look, dy)],
      [filter, FILTER],
    ]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const incoming = readImage(emission, dy);
      const outputs = incoming.parts.flat();
      const held = parts[0] as readonly Position[];
      const rows = incoming.channels * windows.taps;
      const chunks = chunksOf(held, { rows, batch });
      if (chunks.length > 1 && windows.stride === 1) {
        const turned = turnedFilter(graph, tensorOf(emission, filter), {
          channels,
          taps: windows.taps,
          outputs: incoming.channels,
        });
        const reading = readingOf(windows);
        const products = chunks.map((positions) =>
          graph.node("Gemm", [turned, columnsOf(graph, incoming, { windows: reading, outputs: positions })], {
            transA: 1,
          }),
        );
        return [stored(image(parts), graph.node("Concat", products, { axis: 1 }))];
      }
      const scatter = planScatter(windows, { outputs, positions: held });
      const gradient = whole(graph, incoming, scatter.needsZero ? 0 : undefined);
      const columns = graph.node("Gemm", [tensorOf(emission, filter), gradient]);
      const height = windows.taps * (outputs.length + Number(scatter.needsZero));
      return [stored(image(parts), scatterColumns(graph, columns, { scatter, height, channels, batch }))];
    },
  };
};

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
function readingOf(windows: Windows): Windows {
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

/** A depthwise convolution is one small product for each channel: filter [C, taps, M], columns [C, taps, outputs · B]. */
export const depthwiseConvolution: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const [multiplier] = filter.shape.slice(3) as [number];
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
      const { channels, batch } = read;
      const weights = transpose(
        graph,
        reshape(graph, tensorOf(emission, filter), [channels, windows.taps, multiplier]),
      );
      const tensors = parts.map((outputs) => {
        const columns = columnsOf(graph, read, { windows, outputs });
        const width = outputs.length * batch;
        const product = graph.node("MatMul", [
          weights,
          reshape(graph, columns, [channels, windows.taps, width]),
        ]);
        return reshape(graph, product, [channels * multiplier, width]);
      });
      return [stored(image(parts), ...tensors)];
    },
  };
};

export const depthwiseFilterGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  const [, , channels, multiplier] = result(node).shape as readonly [number, number, number, number];
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
      const products = incoming.parts.map((outputs, i) => {
        const width = outputs.length * incoming.batch;
        const columns = reshape(graph, columnsOf(graph, read, { windows, outputs }), [
          channels,
          windows.taps,
          width,
        ]);
        const gradient = reshape(graph, incoming.tensors[i] as string, [channels, multiplier, width]);
        return graph.node("MatMul", [columns, transpose(graph, gradient)]);
      });
      const sum = products.length === 1 ? (products[0] as string) : graph.node("Sum", products);
      return [stored(FILTER, reshape(graph, sum, [channels * windows.taps, multiplier]))];
    },
  };
};

export const depthwiseInputGradient: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [dy, filter] = [input(node, "dy"), input(node, "filter")];
  const parts = [look.partsOf(result(node)).flat()];
  const [batch, , , channels] = result(node).shape as readonly [number, number, number, number];
  const multiplier = filter.shape[3] as number;
  return {
    reads: new Map<Value, Layout>([
      [dy, asImage(look, dy)],
      [filter, FILTER],
    ]),
    outputs: [image(parts)],
    emit(emission) {
      const { graph } = emission;
      const incoming = readImage(emission, dy);
      const outputs = incoming.parts.flat();
      const scatter = planScatter(windows, { outputs, positions: parts[0] as readonly number[] });
      const count = outputs.length + Number(scatter.needsZero);
      const gradient = whole(graph, incoming, scatter.needsZero ? 0 : undefined);
      const columns = graph.node("MatMul", [
        reshape(graph, tensorOf(emission, filter), [channels, windows.taps, multiplier]),
        reshape(graph, gradient, [channels, multiplier, count * batch]),
      ]);
      const height = windows.taps * count;
      return [stored(image(parts), scatterColumns(graph, columns, { scatter, height, channels, batch }))];
    },
  };
};

const transpose = (graph: OnnxGraph, tensor: string): string =>
  graph.node("Transpose", [tensor], { perm: [0, 2, 1] });
