import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { firstEmbeddings, takesTokens } from "../../nets/firstEmbeddings.ts";
import type { Graph, GraphNode } from "../../nets/graph.ts";
import type { GraphParameter } from "../../nets/graphPlan.ts";
import type { ParameterSpec, Shape } from "../../nets/layers/layer.ts";
import { findLayerType } from "../../nets/layerTypes.ts";
import type { NetLayer } from "../../nets/netLayer.ts";
import {
  inputName,
  type LayerProblem,
  type LayerSpec,
  layerShapes,
  type PlannedLayer,
  tapsBeside,
} from "../../nets/shapes.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { RandomSpec, Tensors } from "../program.ts";
import { initialWeights } from "./initial.ts";

/** A weight tensor of a net, named LAYER.WEIGHT as in `fc1.kernel`. */
export interface Parameter extends ParameterSpec {
  readonly trainable: boolean;
  /** Biases, norm parameters and slopes are spared unless the optimizer is told otherwise. */
  readonly decays: boolean;
}

export interface NetOutputs {
  /** [batch, classes] */
  readonly logits: Tensor;
  /** Every layer's output by its name, for losses on features. */
  readonly taps: Tensors;
  /** New values of parameters that training updates without gradients: batch norm's averages. */
  readonly averages: Tensors;
}

/** What a net is made of, and so what it is saved as. */
type NetForm = LayersForm | GraphForm | OwnForm;

interface LayersForm {
  readonly kind: "layers";
  readonly layers: readonly PlannedLayer[];
}

/** A graph of an ONNX model. */
export interface GraphForm {
  readonly kind: "graph";
  readonly graph: Graph;
  /** The nodes that the logits are made of. */
  readonly nodes: readonly GraphNode[];
  readonly logits: string;
  readonly parameters: ReadonlyMap<string, GraphParameter>;
}

/** A person's own module. */
export interface OwnForm {
  readonly kind: "own";
  readonly version: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

export type LayeredNet = Net<LayersForm>;

/** What tells two nets apart whose weights are the same. */
export function structureOf({ form }: Net): unknown {
  switch (form.kind) {
    case "layers":
      return form.layers;
    case "graph":
      return form.nodes;
    case "own":
      return form;
  }
}

/** Whether a person's own modules compute a part of it: they are not there where it is read again. */
export const isOwn = ({ form }: Net): boolean =>
  form.kind === "own" || (form.kind === "layers" && form.layers.some(({ own }) => own !== undefined));

/** A net as a pure function of its weights. It owns no tensor and no data. */
export interface Net<Form extends NetForm = NetForm> {
  readonly layers: readonly NetLayer[];
  readonly form: Form;
  /** The embeddings that look up the samples' own values, and how many rows each has. */
  readonly lookUps: readonly { readonly name: string; readonly rows: number }[];
  /** Every number that enters is looked up, so that it may be fed whole ones. */
  readonly takesTokens: boolean;
  /** Of one sample. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly parameterCount: number;
  /** Initial weights; the same for the same seed on every machine. */
  readonly initial: (seed: number) => Record<string, Float32Array>;
  /** Random inputs of a training step, by layer name. */
  readonly randomInputs: (batch: number) => Record<string, RandomSpec>;
  /**
   * @param weights every one of `parameters` @param x [batch, ...inputShape]
   * Each layer runs in a tidy scope named `layer:NAME`, which a trace can quote.
   */
  readonly apply: (weights: Tensors, x: Tensor, mode: NetMode) => NetOutputs;
}

export type NetMode =
  | { readonly training: false }
  | {
      readonly training: true;
      readonly random: Tensors;
      /** Averages that do not move: a norm with such computes as it does outside of training. */
      readonly frozenAverages?: ReadonlySet<string>;
    };

/** Whether a part of a net with these weights trains: a norm whose averages are frozen does not. */
export const isTraining = (mode: NetMode, weights: readonly string[]): boolean =>
  mode.training && !weights.some((name) => mode.frozenAverages?.has(name));

/** Builds a net from its layers, or says what is wrong with them. */
export function buildNet(
  specs: readonly LayerSpec[],
  inputShape: Shape,
): LayeredNet | { readonly problems: readonly LayerProblem[] } {
  const plan = layerShapes(specs, inputShape);
  const { problems, outputShape, parameterCount } = plan;
  if (problems.length > 0 || !outputShape) return { problems };
  const layers = plan.layers as readonly PlannedLayer[];
  const parameters = Object.fromEntries(
    layers.flatMap((layer) =>
      Object.entries(layer.parameters).map(([name, spec]) => [
        `${layer.name}.${name}`,
        { ...spec, trainable: spec.role !== "average", decays: spec.role === "kernel" },
      ]),
    ),
  );
  return {
    layers: layers.flatMap((layer): NetLayer[] => [
      { ...layer, kernelCount: kernelCount(layer) },
      ...tapsBeside(layer).map(({ name, shape }) => ({
        ...{ name, type: layer.type, inputs: [layer.name], outputShape: shape },
        ...{ parameterCount: 0, kernelCount: 0 },
      })),
    ]),
    form: { kind: "layers", layers },
    lookUps: firstEmbeddings(layers),
    takesTokens: takesTokens(layers),
    inputShape,
    outputShape,
    parameters,
    parameterCount,
    initial: (seed) => initialWeights(parameters, seed),
    randomInputs: (batch) =>
      Object.fromEntries(
        layers.flatMap(({ name, random }) =>
          random
            ? [
                [
                  name,
                  {
                    shape: [batch, ...random.shape],
                    dtype: "float32",
                    random: { distribution: random.distribution, use: `layer.${name}` },
                  },
                ],
              ]
            : [],
        ),
      ),
    apply: (weights, x, mode) => applyLayers(layers, weights, x, mode),
  };
}

const kernelCount = ({ parameters }: PlannedLayer): number =>
  Object.values(parameters).reduce(
    (sum, { role, shape }) => sum + (role === "kernel" ? sizeOf(shape) : 0),
    0,
  );

function applyLayers(
  layers: readonly PlannedLayer[],
  weights: Tensors,
  x: Tensor,
  mode: NetMode,
): NetOutputs {
  const taps: Record<string, Tensor> = {};
  const averages: Record<string, Tensor> = {};
  const masks: Record<string, Tensor> = {};
  let output = x;
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => (name === inputName ? x : (taps[name] as Tensor)));
    const mask = layer.inputs.map((name) => masks[name]).find((one) => one !== undefined);
    const result = tf.tidy(`layer:${layer.name}`, () => applyLayer(layer, { inputs, mask }, weights, mode));
    output = result.output;
    taps[layer.name] = output;
    for (const [name, tensor] of Object.entries(result.taps)) taps[`${layer.name}.${name}`] = tensor;
    if (result.mask) masks[layer.name] = result.mask;
    for (const [name, value] of Object.entries(result.averages)) averages[`${layer.name}.${name}`] = value;
  }
  return { logits: output, taps, averages };
}

