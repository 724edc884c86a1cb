import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph, GraphPort } from "../../../nets/graph.ts";
import { type DerivedInput, derivedInput, type TokenMarks } from "../../../nets/graphInputs.ts";
import type { GraphObstacle, GraphParameter, GraphPlan, Step } from "../../../nets/graphPlan.ts";
import { type GraphStudentOptions, graphStudent, parameterSpec } from "../../../nets/graphStudent.ts";
import type { InputMatch } from "../../../nets/onnxInput.ts";
import { inOrder, plainView } from "../../../nets/operators/align.ts";
import { kernelOrder } from "../../../nets/operators/linear.ts";
import {
  channelsLastOrder,
  type Forward,
  identityOrder,
  type Operand,
  type View,
} from "../../../nets/operators/operator.ts";
import { permuted } from "../../../nets/permuted.ts";
import { sizeOf } from "../../../sizeOf.ts";
import type { NamedData, RandomSpec, Tensors } from "../../program.ts";
import { initialValues } from "../initial.ts";
import {
  type GraphForm,
  isTraining,
  type Net,
  type NetMode,
  type NetOutputs,
  type Parameter,
} from "../net.ts";

export interface GraphNet {
  readonly net: Net<GraphForm>;
  /** A softmax stands at its end, which is left out. */
  readonly softmaxLeftOut: boolean;
}

/**
 * An ONNX graph as a net: nodes are functions of tfjs ops, so gradients and every lowering follow. Images stay channels last from
 * node to node, whatever order the graph writes them in; a node that needs its own order gets a transpose.
 */
export function graphNet(
  file: Graph,
  options: GraphStudentOptions = {},
): GraphNet | { readonly obstacle: GraphObstacle } {
  const student = graphStudent(file, options);
  if ("obstacle" in student) return student;
  const { graph, parameters, nodes, logits, layers, lookUps, inputShape, outputShape, draws, input } =
    student;
  const specs = Object.fromEntries(
    [...parameters].map(([name, parameter]): [string, Parameter] => [
      name,
      {
        ...parameterSpec(parameter),
        trainable: parameter.role !== "average",
        decays: parameter.role === "kernel",
      },
    ]),
  );
  return {
    softmaxLeftOut: student.softmaxLeftOut,
    net: {
      layers,
      form: { kind: "graph", graph, nodes, logits, parameters },
      lookUps,
      takesTokens: input.dtype === "int32",
      inputShape,
      outputShape,
      parameters: specs,
      parameterCount: Object.values(specs).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      initial: (seed) =>
        Object.fromEntries(
          [...parameters]
            .filter(([, { tensor }]) => tensor.initializer !== undefined)
            .map(([name]) => [name, initialValues(specs[name] as Parameter, seed, `weights.${name}`)]),
        ),
      randomInputs: (batch) =>
        Object.fromEntries(
          draws.map(({ name, shape }): [string, RandomSpec] => [
            name,
            {
              shape: shape(batch),
              dtype: "float32",
              random: { distribution: "uniform", use: `layer.${name}` },
            },
          ]),
        ),
      apply: (weights, x, mode) =>
        applyGraph(student.planFor(x.shape[0] as number), {
          ...student,
          weights,
          mode,
          x,
          tokens: options.tokens,
        }),
    },
  };
}

interface Application {
  readonly weights: Tensors;
  readonly parameters: ReadonlyMap<string, GraphParameter>;
  readonly match: InputMatch;
  readonly input: GraphPort;
  readonly derived: readonly DerivedInput[];
  readonly tokens: TokenMarks | undefined;
  readonly logits: string;
  readonly mode: NetMode;
  readonly x: Tensor;
  readonly batchAxes: ReadonlyMap<string, number>;
}

function applyGraph({ steps, values }: GraphPlan, application: Application): NetOutputs {
  const { weights, parameters, match, input, derived, tokens, logits, x, batchAxes } = application;
  const entered = entering(x, input, match);
  const views = new Map<string, View>([
    [input.name, entered],
    ...derived.map((one): [string, View] => [
      one.port.name,
      plainView(
        tf.tidy(`layer:${one.port.name}`, () =>
          derivedInput(tf, one, { tokens: entered.tensor, marks: tokens }),
        ),
      ),
    ]),
  ]);
  const taps: Record<string, Tensor> = {};
  const averages: Record<string, Tensor> = {};
  const viewOf = (name: string): View => {
    const known = views.get(name);
    if (known) return known;
    const parameter = parameters.get(name);
    const made = plainView(parameter ? weightOf(weights, name) : constant(values.get(name) as Operand));
    return made;
  };
  for (const step of steps) {
    const { node, outputs } = step;
    const results = computed(step, { viewOf, application });
    for (const [i, view] of results.views.entries()) {
      const name = node.outputs[i];
      if (name !== undefined && name !== "") views.set(name, view);
    }
    for (const [i, average] of Object.entries(results.averages))
      averages[node.inputs[Number(i)] as string] = average;
    const [name = ""] = node.outputs;
    const [view] = results.views;
    if (view && outputs[0]?.dtype === "float32" && batchAxes.get(name) === 0)
      taps[name] = inOrder(
        tf,
        view,
        view.order.length === 4 ? channelsLastOrder(4) : identityOrder(view.order.length),
      );
  }
  const end = viewOf(logits);
  return { logits: inOrder(tf, end, identityOrder(end.order.length)), taps, averages };
}

