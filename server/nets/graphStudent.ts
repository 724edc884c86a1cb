import { sizeOf } from "../sizeOf.ts";
import type { Graph, GraphNode, GraphPort } from "./graph.ts";
import { type DerivedInput, graphInputs, type TokenMarks } from "./graphInputs.ts";
import {
  type BatchPlace,
  type GraphObstacle,
  type GraphParameter,
  type GraphPlan,
  nodesBehind,
  type PlanOptions,
  parametersOf,
  planGraph,
  unknownOperator,
} from "./graphPlan.ts";
import { type GraphHead, graphHead, noHead, withNewHead } from "./head.ts";
import type { ParameterSpec, Shape } from "./layers/layer.ts";
import type { NetLayer } from "./netLayer.ts";
import { type InputMatch, matchInputs } from "./onnxInput.ts";
import type { Operand } from "./operators/operator.ts";

/** A batch that divides no other extent: what it divides, the batch is in. */
const trialBatch = 65_521;

/** An ONNX graph as far as it is known as a student without its weights and without an engine. */
export interface GraphStudent {
  /** As it is trained: with the new head, where it gets one. */
  readonly graph: Graph;
  /** Of one sample, channels last. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly input: GraphPort;
  /** Inputs that follow from it. */
  readonly derived: readonly DerivedInput[];
  /** How a sample goes in. */
  readonly match: InputMatch;
  /** The tensor that is taken for the logits; behind it stood a softmax, which is left out. */
  readonly logits: string;
  readonly softmaxLeftOut: boolean;
  /** The nodes that the logits are made of. */
  readonly nodes: Graph["nodes"];
  readonly parameters: ReadonlyMap<string, GraphParameter>;
  readonly layers: readonly NetLayer[];
  readonly lookUps: readonly { readonly name: string; readonly rows: number }[];
  /** Nodes that draw numbers in training, and how many for a batch. */
  readonly draws: readonly { readonly name: string; readonly shape: (batch: number) => Shape }[];
  /** The axis along which samples lie, by value. */
  readonly batchAxes: ReadonlyMap<string, number>;
  readonly planFor: (batch: number) => GraphPlan;
}

export interface GraphStudentOptions {
  /** Shape of one sample, channels last; absent: as the graph's input is. */
  readonly sample?: Shape | undefined;
  /** Absent: 0 is padding. */
  readonly tokens?: TokenMarks | undefined;
  /** How many outputs a new head gives; absent: the graph keeps its own. */
  readonly newHead?: number | undefined;
}

/** Follows the shapes of a graph for samples, and finds which of its constants are weights. */
export function graphStudent(
  file: Graph,
  { sample, newHead }: GraphStudentOptions = {},
): GraphStudent | { readonly obstacle: GraphObstacle } {
  const fed = graphInputs(file);
  if ("reason" in fed) return refusal(`${fed.reason}; export it with the samples as its only one`);
  const { sample: input, derived } = fed;
  const end = endOf(file);
  if (end === undefined) return refusal("it has no output");
  const { head } = end;
  if (newHead !== undefined && head === undefined) return refusal(noHead, "head-missing");
  const graph = newHead === undefined || head === undefined ? file : withNewHead(file, head, newHead);
  const nodes = nodesBehind(graph, end.name);
  const unknown = unknownOperator(nodes);
  if (unknown !== undefined) return { obstacle: unknown };
  const [fixed] = input.shape;
  if (typeof fixed === "number" && fixed > 1)
    return refusal(
      `its input "${input.name}" takes ${fixed} samples at once; export it for any number, or for 1`,
    );
  const match = matchOf(input, sample);
  if (match === undefined)
    return refusal(
      `its input "${input.name}" is [${input.shape.map((extent) => extent || "?").join(", ")}]${sample === undefined ? "" : `; the samples are [${sample.join(", ")}]`}`,
    );
  if (derived.length > 0 && match.shape.length !== 1)
    return refusal(
      `its input "${derived[0]?.port.name}" goes with texts; the samples are [${match.sample.join(", ")}]`,
    );
  const inputsOf = (batch: number) =>
    [input, ...derived.map(({ port }) => port)].map(({ name, dtype }) => ({
      name,
      operand: { shape: [batch, ...match.shape], dtype },
    }));
  const trial = trialPlan(graph, nodes, inputsOf(trialBatch));
  const isForOne = fixed === 1;
  if ("obstacle" in trial) return isForOne ? forMore(trial.obstacle) : trial;
  const { plan, batchAxes, forOne } = trial;
  const given = plan.values.get(end.name);
  if (given === undefined || batchAxes.get(end.name) !== 0) {
    const { obstacle } = refusal(`its output "${end.output}" does not have the samples along its first axis`);
    return isForOne ? forMore(obstacle) : { obstacle };
  }
  const parameters = parametersOf(graph, plan);
  if (parameters.has("__proto__")) return refusal('a weight is named "__proto__"');
  const plans = new Map<number, GraphPlan>();
  return {
    graph,
    inputShape: match.sample,
    outputShape: given.shape.slice(1),
    input,
    derived,
    match,
    logits: end.name,
    softmaxLeftOut: end.isSoftmax,
    nodes,
    parameters,
    layers: layersOf(plan, { batchAxes, parameters, input: input.name }),
    lookUps: lookUpsOf(plan, input.name),
    draws: plan.steps
      .filter(({ operator }) => operator.draws === true)
      .map(({ node, call }) => ({
        name: node.name,
        shape: (batch) => drawn((call.inputs[0] as Operand).shape, batch),
      })),
    batchAxes,
    planFor: (batch) => {
      const known = plans.get(batch);
      if (known) return known;
      const made = planGraph(graph, {
        nodes,
        inputs: inputsOf(batch),
        batchPlace: (node) => forOne.get(node),
      });
      if ("obstacle" in made) throw new Error(made.obstacle.message);
      plans.set(batch, made);
      return made;
    },
  };
}

