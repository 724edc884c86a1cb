import { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from "./layers/activation.ts";
import type { ValuesOf } from "./layers/arguments.ts";
import { multiHeadAttention, positionEmbedding } from "./layers/attention.ts";
import { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from "./layers/convolution.ts";
import { dense } from "./layers/dense.ts";
import { embedding } from "./layers/embedding.ts";
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
 * Keras's arguments. Pure data and shape rules; what a layer computes stands under the same name in calls/.
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
export type ArgumentsOf<T extends LayerTypeName> = ValuesOf<(typeof layerTypes)[T]["arguments"]>;

export const isLayerType = (type: string): type is LayerTypeName => Object.hasOwn(layerTypes, type);
