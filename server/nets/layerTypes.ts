import type { Entry, Kind } from "../parameters/kind.ts";
import { optional } from "../parameters/parameter.ts";
import { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from "./layers/activation.ts";
import { multiHeadAttention, positionEmbedding } from "./layers/attention.ts";
import { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from "./layers/convolution.ts";
import { dense } from "./layers/dense.ts";
import { embedding } from "./layers/embedding.ts";
import { type LayerType, layerInputs, layerName } from "./layers/layer.ts";
import { add, average, concatenate, dot, maximum, minimum, multiply } from "./layers/merge.ts";
import { alphaDropout, dropout, gaussianDropout, gaussianNoise, spatialDropout1d } from "./layers/noise.ts";
import { batchNormalization, layerNormalization } from "./layers/normalization.ts";
import { type OwnLayerType, ownLayer } from "./layers/ownLayers.ts";
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
} from "./layers/pooling.ts";
import { gru, lstm } from "./layers/recurrent.ts";
import {
  cropping2D,
  flatten,
  permute,
  repeatVector,
  rescaling,
  reshape,
  upSampling2d,
  zeroPadding2d,
} from "./layers/reshape.ts";

/**
 * Every layer that a net can have, under the name that the experiment file gives it: tf.layers' factory names with
 * Keras's arguments. A row is all of a layer: schema, reference, completion, shapes, model.json and what is computed
 * come from what it declares.
 */
export const layerTypes = {
  dense,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  separableConv2d,
  maxPooling1d,
  averagePooling1d,
  globalMaxPooling1d,
  globalAveragePooling1d,
  maxPooling2d,
  averagePooling2d,
  globalMaxPooling2d,
  globalAveragePooling2d,
  batchNormalization,
  layerNormalization,
  activation,
  reLU,
  leakyReLU,
  elu,
  prelu,
  thresholdedReLU,
  softmax,
  dropout,
  spatialDropout1d,
  gaussianNoise,
  gaussianDropout,
  alphaDropout,
  flatten,
  reshape,
  permute,
  repeatVector,
  embedding,
  positionEmbedding,
  multiHeadAttention,
  lstm,
  gru,
  zeroPadding2d,
  cropping2D,
  upSampling2d,
  rescaling,
  add,
  average,
  multiply,
  maximum,
  minimum,
  concatenate,
  dot,
} as const;

export type LayerTypeName = keyof typeof layerTypes;

const isLayerType = (type: string): type is LayerTypeName => Object.hasOwn(layerTypes, type);

/** A row, whatever its arguments are. */
export const layerType = (type: LayerTypeName): LayerType => layerTypes[type] as unknown as LayerType;

/** Finds what a layer of the file is; undefined where there is none of that type. */
export type FindLayerType = (type: string) => OwnLayerType | undefined;

/** A row, or a layer of a person's own that was loaded. */
export const findLayerType: FindLayerType = (type) => (isLayerType(type) ? layerType(type) : ownLayer(type));

/** A layer in the experiment file. */
export const layerEntry = ({ description, inputs, arguments: own }: OwnLayerType): Entry => ({
  description,
  parameters: {
    name: optional(layerName),
    inputs: inputs === "many" ? layerInputs : optional(layerInputs),
    ...own,
  },
});

/** Layers as the experiment file knows them. */
export const layerKind: Kind = {
  name: "Layer",
  entries: Object.fromEntries(
    (Object.keys(layerTypes) as LayerTypeName[]).map((type) => [type, layerEntry(layerType(type))]),
  ),
  module: {
    kind: "layer",
    description:
      "A layer of your own: a module in TypeScript whose default export is `defineLayer({ … })`. It declares the other keys, the shapes of its output and its weights, and computes in TensorFlow.js's operations.",
    parameters: { name: optional(layerName), inputs: optional(layerInputs) },
  },
};