interface LayerInputs {
  readonly inputs: readonly Tensor[];
  /** Which places of them are no padding, [batch, places]. */
  readonly mask: Tensor | undefined;
}

function applyLayer(
  layer: PlannedLayer,
  { inputs, mask }: LayerInputs,
  weights: Tensors,
  mode: NetMode,
): {
  readonly output: Tensor;
  readonly averages: Tensors;
  readonly taps: Tensors;
  readonly mask?: Tensor | undefined;
} {
  const own = Object.fromEntries(
    Object.keys(layer.parameters).map((name) => [name, weightOf(weights, `${layer.name}.${name}`)]),
  );
  const random = mode.training ? mode.random[layer.name] : undefined;
  if (mode.training && layer.random && !random) throw new Error(`${layer.name}: no random numbers were fed`);
  const { forward, mask: masking } = findLayerType(layer.type) ?? notLoaded(layer.type);
  const x = inputs[0] as Tensor;
  const result = forward(
    {
      tf,
      x,
      inputs,
      weights: own,
      training: isTraining(
        mode,
        Object.keys(layer.parameters).map((name) => `${layer.name}.${name}`),
      ),
      outputShape: [inputs[0]?.shape[0] as number, ...layer.outputShape],
      ...(random ? { random } : {}),
      ...(mask ? { mask } : {}),
    },
    layer.arguments,
  );
  const {
    output,
    averages,
    taps = {},
  } = "averages" in result ? result : { output: result, averages: {}, taps: {} };
  const isOfSamePlaces = output.rank > 2 && output.shape[1] === mask?.shape[1];
  const next =
    typeof masking === "function"
      ? masking({ tf, x }, layer.arguments)
      : masking === "passes" && isOfSamePlaces
        ? mask
        : undefined;
  return { output, averages, taps, mask: next };
}

function notLoaded(type: string): never {
  throw new Error(`The layer ${type} has not been loaded`);
}

function weightOf(weights: Tensors, name: string): Tensor {
  const weight = weights[name];
  if (!weight) throw new Error(`the weight ${name} is missing`);
  return weight;
}
