import type { Graph, GraphNode, GraphTensor } from "./graph.ts";
import { numberOf } from "./operators/operator.ts";
import type { LayerSpec } from "./shapes.ts";

/** The weights of a network that give its outputs: those of its last dense layer, or of a convolution in its place. */
export interface GraphHead {
  readonly kernel: string;
  /** The axis of the kernel that has an extent for each output. */
  readonly axis: number;
  readonly bias?: string;
}

/** What gives on the outputs of a last convolution, and keeps one number an output. */
const passing = new Set([
  "Identity",
  "Dropout",
  "Relu",
  "Flatten",
  "Squeeze",
  "GlobalAveragePool",
  "AveragePool",
  "ReduceMean",
]);

/** Nodes behind the head at most. */
const mostBehind = 8;

/** The head behind `output`; undefined where that comes from something else, or shares its weights. */
export function graphHead({ nodes, tensors }: Graph, output: string): GraphHead | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const isAlone = (name = ""): boolean =>
    tensors.get(name)?.dtype === "float32" &&
    nodes.filter(({ inputs }) => inputs.includes(name)).length === 1;
  const found = (kernel: string, axis: number, bias: string | undefined): GraphHead | undefined => {
    if (!isAlone(kernel) || (bias !== undefined && !isAlone(bias))) return undefined;
    return { kernel, axis, ...(bias === undefined ? {} : { bias }) };
  };
  let name = output;
  let added: string | undefined;
  for (let steps = 0; steps < mostBehind; steps++) {
    const node = makers.get(name);
    const [first = "", second = "", third = ""] = node?.inputs ?? [];
    if (node === undefined) return undefined;
    if (node.operator === "Add" && added === undefined) {
      [name, added] = tensors.has(first) ? [second, first] : [first, second];
      if (!isAlone(added)) return undefined;
    } else if (node.operator === "MatMul") {
      const turned = makers.get(second);
      return turned?.operator === "Transpose"
        ? found(turned.inputs[0] ?? "", 0, added)
        : found(second, (tensors.get(second)?.shape.length ?? 1) - 1, added);
    } else if (node.operator === "Gemm" && added === undefined) {
      return found(second, numberOf(node, "transB", 0) === 0 ? 1 : 0, third || undefined);
    } else if (node.operator === "Conv" && added === undefined && numberOf(node, "group", 1) === 1) {
      return found(second, 0, third || undefined);
    } else if (added === undefined && (passing.has(node.operator) || keepsRows(node, tensors))) {
      name = first;
    } else return undefined;
  }
  return undefined;
}

/** A reshape to rows whose length is left open. */
const keepsRows = ({ operator, inputs }: GraphNode, tensors: Graph["tensors"]): boolean =>
  operator === "Reshape" && Array.from(tensors.get(inputs[1] ?? "")?.values ?? []).at(-1) === -1;

/** The graph with `count` outputs: its head is new, with Glorot's kernel and a bias of zeros. */
export function withNewHead(graph: Graph, { kernel, axis, bias }: GraphHead, count: number): Graph {
  const tensors = new Map(graph.tensors);
  const renew = (name: string, axis: number, initializer: GraphTensor["initializer"]) => {
    const { values: _, ...tensor } = tensors.get(name) as GraphTensor;
    const shape = tensor.shape.map((extent, i) => (i === axis ? count : extent));
    tensors.set(name, { ...tensor, shape, isNode: false, initializer });
  };
  renew(kernel, axis, "glorotUniform");
  // A bias stands along the last axis, as the outputs do.
  if (bias !== undefined) renew(bias, (tensors.get(bias)?.shape.length ?? 1) - 1, "zeros");
  const outputs = graph.outputs.map((port) => ({
    ...port,
    shape: port.shape.map((extent, i) => (i > 0 && i === port.shape.length - 1 ? count : extent)),
  }));
  return { ...graph, tensors, outputs };
}

/** The last dense layer, of which only activations and dropout may stand behind; undefined where there is none. */
export function lastDense<T extends Pick<LayerSpec, "type">>(layers: readonly T[]): T | undefined {
  const last = layers.findLast(({ type }) => !/^(activation|softmax|sigmoid|dropout)$/.test(type));
  return last?.type === "dense" ? last : undefined;
}

/** Layers whose last dense one gives `count` outputs. */
export function layersWithNewHead(layers: readonly LayerSpec[], count: number): LayerSpec[] {
  const dense = lastDense(layers);
  return layers.map((layer) => (layer === dense ? { ...layer, units: count } : layer));
}

export const noHead =
  "its outputs do not come from a dense layer or a convolution of their own, so there is no head to replace";
