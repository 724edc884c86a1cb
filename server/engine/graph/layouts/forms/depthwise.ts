import type { Value } from "../../graph.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { stored } from "../convert.ts";
import { asImage, type Form, input, readImage, result, tensorOf } from "../form.ts";
import { columnsOf, planScatter, reshape, scatterColumns, whole } from "../image.ts";
import { FILTER, image, type Layout } from "../layout.ts";
import { windowsOf } from "../windows.ts";

/** A depthwise convolution is one small product for each channel: filter [C, taps, M], columns [C, taps, outputs · B]. */
export const depthwiseConvolution: Form = (node, look) => {
  const windows = windowsOf(node);
  if (windows === undefined) return undefined;
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  if (x === filter) return undefined; // one value cannot be read in two layouts
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
  if (dy === filter) return undefined;
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
