import type { DataProblem } from "../../data/problem.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import { type ModelCard, type ReadCard, readCard } from "../../nets/modelCard.ts";
import type { NamedData } from "../program.ts";
import type { ModelProblem } from "./modelJson/topology.ts";
import { modelFiles } from "./modelJson.ts";
import type { GraphForm, LayeredNet, Net } from "./net.ts";
import { graphFile } from "./onnx/graphFile.ts";
import { graphProblem, readGraphModel } from "./onnx/graphModel.ts";
import { graphNet, keptWeights } from "./onnx/graphNet.ts";

/** The files of a net with weights: a tfjs layers model, or the ONNX graph that it came from. */
export function savedFiles(
  net: Net,
  weights: NamedData,
  card?: ModelCard,
): Record<string, Uint8Array | string> {
  if (net.form.kind === "graph")
    return { "model.onnx": graphFile({ ...net, form: net.form }, weights, card) };
  const layered = net as LayeredNet;
  const { json, weights: bytes } = modelFiles(layered, weights, card === undefined ? {} : { card });
  return { "model.json": json, "weights.bin": bytes };
}

export interface ReadGraphNet {
  readonly net: Net<GraphForm>;
  readonly softmaxLeftOut: boolean;
  readonly weights: Record<string, Float32Array>;
  readonly card: ReadCard;
}

/**
 * Reads an ONNX model as a net with its weights.
 * @param sample shape of one sample, channels last; absent: as the model declares it
 */
export async function readGraphNet(
  path: string,
  sample?: Shape,
): Promise<ReadGraphNet | { readonly problem: ModelProblem | DataProblem }> {
  const graph = await readGraphModel(path);
  if ("problem" in graph) return graph;
  const card = readCard(graph.metadata);
  const made = graphNet(graph, sample);
  if ("obstacle" in made) return graphProblem(path, made.obstacle);
  const { form } = made.net;
  const weights = await graph.weights([...form.parameters.keys()]);
  if (isProblem(weights)) return weights;
  return { ...made, weights: keptWeights(weights, form.parameters), card };
}

const isProblem = <T extends object>(value: Record<string, Float32Array> | T): value is T =>
  "problem" in value && !(value["problem"] instanceof Float32Array);
