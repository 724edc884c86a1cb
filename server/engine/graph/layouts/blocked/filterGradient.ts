import type { Value } from "../../graph.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { type BlockedForm, type Emission, input, result } from "./emission.ts";
import { fewestChannels, filled } from "./filled.ts";
import { type FilterShape, heldFilter, releaseFilter } from "./filter.ts";
import { isFilterShape } from "./held.ts";
import { BLOCK, blockedConv, fromBlocks, toBlocks } from "./nchwc.ts";

/**
 * dW[k, l, c, o] = Σ over samples b and outputs (i, j) of x[b, i·s + k − before, j·s + l − before, c] · dy[b, i, j, o]
 * is a convolution, too: the samples are its input channels, dy is its filter, as large as the map and dilated by the
 * stride, and its output positions are the taps. x is padded along its rows and seen as [1, B, H, W'·C]: then the
 * channels of a tap lie side by side in the output, whose rows are w·C wide (full vectors even for few taps), and
 * W' is such that there are w taps. Blocks hold 16 samples; each is a group of the convolution, and the groups are
 * added up. Nothing is gathered into columns.
 */
export const filterGradient: BlockedForm = (node, emission) => {
  const [x, dy] = [input(node, "x"), input(node, "dy")];
  const shape = result(node).shape as unknown as FilterShape;
  if (shape[3] < fewestChannels) return false;
  const geometry = convGeometry(x.shape, shape, node.attrs as unknown as WindowAttributes);
  const { kernel, dilations, after } = geometry;
  const channels = shape[2];
  if (dilations.some((dilation) => dilation !== 1)) return false;
  const isPoint = kernel[0] === 1 && kernel[1] === 1;
  const { graph, values } = emission;
  const isRowMajor = channels < BLOCK && !values.isImage(x);
  if (isPoint && (isRowMajor || geometry.before.some((pad) => pad > 0))) return false;
  if (!isPoint && after.some((pad) => pad < 0)) return false; // rows that no window reads would have to be cut off

  const read = isPoint
    ? pointInput(emission, x, geometry)
    : windowInput(emission, x, { ...geometry, isRowMajor });
  const groups = Math.ceil(geometry.batch / BLOCK);
  const outputs = filled(shape[3]);
  const sums = blockedConv(graph, {
    x: toBlocks(graph, read.tensor, { channelsLast: false }),
    filter: asFilter(graph, values.blocked(dy), { ...geometry, outputs, groups }),
    group: groups,
    kernel: geometry.outSize,
    dilations: [read.strides[0], read.strides[1] * channels],
    pads: isPoint ? [0, 0, 0, 0] : [geometry.before[0], 0, after[0], 0],
  });
  const stacked = reshape(graph, sums, [groups, ...heldFilter(shape)]);
  const held =
    groups === 1
      ? reshape(graph, stacked, heldFilter(shape))
      : graph.node("ReduceSum", [stacked, graph.int64([0])], { keepdims: 0 });
  if (isFilterShape(shape)) values.setFilter(result(node), held);
  else values.setNatural(result(node), releaseFilter(graph, held, shape));
  return true;
};

/** x as [1, samples, H, W'·C], the samples filled up to whole blocks, and how far apart windows are in it. */
interface ReadInput {
  readonly tensor: string;
  readonly strides: readonly [number, number];
}

/** Of a 1×1 filter only the positions that it reads. */
function pointInput({ graph, values }: Emission, x: Value, geometry: Geometry): ReadInput {
  const { batch, inChannels, outSize, strides } = geometry;
  const isWhole = strides.every((stride) => stride === 1);
  const taken = isWhole ? values.blocked(x) : ownPositions(graph, values.blocked(x), geometry);
  const rows = rowsOf(graph, taken, inChannels);
  return {
    tensor: asSamples(graph, rows, { batch, height: outSize[0], row: outSize[1] * inChannels }),
    strides: [1, 1],
  };
}

