import { sizeOf } from "../sizeOf.ts";
import type { Graph, GraphNode, GraphTensor } from "./graph.ts";
import { isMismatch } from "./layers/layer.ts";
import { keptShape } from "./operators/linear.ts";
import {
  type Call,
  Misfit,
  MissingInput,
  type Operand,
  type Operator,
  type WeightRole,
} from "./operators/operator.ts";
import { operatorType } from "./operatorTypes.ts";

/** A node that is computed in every step, with what is known of its inputs and outputs. */
export interface Step {
  readonly node: GraphNode;
  readonly operator: Operator;
  readonly call: Call;
  readonly outputs: readonly Operand[];
}

/** The graph for one batch size: what is left to compute once everything that is known has been. */
export interface GraphPlan {
  readonly steps: readonly Step[];
  readonly values: ReadonlyMap<string, Operand>;
}

/** Why a graph cannot be a student, with the node to blame. */
export interface GraphObstacle {
  readonly code: "operator-unsupported" | "operator-shape" | "model-format" | "head-missing";
  readonly message: string;
}

/** Values that are worked out beforehand at most: masks of a thousand tokens. */
const mostFolded = 2 ** 21;

/** Extents beyond this are damage, or an attack. */
const mostValues = 2 ** 36;

/** The nodes that the output depends on, in order; the others are dead code. */
export function nodesBehind({ nodes }: Pick<Graph, "nodes">, output: string): readonly GraphNode[] {
  const wanted = new Set([output]);
  return nodes
    .toReversed()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => wanted.has(name))) return false;
      for (const name of inputs) wanted.add(name);
      return true;
    })
    .reverse();
}

/** The first node whose operator there is none for: what `check` can say without knowing a shape. */
export function unknownOperator(nodes: readonly GraphNode[]): GraphObstacle | undefined {
  const unknown = nodes.filter(({ operator }) => operatorType(operator) === undefined);
  const [first] = unknown;
  if (first === undefined) return undefined;
  const others = [...new Set(unknown.map(({ operator }) => operator))].filter(
    (name) => name !== first.operator,
  );
  const more = others.length === 0 ? "" : `; neither are ${others.slice(0, 5).join(", ")}`;
  return {
    code: "operator-unsupported",
    message: `the node "${first.name}" is a ${first.operator}, which is not among the operators that can be trained${more}${others.concat(first.operator).some((name) => recurrent.has(name)) ? asLayers : ""}`,
  };
}

const recurrent = new Set(["LSTM", "GRU", "RNN"]);
const asLayers =
  '. A recurrent student is written as "layers", with a layer "lstm" or "gru"; "weights" takes what PyTorch has trained from a safetensors file';

/** The axis along which samples lie, and how many neighbours on it belong to one of them. */
export interface BatchPlace {
  readonly axis: number;
  readonly inner: number;
}

export interface PlanOptions {
  readonly nodes: readonly GraphNode[];
  /** Shapes of the graph's inputs, with the batch. */
  readonly inputs: readonly { readonly name: string; readonly operand: Operand }[];
  /** The axis along which samples lie in the first input of a node that was written for one of them. */
  readonly batchPlace: (node: GraphNode, inputs: Call["inputs"]) => BatchPlace | undefined;
  /** Called for each value in order. */
  readonly onValue?: (name: string, operand: Operand, node: GraphNode) => void;
}

/** Follows shapes and known values through the nodes. */
export function planGraph(
  { tensors }: Pick<Graph, "tensors">,
  { nodes, inputs: fed, batchPlace, onValue }: PlanOptions,
): GraphPlan | { readonly obstacle: GraphObstacle } {
  const values = new Map<string, Operand>(tensors);
  for (const { name, operand } of fed) values.set(name, operand);
  const steps: Step[] = [];
  for (const node of nodes) {
    const operator = operatorType(node.operator);
    if (operator === undefined) return { obstacle: unknownOperator([node]) as GraphObstacle };
    const missing = node.inputs.find((name) => name !== "" && !values.has(name));
    if (missing !== undefined)
      return refusal(node, `it reads "${missing}", which nothing before it gives`, "model-format");
    const inputs = node.inputs.map((name) => (name === "" ? undefined : values.get(name)));
    const place = batchPlace(node, inputs);
    const call: Call = {
      inputs,
      attributes: node.attributes,
      outputCount: node.outputs.length,
      batch: place && { ...place, size: fed[0]?.operand.shape[0] as number },
    };
    const outputs = outputsOf(operator, call);
    if ("reason" in outputs) return refusal(node, outputs.reason);
    const large = outputs.find(
      ({ shape }) => !(sizeOf(shape) <= mostValues) || shape.some((extent) => extent < 0),
    );
    if (large !== undefined) return refusal(node, `it gives [${large.shape.join(", ")}]`);
    const [first] = outputs as [Operand, ...Operand[]];
    const isKnown =
      operator.foldsShape === true ||
      (node.inputs.length > 0 &&
        node.inputs.every(
          (name) => !mayTrain(tensors.get(name)) && (name === "" || values.get(name)?.values),
        ));
    if (operator.fold && isKnown && sizeOf(first.shape) <= mostFolded) {
      const folded = { ...first, values: operator.fold(call, first) };
      values.set(node.outputs[0] ?? "", folded);
      continue;
    }
    for (const [i, name] of node.outputs.entries()) {
      const output = outputs[i];
      if (name === "" || output === undefined) continue;
      values.set(name, output);
      onValue?.(name, output, node);
    }
    steps.push({ node, operator, call, outputs });
  }
  return { steps, values };
}

