import type { Graph, Value } from "../graph.ts";
import { sizeOf } from "../values.ts";
import { windowsOf } from "./windows.ts";

/** The forms in which a program can be lowered. One form for a whole net: a change between two costs as much as it wins. */
export type Form = "batch-innermost" | "plain";

export interface Choice {
  readonly form: Form;
  /** For people: the number that decided. */
  readonly reason: string;
}

/**
 * With the batch innermost a step keeps the gathered windows of its convolutions from the forward pass to the backward
 * one: the kernel's area times the memory of the maps. As long as that fits, it takes between a third and nine tenths
 * of the plain form's time (measured on nets from 28×28 to 64×64, with and without batch norm); where it does not,
 * memory decides.
 */
export const windowBudget = 256 * 2 ** 20; // bytes

/** Chooses the form of a program by its entry with the largest windows. */
export function chooseForm(graphs: readonly Graph[]): Choice {
  const bytes = Math.max(0, ...graphs.map(windowBytes));
  if (bytes === 0) return { form: "batch-innermost", reason: "no convolutions: tensors as they are" };
  const size = `${Math.ceil(bytes / 2 ** 20)} MiB of convolution windows`;
  return bytes <= windowBudget
    ? { form: "batch-innermost", reason: `batch innermost: ${size} fit in ${windowBudget / 2 ** 20} MiB` }
    : { form: "plain", reason: `channels first: ${size} do not fit in ${windowBudget / 2 ** 20} MiB` };
}

/** Bytes of the windows that all convolutions of a graph gather. */
function windowBytes(graph: Graph): number {
  let bytes = 0;
  for (const node of graph.nodes) {
    if (node.kernel !== "Conv2D" && node.kernel !== "DepthwiseConv2dNative") continue;
    const windows = windowsOf(node);
    const x = (node.inputs["x"] as Value).shape;
    if (windows === undefined || windows.taps === 1) continue;
    bytes += sizeOf([x[0] as number, x[3] as number, windows.taps, windows.outputs]) * 4;
  }
  return bytes;
}
