import type { Graph, Value } from "../graph.ts";
import { type Windows, windowsOf } from "../slidingWindows.ts";
import { sizeOf } from "../values.ts";
import { costOf } from "./cost.ts";

/** The lowerings. A net has one: a conversion between two costs what it gains. */
export type LoweringName = "batch-innermost" | "blocked" | "plain";

export interface Choice {
  readonly lowering: LoweringName;
  /** For people: the numbers that decided. */
  readonly reason: string;
}

/** What the runtime of this machine cannot do. */
export interface Obstacles {
  /** Why images cannot lie in blocks of channels. */
  readonly blocked?: string | undefined;
}

/** Chooses the lowering with the lowest time that cost.ts estimates for a program's convolutions, pools and norms. */
export function chooseLowering(graphs: readonly Graph[], obstacles: Obstacles = {}): Choice {
  const convolutions = graphs.flatMap(convolutionsOf);
  if (convolutions.length === 0)
    return { lowering: "batch-innermost", reason: "no convolutions: tensors as they are" };
  const map = Math.max(...convolutions.map(({ windows }) => windows.inputs));
  const batch = Math.max(...convolutions.map(({ x }) => x.shape[0] as number));
  const cost = costOf(graphs);
  const other = Math.min(cost.batchInnermost, cost.plain);
  const wins = cost.blocked < other;
  const numbers =
    `maps of up to ${map} positions, batches of ${batch}` +
    (wins && obstacles.blocked !== undefined ? `, no blocks of channels because ${obstacles.blocked}` : "");
  if (wins && obstacles.blocked === undefined) {
    const ratio = (cost.blocked / other).toFixed(2);
    return {
      lowering: "blocked",
      reason: `blocks of channels: ${numbers}, ${ratio} of the time by estimate`,
    };
  }
  return cost.batchInnermost <= cost.plain
    ? { lowering: "batch-innermost", reason: `batch innermost: ${numbers}` }
    : { lowering: "plain", reason: `channels first: ${numbers}` };
}

interface Convolution {
  readonly x: Value;
  readonly windows: Windows;
}

function convolutionsOf(graph: Graph): Convolution[] {
  return graph.nodes.flatMap((node) => {
    const isConvolution = node.kernel === "Conv2D" || node.kernel === "DepthwiseConv2dNative";
    const windows = isConvolution ? windowsOf(node) : undefined;
    return windows === undefined ? [] : [{ x: node.inputs["x"] as Value, windows }];
  });
}

/**
 * Whether the maps of a step are so large that the runtime should allocate them one by one. Planned beforehand they take 60 %
 * more memory (ResNet-20, batch 128: 1,200 instead of 750 MB) and no less time; small nets gain 5 % by planning.
 */
export function hasLargeTensors(graphs: readonly Graph[]): boolean {
  const bytes = graphs.map((graph) =>
    convolutionsOf(graph).reduce((sum, { x, windows }) => sum + sizeOf(x.shape) * windows.taps * 4, 0),
  );
  return Math.max(0, ...bytes) > 64 * 2 ** 20;
}
