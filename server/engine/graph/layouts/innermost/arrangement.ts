import { type Parts, sameParts } from "../../compositions/imageRows.ts";
import type { Graph, Node, Value } from "../../graph.ts";
import { inputValues } from "../../kernel.ts";
import { isElementwise } from "../../passes/isElementwise.ts";
import { type Position, positions, windowsOf } from "../../slidingWindows.ts";
import { sameShape } from "../../values.ts";
import type { ComputedPositions } from "../computedPositions.ts";

export type Arrangement = ReadonlyMap<Value, Parts>;

/**
 * Pool split: an image that only a pool with disjoint windows reads is computed in one part for each window offset,
 * so that pooling is the maximum of whole tensors and its gradient a comparison of whole tensors. Values that feed it through
 * elementwise kernels are arranged the same way. Every other image is one part in ascending order.
 */
export function arrange(graph: Graph, computed: ComputedPositions): Arrangement {
  const wishes = new Map<Value, Parts | "plain">();
  const partsOf = (value: Value): Parts => {
    const wish = wishes.get(value) ?? "plain";
    return wish === "plain" ? [computed.get(value) ?? all(value)] : wish;
  };
  const wish = (value: Value, parts: Parts | "plain"): void => {
    const before = wishes.get(value);
    wishes.set(value, before === undefined || sameWish(before, parts) ? parts : "plain");
  };

  for (const value of [...graph.outputs.values(), ...graph.updates.values()]) wish(value, "plain");
  for (const node of graph.nodes.toReversed()) {
    const [output] = node.outputs;
    for (const value of inputValues(node.inputs)) {
      if (value.shape.length !== 4 || output === undefined || !cares(node, value)) continue;
      const passedOn = isElementwise(node.kernel) && sameShape(value.shape, output.shape);
      const wished = passedOn
        ? wishes.get(output)
        : (poolParts(node, output, { computed, partsOf }) ?? "plain");
      if (wished !== undefined) wish(value, wished);
    }
  }
  return new Map([...computed.keys()].map((value) => [value, partsOf(value)]));
}

/** Sums take any arrangement, and gradients take what the forward pass has. */
function cares(node: Node, value: Value): boolean {
  if (/^(Sum|Mean|Max)$/.test(node.kernel)) return false;
  return windowsOf(node) === undefined || node.inputs["x"] === value;
}

interface Known {
  readonly computed: ComputedPositions;
  readonly partsOf: (value: Value) => Parts;
}

/** One part for each window offset, in the order of the pool's own positions. */
function poolParts(node: Node, output: Value, { computed, partsOf }: Known): Parts | undefined {
  const windows = windowsOf(node);
  if (!node.kernel.endsWith("Pool") || windows === undefined || !windows.disjoint) return undefined;
  const order = partsOf(output).flat();
  const parts = positions(windows.taps).map((tap) => order.map((position) => windows.at(position, tap)));
  const covered = parts.flat().length === computed.get(node.inputs["x"] as Value)?.length;
  return covered ? parts : undefined;
}

const all = ({ shape }: Value): Position[] => positions((shape[1] as number) * (shape[2] as number));

const sameWish = (a: Parts | "plain", b: Parts | "plain"): boolean =>
  a === b || (a !== "plain" && b !== "plain" && sameParts(a, b));
