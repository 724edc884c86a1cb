import { activations } from "../../server/nets/layers/arguments.ts";
import type { Shape } from "../../server/nets/layers/layer.ts";
import type { LayerTypeName } from "../../server/nets/layerTypes.ts";

/** A layer to try: its arguments and the shapes of one sample of each input. */
export interface LayerCase {
  readonly args: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Shape[];
  /** What its inputs may be: whole numbers from 0 below this. */
  readonly below?: number;
}

const image: Shape = [5, 6, 3];
const sequence: Shape = [7, 3];
const two = (shape: Shape) => [shape, shape];

const windows = (more: Readonly<Record<string, unknown>>, shapes: readonly Shape[] = [image]): LayerCase[] =>
  shapes.flatMap((shape) => [
    { args: { ...more, kernelSize: 3 }, inputs: [shape] },
    { args: { ...more, kernelSize: 2, strides: 2, padding: "same", activation: "tanh" }, inputs: [shape] },
    { args: { ...more, kernelSize: 3, padding: "same", useBias: false }, inputs: [shape] },
    {
      args: { ...more, kernelSize: 3, strides: 2, padding: "valid", activation: "sigmoid" },
      inputs: [shape],
    },
  ]);

const pools = (shape: Shape): LayerCase[] => [
  { args: {}, inputs: [shape] },
  { args: { poolSize: 3, strides: 2, padding: "same" }, inputs: [shape] },
  { args: { poolSize: 2, strides: 1, padding: "valid" }, inputs: [shape] },
];

