import { sizeOf } from "../sizeOf.ts";
import type { ParameterSpec, Shape } from "./layers/layer.ts";
import { permuted } from "./permuted.ts";
import { inputName, type PlannedLayer } from "./shapes.ts";

/** Tensors of a file that a weight is made of, and how. */
export interface WeightSource {
  readonly tensors: readonly SourceTensor[];
  /** @param given the values of each tensor, in the order of its file */
  readonly values: (given: readonly Float32Array[]) => Float32Array;
}

interface SourceTensor {
  /** What it may be called below the module's name; "" where it has that name itself. */
  readonly names: readonly string[];
  readonly shape: Shape;
}

/** One way in which a file may keep the weights of a layer. */
export interface WeightForm {
  readonly sources: Readonly<Record<string, WeightSource>>;
  /** Other tensors of such a module, which the layer does not use. */
  readonly spare?: readonly string[];
}

/** A tensor in our order of axes: with PyTorch's shape, and where each of our axes stands there. */
interface Arranged {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

/**
 * The ways in which a file may keep the weights of a layer: under the names and with the axes that they have here, and as PyTorch's
 * module of that kind keeps them, of which attention has several.
 * @param layers those before it, by name
 */
export function weightForms(
  layer: PlannedLayer,
  layers: ReadonlyMap<string, PlannedLayer>,
): readonly WeightForm[] {
  const { parameters, type } = layer;
  const own: WeightForm = {
    sources: Object.fromEntries(
      Object.entries(parameters).map(([name, { shape }]) => [name, asItIs([name], shape)]),
    ),
  };
  const make = torchForms[type];
  return make === undefined ? [own] : [own, ...make(layer, flattenedBefore(layer, layers))];
}

/** @param flat the axes of an image or a sequence, channels last, that were made one before the layer */
type TorchForms = (layer: PlannedLayer, flat: Shape | undefined) => readonly WeightForm[];

const shapeOf = ({ parameters }: PlannedLayer, name: string): Shape =>
  (parameters[name] as ParameterSpec).shape;

const asItIs = (names: readonly string[], shape: Shape): WeightSource => ({
  tensors: [{ names, shape }],
  values: ([values]) => values as Float32Array,
});

const arranged = (names: readonly string[], shape: Shape, { shape: as, axes }: Arranged): WeightSource => ({
  tensors: [{ names, shape }],
  values: ([values]) => permuted(values as Float32Array, as, axes),
});

/** `[in, out]` of `[out, in]`. */
const turned = (names: readonly string[], [rows, columns]: Shape): WeightSource => {
  const shape = [columns as number, rows as number];
  return arranged(names, shape, { shape, axes: [1, 0] });
};

/** Of a convolution whose window has so many axes: our axes at the places that they have in PyTorch. */
const window =
  (extent: (ours: Shape) => Shape, axes: readonly number[]) =>
  (layer: PlannedLayer): readonly WeightForm[] => {
    const shape = extent(shapeOf(layer, "kernel"));
    return [{ sources: { kernel: arranged(["weight"], shape, { shape, axes }), ...biasOf(layer) } }];
  };

const biasOf = (layer: PlannedLayer, names = ["bias"]): Record<string, WeightSource> =>
  layer.parameters["bias"] ? { bias: asItIs(names, shapeOf(layer, "bias")) } : {};

/** [out, in, …window] */
const convolution = (ours: Shape): Shape => [
  ours.at(-1) as number,
  ours.at(-2) as number,
  ...ours.slice(0, -2),
];

/** A weight for each value of an axis that was made of several: there channels came first. */
const vector = (name: string, length: Shape, flat: Shape | undefined): WeightSource =>
  flat === undefined ? asItIs([name], length) : arranged([name], length, channelsFirst(flat));

/** Axes of an image or a sequence, channels first, and where channels-last ones stand in them; `behind` follows both. */
function channelsFirst(flat: Shape, behind: Shape = []): Arranged {
  const [channels, ...places] = [flat.at(-1) as number, ...flat.slice(0, -1)];
  return {
    shape: [channels, ...places, ...behind],
    axes: [...places.map((_, i) => i + 1), 0, ...behind.map((_, i) => flat.length + i)],
  };
}

const norm =
  (names: Readonly<Record<string, string>>): TorchForms =>
  ({ parameters }, flat) => [
    {
      sources: Object.fromEntries(
        Object.entries(parameters).map(([name, { shape }]) => [
          name,
          vector(names[name] as string, shape, flat),
        ]),
      ),
    },
  ];

const torchForms: Readonly<Record<string, TorchForms>> = {
  dense: (layer, flat) => {
    const [width, units] = shapeOf(layer, "kernel") as readonly [number, number];
    const { shape, axes } = channelsFirst(flat ?? [width]);
    const kernel = arranged(["weight"], [units, width], {
      shape: [units, ...shape],
      axes: [...axes.map((axis) => axis + 1), 0],
    });
    return [{ sources: { kernel, ...biasOf(layer) } }];
  },
  conv1d: window(convolution, [2, 1, 0]),
  conv2d: window(convolution, [2, 3, 1, 0]),
  // [in, out, height, width] there, [height, width, out, in] here.
  conv2dTranspose: window(convolution, [2, 3, 1, 0]),
  depthwiseConv2d: (layer) => [{ sources: { ...depthwise(layer, "weight"), ...biasOf(layer) } }],
  separableConv2d: (layer) => {
    const shape = convolution(shapeOf(layer, "pointwiseKernel"));
    const pointwiseKernel = arranged(["pointwise.weight"], shape, { shape, axes: [2, 3, 1, 0] });
    return [
      {
        sources: {
          ...depthwise(layer, "depthwise.weight"),
          pointwiseKernel,
          ...biasOf(layer, ["pointwise.bias"]),
        },
      },
    ];
  },
  batchNormalization: norm({
    gamma: "weight",
    beta: "bias",
    movingMean: "running_mean",
    movingVariance: "running_var",
  }),
  layerNormalization: norm({ gamma: "weight", beta: "bias" }),
  prelu: (layer) => {
    const shape = shapeOf(layer, "alpha");
    // PyTorch has one factor, or one a channel.
    return sizeOf(shape) === shape.at(-1)
      ? [{ sources: { alpha: asItIs(["weight"], [shape.at(-1) as number]) } }]
      : [];
  },
  embedding: (layer) => [{ sources: { embeddings: asItIs(["weight"], shapeOf(layer, "embeddings")) } }],
  positionEmbedding: (layer) => {
    const shape = shapeOf(layer, "embeddings");
    return [shape, [1, ...shape]].map((shape) => ({
      sources: { embeddings: asItIs(["weight", ""], shape) },
    }));
  },
  multiHeadAttention: attention,
  lstm: (layer) => recurrent(layer, [0, 1, 2, 3]),
  // Reset, update, new there; update, reset, new here.
  gru: (layer) => recurrent(layer, [1, 0, 2]),
};

/** [in · multiplier, 1, height, width] there, [height, width, in, multiplier] here. */
function depthwise(layer: PlannedLayer, name: string): Record<string, WeightSource> {
  const [height, width, channels, multiplier] = shapeOf(layer, "depthwiseKernel") as [
    number,
    number,
    number,
    number,
  ];
  const shape = [channels, multiplier, height, width];
  const depthwiseKernel = arranged([name], [channels * multiplier, 1, height, width], {
    shape,
    axes: [2, 3, 0, 1],
  });
  return { depthwiseKernel };
}

/**
 * Projections in one tensor, as `nn.MultiheadAttention` (and timm's `qkv`) has them, or each for itself, as transformers has. The
 * keys' bias is left out: it changes no share.
 */
function attention(layer: PlannedLayer): readonly WeightForm[] {
  const [features, width] = shapeOf(layer, "queryKernel") as readonly [number, number];
  const has = (name: string) => layer.parameters[name] !== undefined;
  const packed = (weight: string, bias: string, output: string): WeightForm => {
    const part = (name: string, columns: number, which: number): WeightSource => ({
      tensors: [{ names: [name], shape: columns === 0 ? [3 * width] : [3 * width, columns] }],
      values: ([all]) => {
        const length = width * Math.max(1, columns);
        const own = (all as Float32Array).slice(which * length, (which + 1) * length);
        return columns === 0 ? own : permuted(own, [width, columns], [1, 0]);
      },
    });
    return {
      sources: {
        queryKernel: part(weight, features, 0),
        keyKernel: part(weight, features, 1),
        valueKernel: part(weight, features, 2),
        ...(has("queryBias") ? { queryBias: part(bias, 0, 0), valueBias: part(bias, 0, 2) } : {}),
        ...outputOf([output]),
      },
    };
  };
  const outputOf = (names: readonly string[]) => ({
    outputKernel: turned(
      names.map((name) => `${name}.weight`),
      [width, features],
    ),
    ...(has("outputBias")
      ? {
          outputBias: asItIs(
            names.map((name) => `${name}.bias`),
            [features],
          ),
        }
      : {}),
  });
  const named = (part: string) => [`${part}_proj`, part, `${part[0]}_proj`, `to_${part[0]}`];
  const weights = (part: string) => named(part).map((name) => `${name}.weight`);
  const biases = (part: string) => named(part).map((name) => `${name}.bias`);
  return [
    packed("in_proj_weight", "in_proj_bias", "out_proj"),
    packed("qkv.weight", "qkv.bias", "proj"),
    {
      sources: {
        queryKernel: turned(weights("query"), [features, width]),
        keyKernel: turned(weights("key"), [features, width]),
        valueKernel: turned(weights("value"), [features, width]),
        ...(has("queryBias")
          ? { queryBias: asItIs(biases("query"), [width]), valueBias: asItIs(biases("value"), [width]) }
          : {}),
        ...outputOf(["out_proj", "output", "output.dense", "proj", "out", "o_proj"]),
      },
      spare: biases("key"),
    },
  ];
}

/** @param order where the gates of ours stand in PyTorch's */
function recurrent(layer: PlannedLayer, order: readonly number[]): readonly WeightForm[] {
  const [units, width] = shapeOf(layer, "recurrentKernel") as readonly [number, number];
  const [features] = shapeOf(layer, "kernel") as readonly [number, number];
  const ordered = (rows: Float32Array) => {
    const length = rows.length / order.length;
    const result = new Float32Array(rows.length);
    for (const [i, gate] of order.entries())
      result.set(rows.subarray(gate * length, (gate + 1) * length), i * length);
    return result;
  };
  // "l0" is the first of several layers in one module, whose later ones are modules of their own here.
  const named = (name: string) => [name, `${name}_l0`];
  const kernel = (name: string, columns: number): WeightSource => ({
    tensors: [{ names: named(name), shape: [width, columns] }],
    values: ([rows]) => permuted(ordered(rows as Float32Array), [order.length * units, columns], [1, 0]),
  });
  const bias: WeightSource = {
    tensors: ["bias_ih", "bias_hh"].map((name) => ({ names: named(name), shape: [width] })),
    values: (both) => {
      const [entering, state] = both.map(ordered) as [Float32Array, Float32Array];
      // The GRU has one for each; in an LSTM they are added up.
      return layer.parameters["bias"]?.shape.length === 2
        ? Float32Array.of(...entering, ...state)
        : entering.map((value, i) => value + (state[i] as number));
    },
  };
  return [
    {
      sources: {
        kernel: kernel("weight_ih", features),
        recurrentKernel: kernel("weight_hh", units),
        ...(layer.parameters["bias"] ? { bias } : {}),
      },
    },
  ];
}

/** Layers that give a flat value on with its numbers in their places. */
const inPlace = new Set([
  "activation",
  "alphaDropout",
  "batchNormalization",
  "dropout",
  "elu",
  "gaussianDropout",
  "gaussianNoise",
  "layerNormalization",
  "leakyReLU",
  "prelu",
  "reLU",
  "rescaling",
  "thresholdedReLU",
]);

/** Those behind which PyTorch has a sequence's channels first. */
const overSequence = new Set(["conv1d", "maxPooling1d", "averagePooling1d"]);

/**
 * Of a layer that reads what a flatten gives: the shape before it, channels last, where PyTorch has its channels first, so that its
 * flatten gives another order.
 */
function flattenedBefore(layer: PlannedLayer, layers: ReadonlyMap<string, PlannedLayer>): Shape | undefined {
  if (layer.inputShapes[0]?.length !== 1) return undefined;
  const flatten = above(layer, layers);
  if (flatten === undefined || !/^(flatten|reshape)$/.test(flatten.type)) return undefined;
  const shape = flatten.inputShapes[0] as Shape;
  const source = above(flatten, layers);
  if (source?.type === "permute" || shape.length < 2 || shape.length > 3) return undefined;
  return shape.length === 3 || overSequence.has(source?.type ?? inputName) ? shape : undefined;
}

/** The layer above, past those that leave each number where it is. */
function above(
  { inputs: [name = ""] }: PlannedLayer,
  layers: ReadonlyMap<string, PlannedLayer>,
): PlannedLayer | undefined {
  let layer = layers.get(name);
  while (layer !== undefined && inPlace.has(layer.type)) layer = layers.get(layer.inputs[0] ?? "");
  return layer;
}