const ownPositions = (graph: OnnxGraph, image: string, { inChannels, strides }: Geometry): string =>
  blockedConv(graph, { ...ones(graph, inChannels), x: image, strides });

function windowInput(
  { graph, values }: Emission,
  x: Value,
  geometry: Geometry & { readonly isRowMajor: boolean },
): ReadInput {
  const { batch, inChannels, inSize, before, after, strides, isRowMajor } = geometry;
  const pads = [before[1], after[1]] as const;
  const row = (inSize[1] + before[1] + after[1]) * inChannels;
  const padded = isRowMajor ? padRows(graph, values.natural(x), pads) : undefined;
  const rows =
    padded ??
    rowsOf(
      graph,
      pads.every((pad) => pad === 0)
        ? values.blocked(x)
        : // A pass of a convolution pads on all threads.
          blockedConv(graph, {
            ...ones(graph, inChannels),
            x: values.blocked(x),
            pads: [0, pads[0], 0, pads[1]],
          }),
      inChannels,
    );
  return { tensor: asSamples(graph, rows, { batch, height: inSize[0], row }), strides };
}

/** A depthwise convolution that changes nothing but where positions are. */
const ones = (graph: OnnxGraph, channels: number) => ({
  filter: graph.float32(new Float32Array(filled(channels)).fill(1), [filled(channels), 1, 1, 1]),
  group: filled(channels),
  kernel: [1, 1] as const,
});

const padRows = (graph: OnnxGraph, image: string, [before, after]: readonly [number, number]): string =>
  graph.node("Pad", [image, graph.int64([0, 0, before, 0, 0, 0, after, 0])]);

/** In blocks → [B, H, W, C]; with one block they are the same. */
const rowsOf = (graph: OnnxGraph, image: string, channels: number): string =>
  channels === BLOCK ? image : fromBlocks(graph, image, channels);

function asSamples(
  graph: OnnxGraph,
  rows: string,
  { batch, height, row }: { readonly batch: number; readonly height: number; readonly row: number },
): string {
  const filled = Math.ceil(batch / BLOCK) * BLOCK;
  const samples = reshape(graph, rows, [1, batch, height, row]);
  return filled === batch
    ? samples
    : graph.node("Pad", [samples, graph.int64([0, 0, 0, 0, 0, filled - batch, 0, 0])]);
}

const known = new WeakMap<OnnxGraph, Map<string, string>>();

/**
 * dy [B, O/16, positions, 16 of O] → [B/16, O/16, positions, 16 of B, 16 of O], a filter of B/16 groups. A Gather of
 * runs of 16 rather than a Transpose, which uses one thread.
 */
function asFilter(
  graph: OnnxGraph,
  dy: string,
  {
    batch,
    outputs,
    outSize,
    groups,
  }: {
    readonly batch: number;
    readonly outputs: number;
    readonly outSize: readonly [number, number];
    readonly groups: number;
  },
): string {
  const runs = (outputs / BLOCK) * outSize[0] * outSize[1]; // of a sample
  const filled = groups * BLOCK;
  const samples = reshape(graph, dy, [batch, runs * BLOCK]);
  const all =
    filled === batch ? samples : graph.node("Pad", [samples, graph.int64([0, 0, filled - batch, 0])]);
  const stacked = reshape(graph, all, [groups, BLOCK * runs, BLOCK]);
  const indices = known.get(graph) ?? new Map<string, string>();
  known.set(graph, indices);
  const name = `dy as a filter, ${runs} runs`;
  if (!indices.has(name)) {
    const order = Int32Array.from(
      { length: runs * BLOCK },
      (_, i) => (i % BLOCK) * runs + Math.floor(i / BLOCK),
    );
    indices.set(name, graph.int32(order));
  }
  const turned = graph.node("Gather", [stacked, indices.get(name)], { axis: 1 });
  return reshape(graph, turned, [groups * outputs, BLOCK, ...outSize]);
}