/** As many numbers as a value has; one without the batch has the same in each step, whatever the batch is. */
function drawn(shape: Shape, batch: number): Shape {
  const perSample = sizeOf(shape) / trialBatch;
  return Number.isInteger(perSample) ? [batch, perSample] : [sizeOf(shape)];
}

const refusal = (
  message: string,
  code: GraphObstacle["code"] = "model-format",
): { readonly obstacle: GraphObstacle } => ({ obstacle: { code, message } });

interface GraphEnd {
  /** The output that is taken. */
  readonly output: string;
  /** The tensor with the logits. */
  readonly name: string;
  /** Behind it stands a softmax. */
  readonly isSoftmax: boolean;
  readonly head: GraphHead | undefined;
}

/** Where a graph gives its logits; undefined where it has no output. */
export function endOf(graph: Graph): GraphEnd | undefined {
  const { outputs } = graph;
  const output = outputs.find(({ dtype, shape }) => dtype === "float32" && shape.length !== 1) ?? outputs[0];
  if (output === undefined) return undefined;
  const end = withoutSoftmax(graph, output.name);
  return { ...end, output: output.name, head: graphHead(graph, end.name) };
}

/** Behind a softmax at the end, or what only gives it on, are the logits. */
function withoutSoftmax(
  { nodes }: Graph,
  output: string,
): { readonly name: string; readonly isSoftmax: boolean } {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let name = output;
  for (let steps = 0; steps < 4; steps++) {
    const maker = makers.get(name);
    if (maker?.operator === "Softmax") return { name: maker.inputs[0] ?? "", isSoftmax: true };
    if (maker?.operator !== "Identity") break;
    name = maker.inputs[0] ?? "";
  }
  return { name: output, isSoftmax: false };
}

/** How a sample goes in; its shape as the graph has it, without the batch, and as samples have it. */
function matchOf(
  { shape }: GraphPort,
  sample: Shape | undefined,
): (InputMatch & { readonly sample: Shape }) | undefined {
  const wanted = shape.slice(1);
  if (sample !== undefined) {
    const [match] = matchInputs(wanted, sample, "auto");
    return match && { ...match, sample };
  }
  if (!wanted.every((extent): extent is number => typeof extent === "number" && extent > 0)) return undefined;
  // Images of the graph are taken for channels first, unless their last axis is that of channels.
  const isLast =
    wanted.length === 3 &&
    [1, 3, 4].includes(wanted[2] as number) &&
    ![1, 3, 4].includes(wanted[0] as number);
  if (wanted.length !== 3 || isLast) return { layout: "nhwc", shape: wanted, sample: wanted };
  const [channels, height, width] = wanted as [number, number, number];
  return { layout: "nchw", shape: wanted, sample: [height, width, channels] };
}

/** Some exports for one sample cannot be turned into ones for more. */
const forMore = ({ code, message }: GraphObstacle): { readonly obstacle: GraphObstacle } => ({
  obstacle: {
    code,
    message: `${message}; it was exported for one sample: export it for any number, with dynamic_shapes or dynamic_axes of torch.onnx.export`,
  },
});

interface Trial {
  readonly plan: GraphPlan;
  /** The axis along which samples lie, by value. */
  readonly batchAxes: ReadonlyMap<string, number>;
  /** The same of the first inputs of nodes whose numbers are written for one sample. */
  readonly forOne: ReadonlyMap<GraphNode, BatchPlace>;
}