interface Computed {
  readonly views: readonly View[];
  readonly averages: Readonly<Record<string, Tensor>>;
}

/** A node in a scope of its own, which gives out the tensors alone: how they lie is beside them. */
function computed(step: Step, context: Parameters<typeof forward>[1]): Computed {
  let orders: (readonly number[])[] = [];
  const { tensors, averages } = tf.tidy(`layer:${step.node.name}`, () => {
    const { views, averages } = forward(step, context);
    orders = views.map(({ order }) => order);
    return { tensors: views.map(({ tensor }) => tensor), averages: { ...averages } };
  });
  return { views: tensors.map((tensor, i) => ({ tensor, order: orders[i] as readonly number[] })), averages };
}

/** The samples as the graph's input. */
function entering(x: Tensor, { dtype }: GraphPort, { layout, shape }: InputMatch): View {
  const typed = dtype === "int32" ? tf.cast(x, "int32") : x;
  const isImage = x.rank === 4 && layout === "nchw";
  if (isImage && shape.length === 3) return { tensor: typed, order: channelsLastOrder(4) };
  const turned = isImage ? tf.transpose(typed, [0, 3, 1, 2]) : typed;
  return plainView(tf.reshape(turned, [x.shape[0] as number, ...shape]));
}

const constant = ({ values = [], shape, dtype }: Operand): Tensor =>
  tf.tensor(
    dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values, clamped),
    [...shape],
    dtype,
  );

/** Ends of slices and fillers may be beyond 32 bits. */
const clamped = (value: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));

function forward(
  { node, operator, call, outputs }: Step,
  {
    viewOf,
    application: { mode, parameters, weights },
  }: { readonly viewOf: (name: string) => View; readonly application: Application },
): Computed {
  const named = (i: number) => node.inputs[i] ?? "";
  const view = (i: number): View => viewOf(named(i));
  const random = mode.training ? mode.random[node.name] : undefined;
  const context: Forward = {
    ...call,
    tf,
    view,
    plain: (i) => inOrder(tf, view(i), identityOrder(view(i).order.length)),
    channelsLast: (i) => inOrder(tf, view(i), channelsLastOrder(view(i).order.length)),
    kernel: (i) => {
      const parameter = parameters.get(named(i));
      if (parameter?.kept !== undefined) return weightOf(weights, named(i));
      return asKernel(inOrder(tf, view(i), identityOrder(view(i).order.length)));
    },
    outputs,
    training: isTraining(mode, node.inputs),
    random,
  };
  const result = operator.forward(context);
  if ("averages" in result) return { views: [asView(result.output)], averages: result.averages };
  return { views: (Array.isArray(result) ? result : [result]).map(asView), averages: {} };
}

const asView = (result: Tensor | View): View => ("order" in result ? result : plainView(result));

/** A kernel that is computed, or shared with what is no convolution. */
const asKernel = (kernel: Tensor): Tensor => tf.transpose(kernel, [...kernelOrder(kernel.rank)]);

function weightOf(weights: Tensors, name: string): Tensor {
  const weight = weights[name];
  if (!weight) throw new Error(`the weight ${name} is missing`);
  return weight;
}

/** Weights of a file in the order in which they are kept; without those that are drawn. */
export const keptWeights = (
  read: Readonly<Record<string, Float32Array>>,
  parameters: ReadonlyMap<string, GraphParameter>,
): Record<string, Float32Array> =>
  Object.fromEntries(
    [...parameters].flatMap(([name, { tensor, kept }]) => {
      const values = read[name];
      if (values === undefined) return [];
      return [
        [
          name,
          kept === undefined ? values : permuted(values, tensor.shape, kernelOrder(tensor.shape.length)),
        ],
      ];
    }),
  );

/** Weights as they are kept, in the order of the file. */
export const fileWeights = (
  weights: NamedData,
  parameters: ReadonlyMap<string, GraphParameter>,
): Record<string, Float32Array> =>
  Object.fromEntries(
    [...parameters].map(([name, { tensor, kept }]) => {
      const values = weights[name];
      if (!(values instanceof Float32Array)) throw new Error(`the weight ${name} is missing`);
      if (kept === undefined) return [name, values];
      const order = kernelOrder(tensor.shape.length);
      const back = order.map((_, axis) => order.indexOf(axis));
      return [
        name,
        permuted(
          values,
          order.map((axis) => tensor.shape[axis] as number),
          back,
        ),
      ];
    }),
  );
