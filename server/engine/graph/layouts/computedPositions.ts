import type { Graph, Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { isElementwise } from "../passes/isElementwise.ts";
import { type Position, positions, reach, windowsOf } from "../slidingWindows.ts";
import { sameShape } from "../values.ts";
import { intersect, type Support } from "./support.ts";

/** The positions (ascending) of each image that are computed. */
export type ComputedPositions = ReadonlyMap<Value, readonly Position[]>;

/**
 * Crop: a position that nothing reads, or that is always zero, is not computed. A 13×13 map under a 2×2 pool needs 12×12
 * positions, and the convolution before it only what those read. A position that is not computed is outside the image's support
 * and reads as zero.
 */
export function computedPositions(graph: Graph, support: Support): ComputedPositions {
  const requests = new Map<Value, Set<Position> | "all">();
  const computed = new Map<Value, readonly Position[]>();
  const settle = (value: Value): readonly Position[] => {
    const request = requests.get(value) ?? "all";
    const all = positions((value.shape[1] as number) * (value.shape[2] as number));
    const read = request === "all" ? all : all.filter((position) => request.has(position));
    const inside = support.get(value);
    return inside === undefined ? read : intersect(read, inside);
  };
  const request = (value: Value, read: readonly Position[] | "all"): void => {
    const before = requests.get(value);
    if (value.shape.length !== 4 || before === "all") return;
    if (read === "all") requests.set(value, "all");
    else requests.set(value, new Set([...(before ?? []), ...read]));
  };

  for (const value of [...graph.outputs.values(), ...graph.updates.values()]) request(value, "all");
  for (const node of graph.nodes.toReversed()) {
    const [output] = node.outputs;
    if (output?.shape.length === 4) computed.set(output, settle(output));
    for (const [value, read] of readsOf(node, output && computed.get(output), support)) request(value, read);
  }
  for (const value of [...graph.inputs.values(), ...graph.state.values(), ...graph.constants.keys()]) {
    if (value.shape.length === 4) computed.set(value, settle(value));
  }
  return computed;
}

type Read = readonly [value: Value, positions: readonly Position[] | "all"];

/** What a node reads of its inputs, given the positions of its output that are computed (undefined: it is no image). */
function readsOf(node: Node, computed: readonly Position[] | undefined, support: Support): Read[] {
  const windows = windowsOf(node);
  const input = (name: string): Value => node.inputs[name] as Value;
  const supportOfDy = (): readonly Position[] =>
    support.get(input("dy")) ?? positions((windows as NonNullable<typeof windows>).outputs);

  if (windows !== undefined) {
    switch (node.kernel) {
      case "MaxPoolGrad":
        return [
          [input("dy"), "all"],
          [input("input"), reach(windows, supportOfDy())],
          [input("output"), supportOfDy()],
        ];
      case "AvgPoolGrad":
        return [[input("dy"), "all"]]; // Of its `input` it reads the shape only.
      case "Conv2DBackpropFilter":
      case "DepthwiseConv2dNativeBackpropFilter":
        return [
          [input("dy"), "all"],
          [input("x"), reach(windows, supportOfDy())],
        ];
      case "Conv2DBackpropInput":
      case "DepthwiseConv2dNativeBackpropInput":
        return [[input("dy"), "all"]];
      default:
        return computed === undefined ? [] : [[input("x"), reach(windows, computed)]];
    }
  }
  const [output] = node.outputs;
  return inputValues(node.inputs).map((value) =>
    isElementwise(node.kernel) &&
    computed !== undefined &&
    output !== undefined &&
    sameShape(value.shape, output.shape)
      ? [value, computed]
      : [value, "all"],
  );
}