/** Cases of every layer type. */
export const layerCases: { readonly [T in LayerTypeName]: readonly LayerCase[] } = {
  dense: [
    { args: { units: 4 }, inputs: [[5]] },
    { args: { units: 3, useBias: false, activation: "relu" }, inputs: [[6]] },
    { args: { units: 3, activation: "softmax" }, inputs: [sequence] },
    { args: { units: 2 }, inputs: [image] },
  ],
  conv1d: [
    ...windows({ filters: 4 }, [sequence]),
    { args: { filters: 2, kernelSize: 3, dilationRate: 2 }, inputs: [sequence] },
  ],
  conv2d: [
    ...windows({ filters: 4 }),
    { args: { filters: 2, kernelSize: [1, 3], strides: [2, 1], padding: "same" }, inputs: [image] },
    { args: { filters: 2, kernelSize: [2, 3], dilationRate: [3, 2] }, inputs: [image] },
    { args: { filters: 2, kernelSize: 3, dilationRate: 2, padding: "same" }, inputs: [image] },
    { args: { filters: 5, kernelSize: 1 }, inputs: [[4, 4, 1]] },
  ],
  conv2dTranspose: windows({ filters: 2 }, [[3, 4, 3]]),
  depthwiseConv2d: [...windows({}), ...windows({ depthMultiplier: 2 })],
  separableConv2d: [...windows({ filters: 4 }), ...windows({ filters: 2, depthMultiplier: 2 })],
  maxPooling1d: pools(sequence),
  averagePooling1d: pools(sequence),
  globalMaxPooling1d: [{ args: {}, inputs: [sequence] }],
  globalAveragePooling1d: [{ args: {}, inputs: [sequence] }],
  maxPooling2d: [...pools(image), { args: { poolSize: [2, 3], strides: [1, 2] }, inputs: [image] }],
  averagePooling2d: [...pools(image), { args: { poolSize: [2, 3], strides: [1, 2] }, inputs: [image] }],
  globalMaxPooling2d: [{ args: {}, inputs: [image] }],
  globalAveragePooling2d: [{ args: {}, inputs: [image] }],
  batchNormalization: [
    { args: {}, inputs: [[4]] },
    { args: { momentum: 0.8, epsilon: 1e-5 }, inputs: [image] },
    { args: { axis: 1 }, inputs: [image] },
    { args: { scale: false, center: false }, inputs: [sequence] },
  ],
  layerNormalization: [
    { args: {}, inputs: [[4]] },
    { args: { epsilon: 1e-5 }, inputs: [sequence] },
    { args: { axis: 1, center: false }, inputs: [sequence] },
    { args: { scale: false }, inputs: [image] },
  ],
  activation: activations.map((activation) => ({ args: { activation }, inputs: [[6]] })),
  reLU: [
    { args: {}, inputs: [[6]] },
    { args: { maxValue: 0.5 }, inputs: [image] },
  ],
  leakyReLU: [
    { args: {}, inputs: [[6]] },
    { args: { alpha: 0.1 }, inputs: [image] },
  ],
  elu: [
    { args: {}, inputs: [[6]] },
    { args: { alpha: 0.5 }, inputs: [[6]] },
  ],
  prelu: [
    { args: {}, inputs: [[6]] },
    { args: { sharedAxes: [1, 2] }, inputs: [image] },
  ],
  thresholdedReLU: [{ args: { theta: 0.3 }, inputs: [[6]] }],
  softmax: [
    { args: {}, inputs: [[6]] },
    { args: { axis: 1 }, inputs: [sequence] },
  ],
  dropout: [
    { args: { rate: 0.4 }, inputs: [image] },
    { args: { rate: 0 }, inputs: [[4]] },
  ],
  spatialDropout1d: [{ args: { rate: 0.4 }, inputs: [sequence] }],
  gaussianNoise: [{ args: { stddev: 0.3 }, inputs: [image] }],
  gaussianDropout: [{ args: { rate: 0.3 }, inputs: [[6]] }],
  alphaDropout: [{ args: { rate: 0.3 }, inputs: [[6]] }],
  flatten: [{ args: {}, inputs: [image] }],
  reshape: [
    { args: { targetShape: [3, -1] }, inputs: [image] },
    { args: { targetShape: [6, 15] }, inputs: [image] },
  ],
  permute: [{ args: { dims: [3, 1, 2] }, inputs: [image] }],
  repeatVector: [{ args: { n: 3 }, inputs: [[4]] }],
  embedding: [
    { args: { inputDim: 5, outputDim: 3 }, inputs: [[4]], below: 5 },
    { args: { inputDim: 9, outputDim: 2 }, inputs: [[2, 3]], below: 9 },
  ],
  positionEmbedding: [{ args: {}, inputs: [sequence] }],
  multiHeadAttention: [
    { args: { numHeads: 2, keyDim: 3 }, inputs: [[5, 6]] },
    { args: { numHeads: 1, keyDim: 4, useBias: false }, inputs: [sequence] },
    { args: { numHeads: 3, keyDim: 1, dropout: 0.3 }, inputs: [[4, 5]] },
  ],
  lstm: [
    { args: { units: 4 }, inputs: [[5, 3]] },
    { args: { units: 2, returnSequences: true, useBias: false }, inputs: [sequence] },
    { args: { units: 3, activation: "softsign", recurrentActivation: "hardSigmoid" }, inputs: [[2, 4]] },
  ],
  gru: [
    { args: { units: 4 }, inputs: [[5, 3]] },
    { args: { units: 2, returnSequences: true, useBias: false }, inputs: [sequence] },
    { args: { units: 2 }, inputs: [[1, 4]] },
  ],
  zeroPadding2d: [
    { args: {}, inputs: [image] },
    {
      args: {
        padding: [
          [0, 1],
          [2, 3],
        ],
      },
      inputs: [image],
    },
  ],
  cropping2D: [
    { args: { cropping: 1 }, inputs: [image] },
    {
      args: {
        cropping: [
          [0, 1],
          [2, 1],
        ],
      },
      inputs: [image],
    },
  ],
  upSampling2d: [
    { args: {}, inputs: [image] },
    { args: { size: [2, 3], interpolation: "bilinear" }, inputs: [image] },
  ],
  rescaling: [
    { args: { scale: 0.5, offset: -1 }, inputs: [image] },
    { args: { scale: [0.5, 2, -1], offset: [-1, 0, 0.25] }, inputs: [image] },
  ],
  add: [
    { args: {}, inputs: two(image) },
    { args: {}, inputs: [[4], [4], [4]] },
  ],
  average: [{ args: {}, inputs: [[4], [4], [4]] }],
  multiply: [
    { args: {}, inputs: two(sequence) },
    { args: {}, inputs: [image, [1, 1, 3]] },
  ],
  maximum: [{ args: {}, inputs: two(image) }],
  minimum: [{ args: {}, inputs: two(image) }],
  concatenate: [
    { args: {}, inputs: [[4], [2]] },
    { args: { axis: 1 }, inputs: [[2, 6, 3], image] },
  ],
  dot: [
    { args: { axes: 1 }, inputs: two([4]) },
    { args: { axes: -1, normalize: true }, inputs: two([4]) },
    { args: { axes: 2 }, inputs: [sequence, [2, 3]] },
    { args: { axes: [1, 2] }, inputs: [sequence, [2, 7]] },
    { args: { axes: [2, 1] }, inputs: [sequence, [3]] },
  ],
};
