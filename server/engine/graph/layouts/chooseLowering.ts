import { sizeOf } from "../../../sizeOf.ts";
import type { Graph, Value } from "../graph.ts";
import { type Windows, windowsOf } from "../slidingWindows.ts";
import { costOf, productMs } from "./cost.ts";

/** The lowerings. A net has one: a conversion between two costs what it gains. */
export type LoweringName = "batch-innermost" | "blocked" | "plain";

export interface Choice {
  readonly lowering: LoweringName;
  /** In words, as in `batch innermost`. */
  readonly label: string;
  /** For people: the label, and the numbers that decided. */
  readonly reason: string;
  /** Milliseconds of a run by the estimate of cost.ts, on one thread. */
  readonly ms: number;
}

/** What the runtime of this machine cannot do. */
export interface Obstacles {
  /** Why images cannot lie in blocks of channels. */
  readonly blocked?: string | undefined;
}

/** The lowering with the lowest time that cost.ts estimates for a program's convolutions, pools and norms. */
export const chooseLowering = (graphs: readonly Graph[], obstacles: Obstacles = {}): Choice =>
  rankLowerings(graphs, obstacles)[0] as Choice;

/** The lowerings that this machine has for a program, by their times. Without convolutions there is one. */
export function rankLowerings(graphs: readonly Graph[], obstacles: Obstacles = {}): readonly Choice[] {
  const convolutions = graphs.flatMap(convolutionsOf);
  if (convolutions.length === 0) {
    const label = "no convolutions";
    return [{ lowering: "batch-innermost", label, reason: `${label}: tensors as they are`, ms: 0 }];
  }
  const map = Math.max(...convolutions.map(({ windows }) => windows.inputs));
  const batch = Math.max(...convolutions.map(({ x }) => x.shape[0] as number));
  const cost = costOf(graphs);
  const other = Math.min(cost.batchInnermost, cost.plain);
  const isHindered = cost.blocked < other && obstacles.blocked !== undefined;
  const numbers =
    `maps of up to ${map} positions, batches of ${batch}` +
    (isHindered ? `, no blocks of channels because ${obstacles.blocked}` : "");
  const ratio = `${(cost.blocked / other).toFixed(2)} of the time by estimate`;
  const choice = (lowering: LoweringName, label: string, ms: number, more = ""): Choice => {
    return { lowering, label, reason: `${label}: ${numbers}${more}`, ms };
  };
  const choices = [
    choice("batch-innermost", "batch innermost", cost.batchInnermost),
    choice("plain", "channels first", cost.plain),
    ...(obstacles.blocked === undefined
      ? [choice("blocked", "blocks of channels", cost.blocked, `, ${ratio}`)]
      : []),
  ];
  return choices.filter(({ ms }) => Number.isFinite(ms)).sort((a, b) => a.ms - b.ms);
}

/** Milliseconds of one graph in a lowering that its program has, with its products, by the estimate of cost.ts on one thread. */
export function estimatedMs(graph: Graph, lowering: LoweringName): number {
  const convolutions = rankLowerings([graph]).find((choice) => choice.lowering === lowering)?.ms ?? 0;
  return convolutions + productMs(graph);
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
