import type { DataProblem } from "../../data/problem.ts";
import type { GraphStudentOptions } from "../../nets/graphStudent.ts";
import { cardTexts, type ModelCard, type ReadCard, readCard } from "../../nets/modelCard.ts";
import { exportOnnx } from "../graph/exportOnnx.ts";
import { encodeModel, type ModelProto } from "../graph/onnx/onnxSchema.ts";
import type { NamedData } from "../program.ts";
import type { ModelProblem } from "./modelJson/topology.ts";
import { modelFiles } from "./modelJson.ts";
import { type GraphForm, isOwn, type LayeredNet, type Net } from "./net.ts";
import { graphFile } from "./onnx/graphFile.ts";
import { graphProblem, readGraphModel } from "./onnx/graphModel.ts";
import { graphNet, keptWeights } from "./onnx/graphNet.ts";

/**
 * The files of a net with weights: a tfjs layers model, or the ONNX graph that it came from. What a person's own modules compute is
 * written as the graph of it, so that it is read and used without them.
 */
export function savedFiles(
  net: Net,
  weights: NamedData,
  card?: ModelCard,
): Record<string, Uint8Array | string> {
  if (net.form.kind === "graph")
    return { "model.onnx": graphFile({ ...net, form: net.form }, weights, card) };
  if (isOwn(net)) return { "model.onnx": encodeModel(tracedModel(net, weights, card)) };
  const layered = net as LayeredNet;
  const { json, weights: bytes } = modelFiles(layered, weights, card === undefined ? {} : { card });
  return { "model.json": json, "weights.bin": bytes };
}

function tracedModel(net: Net, weights: NamedData, card?: ModelCard): ModelProto {
  const specs = Object.entries(net.parameters).map(
    ([name, { shape }]) => [name, { shape, dtype: "float32" as const }] as const,
  );
  return exportOnnx(
    {
      inputShape: net.inputShape,
      inputType: net.takesTokens ? "int32" : "float32",
      weights: Object.fromEntries(specs),
      logits: (tensors, x) => net.apply(tensors, x, { training: false }).logits,
    },
    weights,
    card === undefined ? {} : { metadata: cardTexts(card) },
  );
}

export interface ReadGraphNet {
  readonly net: Net<GraphForm>;
  readonly softmaxLeftOut: boolean;
  readonly weights: Record<string, Float32Array>;
  readonly card: ReadCard;
}

/** Reads an ONNX model as a net with its weights, but for those of a new head. */
export async function readGraphNet(
  path: string,
  options: GraphStudentOptions = {},
): Promise<ReadGraphNet | { readonly problem: ModelProblem | DataProblem }> {
  const graph = await readGraphModel(path);
  if ("problem" in graph) return graph;
  const card = readCard(graph.metadata);
  const made = graphNet(graph, options);
  if ("obstacle" in made) return graphProblem(path, made.obstacle);
  const { form } = made.net;
  const names = [...form.parameters.keys()];
  const weights = await graph.weights(
    names.filter((name) => form.parameters.get(name)?.tensor.initializer === undefined),
  );
  if (isProblem(weights)) return weights;
  return { ...made, weights: keptWeights(weights, form.parameters), card };
}

const isProblem = <T extends object>(value: Record<string, Float32Array> | T): value is T =>
  "problem" in value && !(value["problem"] instanceof Float32Array);
