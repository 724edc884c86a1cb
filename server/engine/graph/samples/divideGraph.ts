import type { Data } from "../../program.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { inputValues, mapInputs, outputSpecs } from "../kernel.ts";
import { primitive } from "../kernels.ts";
import { deadCode } from "../passes/deadCode.ts";
import type { SampleParts } from "../slots.ts";
import { batchOf } from "../trainingStep.ts";
import { freshValue, sameShape } from "../values.ts";
import { type Batch, isRows, isSame, isSum, rows, type Share, same, shapeInPart } from "./share.ts";
import { shareRules } from "./shareRules.ts";

/** A graph for a part of the batch, and what its parts make of the whole. */
export interface DividedGraph {
  readonly graph: Graph;
  readonly parts: SampleParts;
  /** Of updates. */
  readonly shareOf: (update: string) => Share;
}

/**
 * The graph that computes a part of the batch by itself: of its inputs that have a row for each sample it takes some, and what it gives
 * is put together again. Each value is followed by its kernel's rule, so a graph in which samples meet has no parts: one with batch
 * norms, or with a loss that compares samples. Sums are made part by part, which changes their last digits.
 * @returns undefined where it has no parts
 */
export function divideGraph(graph: Graph, parts: number): DividedGraph | undefined {
  const samples = batchOf(graph);
  if (samples === 0 || samples % parts !== 0) return undefined;
  const shares = new Map<Value, Share>();
  const own = new Map<Value, Value>();
  const batch: Batch = { samples, parts, shareOf: (value) => shares.get(value) ?? same };
  const inPart = (value: Value): Value => own.get(value) ?? value;
  const become = (value: Value, share: Share, part: Value): void => {
    shares.set(value, share);
    own.set(value, part);
  };
  const perSample = [...graph.inputs].filter(([, { shape }]) => shape[0] === samples);
  for (const [, value] of perSample)
    become(value, rows(0), freshValue(shapeInPart(value.shape, rows(0), batch), value.dtype));

  const constants = new Map<Value, Data>(graph.constants);
  const share = (value: number): Value => {
    const constant = freshValue([], "float32");
    constants.set(constant, Float32Array.of(value));
    return constant;
  };
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const isUntouched = inputValues(node.inputs).every((value) => isSame(batch.shareOf(value)));
    const found =
      isUntouched && !spreads.has(node.kernel) ? { share: same } : shareRules[node.kernel]?.(node, batch);
    if (found === undefined) return undefined;
    if (isSame(found.share)) {
      nodes.push(node);
      continue;
    }
    const inputs = mapInputs(node.inputs, inPart);
    const attrs = found.attrs ?? node.attrs;
    const outputs = outputSpecs(primitive(node.kernel), inputs, attrs).map(({ shape, dtype }) =>
      freshValue(shape, dtype),
    );
    nodes.push({ ...node, inputs, attrs, outputs });
    for (const [i, output] of node.outputs.entries()) {
      let part = outputs[i] as Value;
      if (!sameShape(part.shape, shapeInPart(output.shape, found.share, batch)))
        throw new Error(
          `${node.kernel} of ${graph.name} in parts gives [${part.shape}] for [${output.shape}]`,
        );
      if (found.isMean === true) {
        const mean = freshValue(part.shape, part.dtype);
        nodes.push({
          ...node,
          kernel: "Multiply",
          inputs: { a: part, b: share(1 / parts) },
          attrs: {},
          outputs: [mean],
        });
        part = mean;
      }
      become(output, found.share, part);
    }
  }
  const isWhole = (value: Value) => {
    const share = batch.shareOf(value);
    return !isRows(share) || share.axis === 0;
  };
  if (![...graph.outputs.values()].every(isWhole)) return undefined;
  const mapped = (values: ReadonlyMap<string, Value>) =>
    new Map([...values].map(([name, value]) => [name, inPart(value)] as const));
  const named = (values: ReadonlyMap<string, Value>, is: (share: Share) => boolean) =>
    new Set([...values].filter(([, value]) => is(batch.shareOf(value))).map(([name]) => name));
  return {
    graph: deadCode({
      ...graph,
      constants,
      nodes,
      inputs: mapped(graph.inputs),
      outputs: mapped(graph.outputs),
      updates: mapped(graph.updates),
    }),
    parts: {
      count: parts,
      rows: new Set(perSample.map(([name]) => name)),
      sums: named(graph.outputs, isSum),
      joined: named(graph.outputs, isRows),
    },
    shareOf: (update) => batch.shareOf(graph.updates.get(update) as Value),
  };
}

/**
 * Whether what samples have of their own meets what is made of all of them, as it does in batch norms. A graph as it was traced tells it
 * before the effort of dividing it; what no rule follows there may be followed once it is optimised.
 */
export function samplesMeet(graph: Graph, parts: number): boolean {
  const samples = batchOf(graph);
  const shares = new Map<Value, Share>();
  const shareOf = (value: Value): Share => shares.get(value) ?? same;
  for (const value of graph.inputs.values()) if (value.shape[0] === samples) shares.set(value, rows(0));
  for (const node of graph.nodes) {
    const ofInputs = inputValues(node.inputs).map(shareOf);
    if (ofInputs.every(isSame) && !spreads.has(node.kernel)) continue;
    const found = shareRules[node.kernel]?.(node, { samples, parts, shareOf });
    if (found === undefined && ofInputs.some(isSum) && ofInputs.some(isRows)) return true;
    if (found !== undefined) for (const output of node.outputs) shares.set(output, found.share);
  }
  return false;
}

/** They make rows of what is the same for all samples. */
const spreads: ReadonlySet<string> = new Set(["BroadcastTo", "Fill"]);
