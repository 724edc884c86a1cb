import type { Node, Value } from "./graph.ts";
import {
  convGeometry,
  type Geometry,
  poolGeometry,
  readPositions,
  type WindowAttributes,
} from "./kernels/geometry.ts";

/** A position is `y * width + x` in the map of one image. */
export type Position = number;
export const OUTSIDE: Position = -1;

/** Every position of a map, ascending. */
export const positions = (count: number): Position[] =>
  Array.from({ length: count }, (_, position) => position);

/** Which input positions each output position of a convolution or pool reads. */
export interface Windows {
  readonly inputs: number; // positions of the map that is read
  readonly outputs: number; // positions of the map that is made
  readonly taps: number; // positions that one window covers
  readonly stride: number; // the larger of the two
  /** No input position lies in two windows, and none outside the map: the taps partition what is read. */
  readonly disjoint: boolean;
  /** The input position under a tap of the window of an output position, or OUTSIDE in the padding. */
  at(output: Position, tap: number): Position;
}

const known = new WeakMap<Node, Windows>();

/** The windows of a convolution, a pool or one of their gradients; undefined where the node has none or is not NHWC. */
export function windowsOf(node: Node): Windows | undefined {
  const before = known.get(node);
  if (before !== undefined) return before;
  const geometry = (node.attrs["dataFormat"] ?? "NHWC") === "NHWC" ? geometryOf(node) : undefined;
  if (geometry === undefined) return undefined;
  const windows = slide(geometry);
  known.set(node, windows);
  return windows;
}

function geometryOf({ kernel, inputs, attrs }: Node): Geometry | undefined {
  const window = attrs as unknown as WindowAttributes;
  const shapeOf = (name: string): readonly number[] =>
    (inputs[name] as Value | undefined)?.shape ?? (attrs[`${name}Shape`] as readonly number[]);
  if (/^(Max|Avg)Pool(Grad)?$/.test(kernel)) {
    return poolGeometry(
      shapeOf(kernel.endsWith("Grad") ? "input" : "x"),
      attrs["filterSize"] as number,
      window,
    );
  }
  if (!/^(Conv2D|DepthwiseConv2dNative)(Backprop(Filter|Input))?$/.test(kernel)) return undefined;
  const x = kernel.endsWith("Input") ? (attrs["inputShape"] as readonly number[]) : shapeOf("x");
  return convGeometry(x, shapeOf("filter"), window, { depthwise: kernel.startsWith("Depthwise") });
}

function slide(geometry: Geometry): Windows {
  const { inSize, outSize, kernel } = geometry;
  const taps = kernel[0] * kernel[1];
  const read = readPositions(geometry, OUTSIDE);
  return {
    inputs: inSize[0] * inSize[1],
    outputs: outSize[0] * outSize[1],
    taps,
    stride: Math.max(...geometry.strides),
    disjoint: !read.includes(OUTSIDE) && new Set(read).size === read.length,
    at: (output, tap) => read[output * taps + tap] as Position,
  };
}

/** The input positions inside the windows of some output positions, ascending. */
export function reach(windows: Windows, outputs: readonly Position[]): Position[] {
  const reached = new Set<Position>();
  for (const output of outputs) {
    for (let tap = 0; tap < windows.taps; tap++) reached.add(windows.at(output, tap));
  }
  reached.delete(OUTSIDE);
  return [...reached].sort((a, b) => a - b);
}

/** The inverse of the windows: which output position reads an input position with a tap. There is at most one. */
export function readersOf(windows: Windows): Windows {
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