/** What may turn out to be a weight is not worked out beforehand. */
const mayTrain = (tensor: GraphTensor | undefined): boolean =>
  tensor !== undefined && tensor.dtype === "float32" && !tensor.isNode && tensor.shape.length > 0;

function outputsOf(operator: Operator, call: Call): readonly Operand[] | { readonly reason: string } {
  try {
    const unknown = operator.known?.find(
      (i) => call.inputs[i] !== undefined && call.inputs[i]?.values === undefined,
    );
    if (unknown !== undefined)
      return { reason: `its input ${unknown} depends on the samples, and has to be known beforehand` };
    const found = operator.shape(call);
    if (isMismatch(found)) return { reason: `it expects ${found.expected}, but finds ${found.found}` };
    return Array.isArray(found) ? (found as readonly Operand[]) : [found as Operand];
  } catch (error) {
    if (error instanceof Misfit)
      return { reason: `it expects ${error.mismatch.expected}, but finds ${error.mismatch.found}` };
    if (error instanceof MissingInput) return { reason: error.message };
    throw error;
  }
}

const refusal = (node: GraphNode, why: string, code: GraphObstacle["code"] = "operator-shape") => ({
  obstacle: { code, message: `the node "${node.name}" (${node.operator}): ${why}` },
});

/** A tensor of floats that training changes. */
export interface GraphParameter {
  readonly tensor: GraphTensor;
  readonly role: Exclude<WeightRole, "constant">;
  /** Shape of a kernel of convolutions alone, which is kept as tfjs takes it: see `kernelOrder`. */
  readonly kept?: readonly number[];
}

/** Operators that give on what they are given, in another shape. */
const passing = new Set([
  "Identity",
  "Cast",
  "Reshape",
  "Flatten",
  "Transpose",
  "Squeeze",
  "Unsqueeze",
  "Slice",
  "Split",
  "Tile",
  "Pad",
]);

const strength: readonly (WeightRole | undefined)[] = [
  undefined,
  "constant",
  "norm",
  "bias",
  "kernel",
  "average",
];

/**
 * Which constants are weights: by what reads them. A number alone is a constant, unless it is the bias of one output; so is what
 * stands in the code and not among the weights, unless it is a kernel; and a mask, which has values that no weight has.
 */
export function parametersOf(
  { tensors }: Pick<Graph, "tensors">,
  { steps }: GraphPlan,
): ReadonlyMap<string, GraphParameter> {
  const roles = new Map<string, WeightRole>();
  const kernels = new Map<string, Set<string>>();
  const products = new Set(
    steps.filter(({ node }) => node.operator === "MatMul").flatMap(({ node }) => node.outputs),
  );
  const alone = new Set<string>();
  for (const { node, operator, call } of steps.toReversed()) {
    for (const [i, name] of node.inputs.entries()) {
      if (name === "") continue;
      const passes = i === 0 && passing.has(node.operator);
      const role = passes
        ? roles.get(node.outputs[0] ?? "")
        : (operator.roles?.[i] ?? (node.operator === "Concat" ? "bias" : undefined));
      if (role !== undefined && strength.indexOf(role) > strength.indexOf(roles.get(name)))
        roles.set(name, role);
      const use = node.operator === "Conv" && i === 1 ? keptShape(call).join() : "";
      kernels.set(name, (kernels.get(name) ?? new Set()).add(use));
      const isBias = node.operator === "Add" && products.has(node.inputs[1 - i] ?? "");
      if (isBias || /^(Gemm|Conv|.*Normalization)$/.test(node.operator)) alone.add(name);
    }
  }
  const found = [...tensors.values()].flatMap((tensor): [string, GraphParameter][] => {
    const { name, shape, dtype, values, isNode } = tensor;
    const role = roles.get(name);
    if (dtype !== "float32" || role === undefined || role === "constant") return [];
    if (shape.length === 0 || (sizeOf(shape) === 1 && !alone.has(name))) return [];
    if (isNode && role !== "kernel" && role !== "average") return [];
    if (values !== undefined && Array.from(values).some((value) => !(Math.abs(value) < 1e30))) return [];
    const [use, ...others] = kernels.get(name) ?? [];
    const isKernel = use !== undefined && use !== "" && others.length === 0;
    return [[name, { tensor, role, ...(isKernel ? { kept: use.split(",").map(Number) } : {}) }]];
  });
  return new Map(found);
}
