import type { DataProblem } from "../../../data/problem.ts";
import type { Graph } from "../../../nets/graph.ts";
import { nodesBehind, unknownOperator } from "../../../nets/graphPlan.ts";
import { endOf, graphStudent } from "../../../nets/graphStudent.ts";
import { int8BytesOf } from "../../../nets/int8Bytes.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { sizeOf } from "../../../sizeOf.ts";
import { type GraphProblem, graphProblem, readGraphModel } from "./graphModel.ts";

/** What can be said of a graph as a student without its weights. */
export interface DescribedGraph {
  readonly parameters?: number;
  /** Whether its outputs come from a layer that can be replaced. */
  readonly hasHead?: boolean;
  /** Names of its weights. */
  readonly weights?: readonly string[];
  /** Those of them that are averages of a norm. */
  readonly averages?: readonly string[];
  /** Outputs of its nodes, of one sample, images channels last. */
  readonly layers?: readonly { readonly name: string; readonly type: string; readonly shape: Shape }[];
  /** Operations of a prediction, and bytes of its weights in an int8 export. */
  readonly sizes?: { readonly flops: number; readonly int8Bytes: number };
}

/** The shapes are those of the graph's own input; where it takes any size, only operators are looked at. */
export async function describeGraph(
  path: string,
  { isSized = false }: { readonly isSized?: boolean } = {},
): Promise<DescribedGraph | { readonly problem: GraphProblem | DataProblem }> {
  const graph = await readGraphModel(path);
  if ("problem" in graph) return graph;
  const hasHead = endOf(graph)?.head !== undefined;
  const isFree = graph.inputs[0]?.shape.slice(1).some((extent) => typeof extent === "string") ?? false;
  if (isFree) {
    const nodes = graph.outputs.flatMap(({ name }) => nodesBehind(graph, name));
    const unknown = unknownOperator(nodes);
    return unknown === undefined ? { hasHead } : graphProblem(path, unknown);
  }
  const student = graphStudent(graph);
  if ("obstacle" in student) return graphProblem(path, student.obstacle);
  const { layers, parameters } = student;
  return {
    hasHead,
    parameters: [...parameters.values()].reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0),
    weights: [...parameters.keys()],
    averages: [...parameters].flatMap(([name, { role }]) => (role === "average" ? [name] : [])),
    layers: layers.map(({ name, type, outputShape }) => ({ name, type, shape: outputShape })),
    ...(isSized ? await sizesOf(graph) : {}),
  };
}

/** Counted as of any other net; the modules for it take longer to load than a graph does. */
async function sizesOf(graph: Graph): Promise<Pick<DescribedGraph, "sizes">> {
  const [{ graphNet }, { predictionFlops }] = await Promise.all([
    import("./graphNet.ts"),
    import("../../train/predictionCost.ts"),
  ]);
  const made = graphNet(graph);
  if ("obstacle" in made) return {};
  return { sizes: { flops: predictionFlops(made.net), int8Bytes: int8BytesOf(made.net) } };
}