/** A plan for a batch of a rare size, which shows where the samples are. */
function trialPlan(
  graph: Graph,
  nodes: readonly GraphNode[],
  inputs: PlanOptions["inputs"],
): Trial | { readonly obstacle: GraphObstacle } {
  const ofInputs = <T>(value: (operand: Operand) => T) =>
    new Map(inputs.map(({ name, operand }) => [name, value(operand)]));
  const batchAxes = ofInputs(() => 0);
  /** Where the samples are not the outer part of their axis: as rows of all samples for each token. */
  const inners = new Map<string, number>();
  const extents = ofInputs(({ shape }) => shape[0] as number);
  /** Values of one step along the axis. */
  const behind = ofInputs(({ shape }) => sizeOf(shape.slice(1)));
  const forOne = new Map<GraphNode, BatchPlace>();
  const isBatch = (extent: number) => extent > 0 && extent % trialBatch === 0;
  const placeOf = (name: string): BatchPlace | undefined => {
    const axis = batchAxes.get(name);
    if (axis === undefined) return undefined;
    return { axis, inner: inners.get(name) ?? (extents.get(name) as number) / trialBatch };
  };
  const plan = planGraph(graph, {
    nodes,
    inputs,
    batchPlace: (node, inputs) => {
      const place = placeOf(node.inputs[0] ?? "");
      const isComputed = inputs.slice(1).some((operand) => Array.from(operand?.values ?? []).some(isBatch));
      if (place === undefined || isComputed) return undefined;
      forOne.set(node, place);
      return place;
    },
    onValue: (name, { shape }, node) => {
      const axis = shape.findIndex(isBatch);
      if (axis < 0) return;
      batchAxes.set(name, axis);
      extents.set(name, shape[axis] as number);
      behind.set(name, sizeOf(shape.slice(axis + 1)));
      const inner = innerOf(shape, axis, node);
      if (inner !== undefined) inners.set(name, inner);
    },
  });
  /** A reshape leaves the samples where they are in memory; what keeps an axis keeps what is in it. */
  function innerOf(shape: Shape, axis: number, node: GraphNode): number | undefined {
    const source = node.inputs.find((name) => batchAxes.has(name)) ?? "";
    const place = placeOf(source);
    if (place === undefined) return undefined;
    if (node.operator === "Reshape") {
      const inner = ((behind.get(source) as number) * place.inner) / sizeOf(shape.slice(axis + 1));
      return Number.isInteger(inner) ? inner : undefined;
    }
    return inners.has(source) && shape[axis] === extents.get(source) ? place.inner : undefined;
  }
  return "obstacle" in plan ? plan : { plan, batchAxes, forOne };
}

function layersOf(
  { steps }: GraphPlan,
  {
    batchAxes,
    parameters,
    input,
  }: {
    readonly batchAxes: ReadonlyMap<string, number>;
    readonly parameters: ReadonlyMap<string, GraphParameter>;
    readonly input: string;
  },
): readonly NetLayer[] {
  return steps.flatMap(({ node, outputs: [output] }): NetLayer[] => {
    const [name = ""] = node.outputs;
    if (output === undefined || output.dtype !== "float32" || batchAxes.get(name) !== 0) return [];
    const own = node.inputs.flatMap((input) => parameters.get(input) ?? []);
    const counted = (all: typeof own) => all.reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0);
    return [
      {
        name,
        type: node.operator,
        inputs: node.inputs
          .filter((name) => batchAxes.has(name))
          .map((name) => (name === input ? "input" : name)),
        outputShape: asSample(output.shape),
        parameterCount: counted(own),
        kernelCount: counted(own.filter(({ role }) => role === "kernel")),
      },
    ];
  });
}

/** Without the batch, images channels last. */
const asSample = ([, ...shape]: Shape): Shape => {
  const [channels, ...places] = shape;
  return shape.length === 3 ? [...places, channels as number] : shape;
};

function lookUpsOf(
  { steps, values }: GraphPlan,
  input: string,
): readonly { readonly name: string; readonly rows: number }[] {
  const raw = new Set([input]);
  return steps.flatMap(({ node }) => {
    if (/^(Cast|Identity)$/.test(node.operator) && raw.has(node.inputs[0] ?? ""))
      raw.add(node.outputs[0] ?? "");
    const isLookUp = node.operator === "Gather" && raw.has(node.inputs[1] ?? "");
    return isLookUp ? [{ name: node.name, rows: values.get(node.inputs[0] ?? "")?.shape[0] ?? 0 }] : [];
  });
}

/** Its weight as the trainer keeps it. */
export const parameterSpec = ({ tensor, role, kept }: GraphParameter): ParameterSpec => ({
  shape: kept ?? tensor.shape,
  role,
  initializer: tensor.initializer ?? "zeros",
});
