import { type LayerTypeName, layerTypes } from "../layerTypes.ts";
import type { LayerSpec } from "../shapes.ts";

/** Keras's class names of the layers that a net can have. */
export const classNames: Readonly<Record<LayerTypeName, string>> = {
  dense: "Dense",
  conv1d: "Conv1D",
  conv2d: "Conv2D",
  conv2dTranspose: "Conv2DTranspose",
  depthwiseConv2d: "DepthwiseConv2D",
  separableConv2d: "SeparableConv2D",
  maxPooling1d: "MaxPooling1D",
  averagePooling1d: "AveragePooling1D",
  globalMaxPooling1d: "GlobalMaxPooling1D",
  globalAveragePooling1d: "GlobalAveragePooling1D",
  maxPooling2d: "MaxPooling2D",
  averagePooling2d: "AveragePooling2D",
  globalMaxPooling2d: "GlobalMaxPooling2D",
  globalAveragePooling2d: "GlobalAveragePooling2D",
  batchNormalization: "BatchNormalization",
  layerNormalization: "LayerNormalization",
  activation: "Activation",
  reLU: "ReLU",
  leakyReLU: "LeakyReLU",
  elu: "ELU",
  prelu: "PReLU",
  thresholdedReLU: "ThresholdedReLU",
  softmax: "Softmax",
  dropout: "Dropout",
  spatialDropout1d: "SpatialDropout1D",
  gaussianNoise: "GaussianNoise",
  gaussianDropout: "GaussianDropout",
  alphaDropout: "AlphaDropout",
  flatten: "Flatten",
  reshape: "Reshape",
  permute: "Permute",
  repeatVector: "RepeatVector",
  embedding: "Embedding",
  positionEmbedding: "PositionEmbedding",
  multiHeadAttention: "MultiHeadAttention",
  zeroPadding2d: "ZeroPadding2D",
  cropping2D: "Cropping2D",
  upSampling2d: "UpSampling2D",
  rescaling: "Rescaling",
  add: "Add",
  average: "Average",
  multiply: "Multiply",
  maximum: "Maximum",
  minimum: "Minimum",
  concatenate: "Concatenate",
  dot: "Dot",
};

/** Layers of Keras or KerasHub that TensorFlow.js does not have: a model with them is read here alone. */
export const unknownToTfjs: ReadonlySet<LayerTypeName> = new Set(["positionEmbedding", "multiHeadAttention"]);

const typesByClass = new Map(Object.entries(classNames).map(([type, name]) => [name, type as LayerTypeName]));

/** Other spellings that Keras's versions have had. */
const sameClass = new Map([["BatchNormalizationV1", "BatchNormalization"]]);
const sameKey: Readonly<Record<string, string>> = { LeakyReLU_negativeSlope: "alpha" };
const sameActivation = new Map([["silu", "swish"]]);

type Config = Readonly<Record<string, unknown>>;

/** Options that change what a layer computes and that no layer here has, with the values at which they change nothing. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  dataFormat: ["channelsLast", "channels_last", null],
  groups: [1],
  dilationRate: [1],
  negativeSlope: [0],
  threshold: [0],
  maskZero: [false],
  noiseShape: [null],
  outputPadding: [null],
};

/** A layer of ours for one of Keras's, or why there is none. `config` has Keras's snake_case keys. */
export function fromKeras(
  className: string,
  config: Config,
): Omit<LayerSpec, "name" | "inputs"> | { readonly reason: string } {
  const name = sameClass.get(className) ?? className;
  const type = typesByClass.get(name);
  if (!type) return { reason: `layers of class ${className} are not supported` };
  const known = layerTypes[type].arguments;
  const spec: Record<string, unknown> = {};
  for (const [snake, value] of Object.entries(config)) {
    const camel = camelCase(snake);
    const key = sameKey[`${name}_${camel}`] ?? camel;
    if (Object.hasOwn(known, key)) {
      // Initial values do not matter, since the weights come along.
      if (!key.endsWith("Initializer") && value !== null) spec[key] = argumentValue(key, value);
    } else if (
      Object.hasOwn(neutral, key) &&
      !neutral[key]?.some((allowed) => (Array.isArray(value) ? value : [value]).every((v) => v === allowed))
    ) {
      return { reason: `a ${className} layer with ${snake} ${JSON.stringify(value)} is not supported` };
    }
  }
  return { type, ...spec };
}

/** Keras's class and config of one of our layers; `name` is left to the caller. */
export const toKeras = (
  type: LayerTypeName,
  args: Config,
): { className: string; config: Record<string, unknown> } => ({
  className: classNames[type],
  config: Object.fromEntries(
    Object.entries(args)
      .filter(([key, value]) => !key.endsWith("Initializer") && value !== null)
      .map(([key, value]) => [snakeCase(key), key === "activation" ? snakeCase(String(value)) : value]),
  ),
});

function argumentValue(key: string, value: unknown): unknown {
  if (key === "activation") return activationName(value);
  // Norms write their one axis as a list in some versions.
  if (key === "axis" && Array.isArray(value) && value.length === 1) return value[0];
  return value;
}

function activationName(value: unknown): unknown {
  const named =
    typeof value === "object" && value !== null && "class_name" in value ? value.class_name : value;
  if (typeof named !== "string") return named;
  const name = camelCase(named);
  const lower = name.charAt(0).toLowerCase() + name.slice(1);
  return sameActivation.get(lower) ?? lower;
}

export const camelCase = (snake: string): string =>
  snake.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const snakeCase = (camel: string): string =>
  camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
