import type { ArgumentsOf, LayerTypeName } from "../layerTypes.ts";
import { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from "./activation.ts";
import { multiHeadAttention, positionEmbedding } from "./attention.ts";
import type { Call } from "./call.ts";
import { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from "./convolution.ts";
import { dense } from "./dense.ts";
import { embedding } from "./embedding.ts";
import { add, average, concatenate, dot, maximum, minimum, multiply } from "./merge.ts";
import { alphaDropout, dropout, gaussianDropout, gaussianNoise, spatialDropout1d } from "./noise.ts";
import { batchNormalization, layerNormalization } from "./normalization.ts";
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
} from "./pooling.ts";
import {
  cropping2D,
  flatten,
  permute,
  repeatVector,
  rescaling,
  reshape,
  upSampling2d,
  zeroPadding2d,
} from "./reshape.ts";

/** What each layer type computes. */
export const calls: { readonly [T in LayerTypeName]: Call<ArgumentsOf<T>> } = {
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
};
