import type { Graph, Value } from "../graph.ts";
import { sizeOf } from "../values.ts";
import { costOf } from "./cost.ts";
import { type Windows, windowsOf } from "./windows.ts";

/** The forms that a program can be lowered to. One for a whole net: a change between two costs what it wins. */
export type ProgramForm = "batch-innermost" | "blocked" | "plain";

export interface Choice {
  readonly form: ProgramForm;
  /** For people: the numbers that decided. */
  readonly reason: string;
}

/** What the runtime of this machine cannot do. */
export interface Obstacles {
  /** Why images cannot be held in blocks of channels. */
  readonly blocked?: string | undefined;
}

/**
 * With the batch innermost a step takes between a quarter and eight tenths of the processor time of the plain form:
 * measured on nets of two to twenty convolutions, with and without batch norm, on maps of 28×28 to 64×64. Larger ones
 * were not measured.
 */
const largestMap = 64 * 64; // positions
/** Gathering copies runs of one float a sample. Runs shorter than a cache line cost more than they win on larger maps. */
const smallestBatch = 16;
const smallMap = 28 * 28;

/** The estimate is right to a tenth; what comes out about even keeps to the standard's operators. */
const clearWin = 0.9;

/**
 * Chooses the form of a program by the convolutions of its entries. Blocks of channels multiply faster and gather
 * nothing, but a net with few channels has none to fill and pools take longer: cost.ts weighs one against the other.
 */
export function chooseForm(graphs: readonly Graph[], obstacles: Obstacles = {}): Choice {
  const convolutions = graphs.flatMap(convolutionsOf);
  if (convolutions.length === 0)
    return { form: "batch-innermost", reason: "no convolutions: tensors as they are" };
  const map = Math.max(...convolutions.map(({ windows }) => windows.inputs));
  const batch = Math.max(...convolutions.map(({ x }) => x.shape[0] as number));
  const innermostSuits = map <= largestMap && (batch >= smallestBatch || map <= smallMap);
  const cost = costOf(graphs);
  // The plain form takes about twice as long as the batch innermost does where that is fast.
  const other = innermostSuits ? cost.batchInnermost : 2 * cost.batchInnermost;
  const wins = cost.blocked < clearWin * other;
  const numbers =
    `maps of up to ${map} positions, batches of ${batch}` +
    (wins && obstacles.blocked !== undefined ? `, no blocks of channels because ${obstacles.blocked}` : "");
  if (wins && obstacles.blocked === undefined) {
    const ratio = (cost.blocked / other).toFixed(2);
    return { form: "blocked", reason: `blocks of channels: ${numbers}, ${ratio} of the time by estimate` };
  }
  return innermostSuits
    ? { form: "batch-innermost", reason: `batch innermost: ${numbers}` }
    : { form: "plain", reason: `channels first: ${numbers}` };
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
 * Whether the maps of a step are so large that the runtime should allocate them one by one. Laid out beforehand they
 * need half as much memory again (ResNet-20, batch 128: 1,200 instead of 750 MB) and no less time; small nets gain
 * five in a hundred by it.
 */
export function hasLargeTensors(graphs: readonly Graph[]): boolean {
  const bytes = graphs.map((graph) =>
    convolutionsOf(graph).reduce((sum, { x, windows }) => sum + sizeOf(x.shape) * windows.taps * 4, 0),
  );
  return Math.max(0, ...bytes) > 64 * 2 ** 20;
}
