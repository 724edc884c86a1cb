import type { Kind } from "../parameters/kind.ts";
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

export const isLayerType = (type: string): type is LayerTypeName => Object.hasOwn(layerTypes, type);

/** A row, whatever its arguments are. */
export const layerType = (type: LayerTypeName): LayerType => layerTypes[type] as unknown as LayerType;

/** Layers as the experiment file knows them. */
export const layerKind: Kind = {
  name: "Layer",
  entries: Object.fromEntries(
    Object.entries(layerTypes).map(([type, { description, inputs, arguments: own }]) => [
      type,
      {
        description,
        parameters: {
          name: optional(layerName),
          inputs: inputs === "many" ? layerInputs : optional(layerInputs),
          ...own,
        },
      },
    ]),
  ),
};
