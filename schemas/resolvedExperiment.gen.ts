// Generated from experiment.schema.json by scripts/generate.ts. Do not edit.

/**
 * Samples with labels, read from files. Paths are relative to this file.
 */
export type ResolvedSource = ResolvedIdxSource | ResolvedCsvSource | ResolvedNpySource | ResolvedNpzSource;
/**
 * Samples without labels, read from files. Paths are relative to this file.
 */
export type ResolvedUnlabelledSource =
  | ResolvedUnlabelledIdxSource
  | ResolvedUnlabelledCsvSource
  | ResolvedUnlabelledNpySource
  | ResolvedUnlabelledNpzSource;
/**
 * A random change to a training sample.
 */
export type ResolvedAugmentation =
  | ResolvedShiftAugmentation
  | ResolvedFlipAugmentation
  | ResolvedCropAugmentation
  | ResolvedCutoutAugmentation
  | ResolvedNoiseAugmentation
  | ResolvedMixupAugmentation;
/**
 * The network that the student learns to match. It is only ever evaluated: its weights are never touched. Absent: the losses must be such as need none, as `ce`.
 */
export type ResolvedTeacher = ResolvedOnnxTeacher | ResolvedTfjsTeacher | ResolvedTrainedTeacher;
/**
 * A network that is trained first, once, and then kept by its content.
 */
export type ResolvedTrainedTeacher =
  | ResolvedLayersTeacher
  | ResolvedMlpTeacher
  | ResolvedLenetTeacher
  | ResolvedResnetTeacher
  | ResolvedVitTeacher;
/**
 * A layer, in Keras terms.
 */
export type ResolvedLayer =
  | ResolvedDenseLayer
  | ResolvedConv1DLayer
  | ResolvedConv2DLayer
  | ResolvedConv2DTransposeLayer
  | ResolvedDepthwiseConv2DLayer
  | ResolvedSeparableConv2DLayer
  | ResolvedMaxPooling1DLayer
  | ResolvedAveragePooling1DLayer
  | ResolvedGlobalMaxPooling1DLayer
  | ResolvedGlobalAveragePooling1DLayer
  | ResolvedMaxPooling2DLayer
  | ResolvedAveragePooling2DLayer
  | ResolvedGlobalMaxPooling2DLayer
  | ResolvedGlobalAveragePooling2DLayer
  | ResolvedBatchNormalizationLayer
  | ResolvedLayerNormalizationLayer
  | ResolvedActivationLayer
  | ResolvedReLULayer
  | ResolvedLeakyReLULayer
  | ResolvedEluLayer
  | ResolvedPreluLayer
  | ResolvedThresholdedReLULayer
  | ResolvedSoftmaxLayer
  | ResolvedDropoutLayer
  | ResolvedSpatialDropout1DLayer
  | ResolvedGaussianNoiseLayer
  | ResolvedGaussianDropoutLayer
  | ResolvedAlphaDropoutLayer
  | ResolvedFlattenLayer
  | ResolvedReshapeLayer
  | ResolvedPermuteLayer
  | ResolvedRepeatVectorLayer
  | ResolvedEmbeddingLayer
  | ResolvedPositionEmbeddingLayer
  | ResolvedMultiHeadAttentionLayer
  | ResolvedZeroPadding2DLayer
  | ResolvedCropping2DLayer
  | ResolvedUpSampling2DLayer
  | ResolvedRescalingLayer
  | ResolvedAddLayer
  | ResolvedAverageLayer
  | ResolvedMultiplyLayer
  | ResolvedMaximumLayer
  | ResolvedMinimumLayer
  | ResolvedConcatenateLayer
  | ResolvedDotLayer;
/**
 * How gradients change the weights; PyTorch's semantics and defaults.
 */
export type ResolvedOptimizer =
  | ResolvedAdamwOptimizer
  | ResolvedAdamOptimizer
  | ResolvedSgdOptimizer
  | ResolvedRmspropOptimizer
  | ResolvedLionOptimizer
  | ResolvedAdagradOptimizer;
/**
 * How the learning rate changes from step to step.
 */
export type ResolvedSchedule =
  | ResolvedConstantSchedule
  | ResolvedLinearSchedule
  | ResolvedCosineSchedule
  | ResolvedStepSchedule
  | ResolvedExponentialSchedule
  | ResolvedOneCycleSchedule;
/**
 * The network that is trained: layer by layer, by the name of a preset, or from saved weights.
 */
export type ResolvedStudent =
  | ResolvedLayersStudent
  | ResolvedMlpStudent
  | ResolvedLenetStudent
  | ResolvedResnetStudent
  | ResolvedVitStudent
  | ResolvedModelStudent;
/**
 * A term of the loss.
 */
export type ResolvedLoss =
  | ResolvedKdLoss
  | ResolvedCeLoss
  | ResolvedLabelSmoothingLoss
  | ResolvedDkdLoss
  | ResolvedDistLoss
  | ResolvedReverseKlLoss
  | ResolvedJsdLoss
  | ResolvedHintLoss
  | ResolvedAtLoss
  | ResolvedSpLoss
  | ResolvedRkdLoss
  | ResolvedPktLoss
  | ResolvedVidLoss
  | ResolvedCrdLoss;
/**
 * Factor of the term in the sum: a number, or a change from one to another.
 */
export type ResolvedWeight = number | ResolvedWeightSchedule;
/**
 * A term of the loss that compares with the labels alone.
 */
export type ResolvedLabelLoss = ResolvedCeLoss | ResolvedLabelSmoothingLoss;

/**
 * A knowledge distillation experiment: the data, a teacher, a student that learns to match it, and how.
 */
export interface ResolvedExperiment {
  /**
   * Short name of the experiment; run directories carry it. Absent: the name of the file.
   */
  name: string;
  /**
   * What the experiment is about, for the reader. Absent: nothing is said.
   */
  description?: string;
  /**
   * Words to find and group runs by.
   *
   * Items: A tag.
   */
  tags: string[];
  data: ResolvedData;
  teacher?: ResolvedTeacher;
  student: ResolvedStudent;
  /**
   * The terms that are added up, each times its `weight`. Absent: `kd` and `ce`, from `temperature` and `alpha`.
   */
  losses: ResolvedLoss[];
  optimizer: ResolvedOptimizer;
  schedule: ResolvedSchedule;
  training: ResolvedTraining;
  /**
   * Start of every random number: initial weights, order of the samples, dropout, augmentation, split.
   */
  seed: number;
  baselines: ResolvedBaselines;
  /**
   * What computes. `auto` takes TensorFlow where it finds a card that works, and the built-in onnxruntime otherwise. `distill engine install tensorflow` installs the other.
   */
  engine: "auto" | "onnxruntime" | "tensorflow";
  /**
   * Where it computes. `auto` takes an NVIDIA card that TensorFlow can use, and the CPU otherwise; `gpu` is the first card, `gpu:1` the second, as nvidia-smi counts them. `webgpu` is the built-in onnxruntime on any graphics card with a Vulkan, Metal or Direct3D 12 driver.
   */
  device:
    | "auto"
    | "cpu"
    | "gpu"
    | "gpu:0"
    | "gpu:1"
    | "gpu:2"
    | "gpu:3"
    | "gpu:4"
    | "gpu:5"
    | "gpu:6"
    | "gpu:7"
    | "webgpu";
  /**
   * Threads of the engine. Absent: as many as the machine has cores, at most 8. The same number gives the same bits.
   */
  threads?: number;
}
/**
 * The samples, their split, and how they reach the student.
 */
export interface ResolvedData {
  /**
   * The samples that the student learns from.
   */
  train: ResolvedSource;
  /**
   * The samples that choose the best checkpoint and end training early: a source of its own, or a share of `train`. Absent: the last weights are kept.
   */
  validation?: ResolvedSource | ResolvedSplit;
  /**
   * The samples that measure the result. Read once, at the end; nothing is chosen by them. Absent: the report has no test metrics.
   */
  test?: ResolvedSource;
  /**
   * Samples without labels, to learn from as well: they count in the losses that compare with the teacher, and not in `ce`, `labelSmoothing` and `dkd`, whose mean is over the samples with a label. Without `share` they and those of `train` are one set, shuffled together: an epoch is one pass over all. A sample of `train` without a label (−1, or an empty field of a table) is one of them. The baseline `studentAlone` learns from the samples with labels, in as many steps. Absent: those of `train` alone.
   */
  unlabelled?: ResolvedUnlabelledSource;
  /**
   * All classes, so that some may be absent from the training samples: how many there are, or their names in order. Texts of a table are looked up in the names, whole numbers are places in them. Absent: the classes that the labels of `train` have.
   */
  classes?: number | string[];
  /**
   * What is done to each value before the student sees it: x · scale, then (x − mean) / std; or "fit": mean and std of each channel, measured on `train` only.
   */
  normalize: ResolvedNormalize | "fit";
  /**
   * Random changes to each training sample, in this order, new ones in each epoch and the same on every engine. The teacher sees the changed sample too.
   */
  augment: ResolvedAugmentation[];
  /**
   * Samples that a step learns from together.
   */
  batchSize: number;
  /**
   * A new order of the samples in each epoch.
   */
  shuffle: boolean;
  /**
   * Leave out the last batch of an epoch where it is smaller than `batchSize`.
   */
  dropRemainder: boolean;
}
/**
 * Images and labels in the two IDX files of MNIST and its relatives, plain or gzipped.
 */
export interface ResolvedIdxSource {
  /**
   * IDX files, as MNIST has them.
   */
  type: "idx";
  /**
   * File with the images, one byte a pixel.
   */
  images: string;
  /**
   * File with the labels, one byte a sample.
   */
  labels: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
}
/**
 * A table: one sample a line, one column the label, the other columns numbers.
 */
export interface ResolvedCsvSource {
  /**
   * A table of comma-separated values.
   */
  type: "csv";
  /**
   * File with the table.
   */
  path: string;
  /**
   * Column of the label: its name, or its number from 0 (negative: from the end).
   */
  label: string | number;
  /**
   * Columns of the features, by name or number. Absent: every column but the label; beside training samples whose columns have names, those of the same names.
   *
   * Items: A column, by name or number from 0.
   */
  features?: (string | number)[];
  /**
   * What stands between two values. Absent: found out from the first lines.
   */
  delimiter?: "," | ";" | "\t" | "|" | " ";
  /**
   * Whether the first line holds the names of the columns. Absent: found out from the first lines.
   */
  header?: boolean;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
}
/**
 * Two NumPy arrays, each in a file of its own.
 */
export interface ResolvedNpySource {
  /**
   * NumPy arrays in .npy files.
   */
  type: "npy";
  /**
   * Array with the samples: [samples, …].
   */
  features: string;
  /**
   * Array with the class of each sample: [samples], integers from 0.
   */
  labels: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Where the channels of a sample stand in the array: `channelsFirst` as PyTorch has them, [samples, channels, height, width], which are put last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.
   */
  layout?: "channelsLast" | "channelsFirst";
}
/**
 * NumPy arrays in one .npz archive.
 */
export interface ResolvedNpzSource {
  /**
   * NumPy arrays in an .npz archive.
   */
  type: "npz";
  /**
   * The archive.
   */
  path: string;
  /**
   * Name of the array with the samples: [samples, …].
   */
  features: string;
  /**
   * Name of the array with the class of each sample: [samples], integers from 0.
   */
  labels: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Where the channels of a sample stand in the array: `channelsFirst` as PyTorch has them, [samples, channels, height, width], which are put last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.
   */
  layout?: "channelsLast" | "channelsFirst";
}
/**
 * A share of the training samples, the same share of each class, chosen by `seed`.
 */
export interface ResolvedSplit {
  /**
   * Share of the training samples that is held out.
   */
  split: number;
}
/**
 * Images in an IDX file of MNIST or its relatives, plain or gzipped.
 */
export interface ResolvedUnlabelledIdxSource {
  /**
   * An IDX file, as MNIST has them.
   */
  type: "idx";
  /**
   * File with the images, one byte a pixel.
   */
  images: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.
   */
  share?: number;
}
/**
 * A table: one sample a line, its columns numbers.
 */
export interface ResolvedUnlabelledCsvSource {
  /**
   * A table of comma-separated values.
   */
  type: "csv";
  /**
   * File with the table.
   */
  path: string;
  /**
   * Column to leave out, by name or number from 0 (negative: from the end): a label, which is not read. Absent: every column is a feature.
   */
  label?: string | number;
  /**
   * Columns of the features, by name or number. Absent: beside training samples whose columns have names, those of the same names; else all.
   *
   * Items: A column, by name or number from 0.
   */
  features?: (string | number)[];
  /**
   * What stands between two values. Absent: found out from the first lines.
   */
  delimiter?: "," | ";" | "\t" | "|" | " ";
  /**
   * Whether the first line holds the names of the columns. Absent: found out from the first lines.
   */
  header?: boolean;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.
   */
  share?: number;
}
/**
 * A NumPy array in a file of its own.
 */
export interface ResolvedUnlabelledNpySource {
  /**
   * A NumPy array in an .npy file.
   */
  type: "npy";
  /**
   * Array with the samples: [samples, …].
   */
  features: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Where the channels of a sample stand in the array: `channelsFirst` as PyTorch has them, [samples, channels, height, width], which are put last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.
   */
  layout?: "channelsLast" | "channelsFirst";
  /**
   * Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.
   */
  share?: number;
}
/**
 * A NumPy array in an .npz archive.
 */
export interface ResolvedUnlabelledNpzSource {
  /**
   * A NumPy array in an .npz archive.
   */
  type: "npz";
  /**
   * The archive.
   */
  path: string;
  /**
   * Name of the array with the samples: [samples, …].
   */
  features: string;
  /**
   * Leave out so many samples, the first ones of the file. Absent: none.
   */
  skip?: number;
  /**
   * Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.
   */
  take?: number;
  /**
   * Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.
   *
   * Items: Size of one axis.
   */
  shape?: number[];
  /**
   * Where the channels of a sample stand in the array: `channelsFirst` as PyTorch has them, [samples, channels, height, width], which are put last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.
   */
  layout?: "channelsLast" | "channelsFirst";
  /**
   * Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.
   */
  share?: number;
}
/**
 * x · scale, then (x − mean) / std.
 */
export interface ResolvedNormalize {
  /**
   * Factor of each value, first. Bytes become 0 … 1 by 0.00392156862745098 (1/255).
   */
  scale: number;
  /**
   * What is subtracted, after `scale`: a number, or one a channel.
   */
  mean: number | number[];
  /**
   * What is divided by, last: a number, or one a channel.
   */
  std: number | number[];
}
/**
 * Moves the image by up to `pixels` in each direction; zeros come in at the edge.
 */
export interface ResolvedShiftAugmentation {
  /**
   * Move the image.
   */
  type: "shift";
  /**
   * Farthest move in each direction.
   */
  pixels: number;
}
/**
 * Mirrors the image.
 */
export interface ResolvedFlipAugmentation {
  /**
   * Mirror the image.
   */
  type: "flip";
  /**
   * Share of the samples that are changed.
   */
  probability: number;
  /**
   * `horizontal` swaps left and right, `vertical` top and bottom.
   */
  axis: "horizontal" | "vertical";
}
/**
 * Pads the image with zeros and cuts a window of the original size out at random.
 */
export interface ResolvedCropAugmentation {
  /**
   * Pad, then cut out at random.
   */
  type: "crop";
  /**
   * Zeros on each side.
   */
  padding: number;
}
/**
 * Blanks out a square (DeVries and Taylor 2017).
 */
export interface ResolvedCutoutAugmentation {
  /**
   * Blank out a square.
   */
  type: "cutout";
  /**
   * Side of the square.
   */
  size: number;
  /**
   * Share of the samples that are changed.
   */
  probability: number;
}
/**
 * Adds Gaussian noise to each value, after normalisation.
 */
export interface ResolvedNoiseAugmentation {
  /**
   * Add Gaussian noise.
   */
  type: "noise";
  /**
   * Standard deviation of the noise, in normalised units.
   */
  std: number;
}
/**
 * Blends pairs of samples and their labels (Zhang et al. 2018).
 */
export interface ResolvedMixupAugmentation {
  /**
   * Blend pairs of samples.
   */
  type: "mixup";
  /**
   * Parameter of the Beta(alpha, alpha) distribution that the share of the blend is drawn from.
   */
  alpha: number;
}
/**
 * A network in an ONNX file.
 */
export interface ResolvedOnnxTeacher {
  /**
   * A network in an ONNX file.
   */
  type: "onnx";
  /**
   * The ONNX file.
   */
  path: string;
  /**
   * Name of the model's input that takes the samples. Absent: its only one.
   */
  input?: string;
  /**
   * Name of the model's output with the scores of the classes, or with maps of them as scikit-learn exports them. Absent: the one that is called logits or probabilities, else the first one of floating-point numbers.
   */
  output?: string;
  /**
   * Order of the axes of an image in the model's input: `nchw` has channels first, `nhwc` last; `auto` finds out.
   */
  layout: "auto" | "nchw" | "nhwc";
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees, or raw samples where it is clearly right more often of these.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A TensorFlow.js layers model.
 */
export interface ResolvedTfjsTeacher {
  /**
   * A TensorFlow.js layers model.
   */
  type: "tfjs";
  /**
   * The model.json; its weights lie beside it.
   */
  path: string;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees, or raw samples where it is clearly right more often of these.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A trained teacher, layer by layer.
 */
export interface ResolvedLayersTeacher {
  /**
   * A network that is described here, trained first and then kept.
   */
  type: "layers";
  /**
   * The layers in Keras terms, one after the other unless `inputs` says otherwise. The last one gives the logits: as many units as there are classes, no softmax.
   */
  layers: ResolvedLayer[];
  train: ResolvedTeacherTraining;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * Each unit sees every value of the last axis.
 */
export interface ResolvedDenseLayer {
  /**
   * Each unit sees every value of the last axis.
   */
  type: "dense";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many units there are; each gives one value of the output.
   */
  units: number;
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights are drawn.
   */
  kernelInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Convolution along one axis: [steps, channels].
 */
export interface ResolvedConv1DLayer {
  /**
   * Convolution along one axis: [steps, channels].
   */
  type: "conv1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many filters there are; each gives one channel of the output.
   */
  filters: number;
  /**
   * Length of the window.
   */
  kernelSize: number;
  /**
   * Step of the window.
   */
  strides: number;
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
  /**
   * Distance between the values that the window reads.
   */
  dilationRate: number;
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights are drawn.
   */
  kernelInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Convolution over an image: [height, width, channels].
 */
export interface ResolvedConv2DLayer {
  /**
   * Convolution over an image: [height, width, channels].
   */
  type: "conv2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many filters there are; each gives one channel of the output.
   */
  filters: number;
  /**
   * Height and width of the window.
   */
  kernelSize: number | [number, number];
  /**
   * Step of the window along each axis.
   */
  strides: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
  /**
   * Distance between the values that the window reads.
   */
  dilationRate: number | [number, number];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights are drawn.
   */
  kernelInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Transposed convolution: makes an image larger.
 */
export interface ResolvedConv2DTransposeLayer {
  /**
   * Transposed convolution: makes an image larger.
   */
  type: "conv2dTranspose";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many filters there are; each gives one channel of the output.
   */
  filters: number;
  /**
   * Height and width of the window.
   */
  kernelSize: number | [number, number];
  /**
   * Step of the window along each axis.
   */
  strides: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights are drawn.
   */
  kernelInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Convolution of each channel by itself.
 */
export interface ResolvedDepthwiseConv2DLayer {
  /**
   * Convolution of each channel by itself.
   */
  type: "depthwiseConv2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Height and width of the window.
   */
  kernelSize: number | [number, number];
  /**
   * Step of the window along each axis.
   */
  strides: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
  /**
   * Channels of the output for each channel of the input.
   */
  depthMultiplier: number;
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights are drawn.
   */
  depthwiseInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * A depthwise convolution, then one over the channels.
 */
export interface ResolvedSeparableConv2DLayer {
  /**
   * A depthwise convolution, then one over the channels.
   */
  type: "separableConv2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many filters there are; each gives one channel of the output.
   */
  filters: number;
  /**
   * Height and width of the window.
   */
  kernelSize: number | [number, number];
  /**
   * Step of the window along each axis.
   */
  strides: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
  /**
   * Channels between the two convolutions for each channel of the input.
   */
  depthMultiplier: number;
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * How the initial weights of the first convolution are drawn.
   */
  depthwiseInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial weights of the second convolution are drawn.
   */
  pointwiseInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * The largest value of each window, along one axis.
 */
export interface ResolvedMaxPooling1DLayer {
  /**
   * The largest value of each window, along one axis.
   */
  type: "maxPooling1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Length of the window.
   */
  poolSize: number;
  /**
   * Step of the window. Absent: as `poolSize`.
   */
  strides?: number;
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
}
/**
 * The mean of each window, along one axis.
 */
export interface ResolvedAveragePooling1DLayer {
  /**
   * The mean of each window, along one axis.
   */
  type: "averagePooling1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Length of the window.
   */
  poolSize: number;
  /**
   * Step of the window. Absent: as `poolSize`.
   */
  strides?: number;
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
}
/**
 * The largest value of each channel.
 */
export interface ResolvedGlobalMaxPooling1DLayer {
  /**
   * The largest value of each channel.
   */
  type: "globalMaxPooling1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
}
/**
 * The mean of each channel.
 */
export interface ResolvedGlobalAveragePooling1DLayer {
  /**
   * The mean of each channel.
   */
  type: "globalAveragePooling1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
}
/**
 * The largest value of each window of an image.
 */
export interface ResolvedMaxPooling2DLayer {
  /**
   * The largest value of each window of an image.
   */
  type: "maxPooling2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Height and width of the window.
   */
  poolSize: number | [number, number];
  /**
   * Step of the window along each axis. Absent: as `poolSize`.
   */
  strides?: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
}
/**
 * The mean of each window of an image.
 */
export interface ResolvedAveragePooling2DLayer {
  /**
   * The mean of each window of an image.
   */
  type: "averagePooling2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Height and width of the window.
   */
  poolSize: number | [number, number];
  /**
   * Step of the window along each axis. Absent: as `poolSize`.
   */
  strides?: number | [number, number];
  /**
   * `same` pads with zeros so that the output has the size of the input divided by `strides`; `valid` does not pad.
   */
  padding: "valid" | "same";
}
/**
 * The largest value of each channel of an image.
 */
export interface ResolvedGlobalMaxPooling2DLayer {
  /**
   * The largest value of each channel of an image.
   */
  type: "globalMaxPooling2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
}
/**
 * The mean of each channel of an image.
 */
export interface ResolvedGlobalAveragePooling2DLayer {
  /**
   * The mean of each channel of an image.
   */
  type: "globalAveragePooling2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
}
/**
 * Normalises each channel over the batch (Ioffe and Szegedy 2015); by running averages outside training.
 */
export interface ResolvedBatchNormalizationLayer {
  /**
   * Normalises each channel over the batch (Ioffe and Szegedy 2015); by running averages outside training.
   */
  type: "batchNormalization";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Axis that is kept.
   */
  axis: number;
  /**
   * Share of the running averages of mean and variance that stays at each step: their start is forgotten after 4.6 / (1 − momentum) steps: 460 of 0.99, 44 of 0.9. As with Keras; PyTorch's momentum is one minus this. The running variance is the biased one (divided by n), as with Keras; PyTorch keeps the unbiased one.
   */
  momentum: number;
  /**
   * Added to the variance, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Add a trained value to each channel.
   */
  center: boolean;
  /**
   * Multiply each channel by a trained value.
   */
  scale: boolean;
}
/**
 * Normalises each sample over its last axis (Ba et al. 2016).
 */
export interface ResolvedLayerNormalizationLayer {
  /**
   * Normalises each sample over its last axis (Ba et al. 2016).
   */
  type: "layerNormalization";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Axis to normalise over.
   */
  axis: number;
  /**
   * Added to the variance, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Add a trained value.
   */
  center: boolean;
  /**
   * Multiply by a trained value.
   */
  scale: boolean;
}
/**
 * Applies a function to each value.
 */
export interface ResolvedActivationLayer {
  /**
   * Applies a function to each value.
   */
  type: "activation";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
}
/**
 * max(0, x), at most `maxValue`.
 */
export interface ResolvedReLULayer {
  /**
   * max(0, x), at most `maxValue`.
   */
  type: "reLU";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Largest value of the output. Absent: there is no limit.
   */
  maxValue?: number;
}
/**
 * x where it is positive, alpha · x elsewhere.
 */
export interface ResolvedLeakyReLULayer {
  /**
   * x where it is positive, alpha · x elsewhere.
   */
  type: "leakyReLU";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Slope of the negative side.
   */
  alpha: number;
}
/**
 * x where it is positive, alpha · (eˣ − 1) elsewhere.
 */
export interface ResolvedEluLayer {
  /**
   * x where it is positive, alpha · (eˣ − 1) elsewhere.
   */
  type: "elu";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Limit of the negative side.
   */
  alpha: number;
}
/**
 * x where it is positive, a trained factor times x elsewhere.
 */
export interface ResolvedPreluLayer {
  /**
   * x where it is positive, a trained factor times x elsewhere.
   */
  type: "prelu";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Axes that share one factor, counted from 1: [1, 2] for one factor a channel of an image. Absent: each value has its own.
   *
   * Items: An axis, from 1.
   */
  sharedAxes?: number[];
}
/**
 * x where it is larger than `theta`, 0 elsewhere.
 */
export interface ResolvedThresholdedReLULayer {
  /**
   * x where it is larger than `theta`, 0 elsewhere.
   */
  type: "thresholdedReLU";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Threshold.
   */
  theta: number;
}
/**
 * Shares that add up to 1. Not for the last layer: losses take logits.
 */
export interface ResolvedSoftmaxLayer {
  /**
   * Shares that add up to 1. Not for the last layer: losses take logits.
   */
  type: "softmax";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Axis whose values add up to 1.
   */
  axis: number;
}
/**
 * Sets a random share of the values to 0 in training and scales the others up.
 */
export interface ResolvedDropoutLayer {
  /**
   * Sets a random share of the values to 0 in training and scales the others up.
   */
  type: "dropout";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Share of the values that is dropped.
   */
  rate: number;
}
/**
 * Drops whole channels along one axis in training.
 */
export interface ResolvedSpatialDropout1DLayer {
  /**
   * Drops whole channels along one axis in training.
   */
  type: "spatialDropout1d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Share of the values that is dropped.
   */
  rate: number;
}
/**
 * Adds Gaussian noise in training.
 */
export interface ResolvedGaussianNoiseLayer {
  /**
   * Adds Gaussian noise in training.
   */
  type: "gaussianNoise";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Standard deviation of the noise.
   */
  stddev: number;
}
/**
 * Multiplies by Gaussian noise around 1 in training.
 */
export interface ResolvedGaussianDropoutLayer {
  /**
   * Multiplies by Gaussian noise around 1 in training.
   */
  type: "gaussianDropout";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Share of the values that is dropped.
   */
  rate: number;
}
/**
 * Dropout that keeps mean and variance, for `selu` (Klambauer et al. 2017).
 */
export interface ResolvedAlphaDropoutLayer {
  /**
   * Dropout that keeps mean and variance, for `selu` (Klambauer et al. 2017).
   */
  type: "alphaDropout";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Share of the values that is dropped.
   */
  rate: number;
}
/**
 * All values of a sample in one axis.
 */
export interface ResolvedFlattenLayer {
  /**
   * All values of a sample in one axis.
   */
  type: "flatten";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
}
/**
 * Another shape for the same values.
 */
export interface ResolvedReshapeLayer {
  /**
   * Another shape for the same values.
   */
  type: "reshape";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * New shape of a sample, without the batch; one -1 stands for what is left.
   *
   * Items: Size of one axis, or -1.
   */
  targetShape: number[];
}
/**
 * Another order of the axes.
 */
export interface ResolvedPermuteLayer {
  /**
   * Another order of the axes.
   */
  type: "permute";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Axes of the input in their new order, counted from 1, without the batch.
   *
   * Items: An axis, from 1.
   */
  dims: number[];
}
/**
 * Repeats a vector: [features] becomes [n, features].
 */
export interface ResolvedRepeatVectorLayer {
  /**
   * Repeats a vector: [features] becomes [n, features].
   */
  type: "repeatVector";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How often.
   */
  n: number;
}
/**
 * A trained vector for each integer of the input.
 */
export interface ResolvedEmbeddingLayer {
  /**
   * A trained vector for each integer of the input.
   */
  type: "embedding";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many integers there are: 0 … inputDim − 1.
   */
  inputDim: number;
  /**
   * Size of each vector.
   */
  outputDim: number;
  /**
   * How the initial vectors are drawn.
   */
  embeddingsInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * A trained vector for each place of a sequence [places, features]; an `add` layer joins them to it. TensorFlow.js has no such layer.
 */
export interface ResolvedPositionEmbeddingLayer {
  /**
   * A trained vector for each place of a sequence [places, features]; an `add` layer joins them to it. TensorFlow.js has no such layer.
   */
  type: "positionEmbedding";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How the initial vectors are drawn.
   */
  embeddingsInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Self-attention on a sequence [places, features] (Vaswani et al. 2017): each place takes from the others what fits to it. TensorFlow.js has no such layer.
 */
export interface ResolvedMultiHeadAttentionLayer {
  /**
   * Self-attention on a sequence [places, features] (Vaswani et al. 2017): each place takes from the others what fits to it. TensorFlow.js has no such layer.
   */
  type: "multiHeadAttention";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * How many attentions work side by side.
   */
  numHeads: number;
  /**
   * Size of the queries, keys and values of each head: usually the number of features divided by `numHeads`.
   */
  keyDim: number;
  /**
   * Add a trained value to each unit or filter.
   */
  useBias: boolean;
  /**
   * Share of the attention weights that is dropped in training.
   */
  dropout: number;
  /**
   * How the initial weights are drawn.
   */
  kernelInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
  /**
   * How the initial biases are drawn.
   */
  biasInitializer:
    | "glorotNormal"
    | "glorotUniform"
    | "heNormal"
    | "heUniform"
    | "leCunNormal"
    | "leCunUniform"
    | "zeros"
    | "ones"
    | "randomNormal"
    | "randomUniform";
}
/**
 * Zeros around an image.
 */
export interface ResolvedZeroPadding2DLayer {
  /**
   * Zeros around an image.
   */
  type: "zeroPadding2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Zeros added: one number for all sides, one for each axis, or [[top, bottom], [left, right]].
   */
  padding: number | [number | [number, number], number | [number, number]];
}
/**
 * Cuts the edges of an image off.
 */
export interface ResolvedCropping2DLayer {
  /**
   * Cuts the edges of an image off.
   */
  type: "cropping2D";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Pixels cut off: one number for all sides, one for each axis, or [[top, bottom], [left, right]].
   */
  cropping: number | [number | [number, number], number | [number, number]];
}
/**
 * Repeats rows and columns of an image.
 */
export interface ResolvedUpSampling2DLayer {
  /**
   * Repeats rows and columns of an image.
   */
  type: "upSampling2d";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * Factors of height and width.
   */
  size: number | [number, number];
  /**
   * `nearest` repeats, `bilinear` blends.
   */
  interpolation: "nearest" | "bilinear";
}
/**
 * x · scale + offset.
 */
export interface ResolvedRescalingLayer {
  /**
   * x · scale + offset.
   */
  type: "rescaling";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs?: string | string[];
  /**
   * The factor.
   */
  scale: number | number[];
  /**
   * Added afterwards.
   */
  offset: number | number[];
}
/**
 * The sum of its inputs.
 */
export interface ResolvedAddLayer {
  /**
   * The sum of its inputs.
   */
  type: "add";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
}
/**
 * The mean of its inputs.
 */
export interface ResolvedAverageLayer {
  /**
   * The mean of its inputs.
   */
  type: "average";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
}
/**
 * The product of its inputs.
 */
export interface ResolvedMultiplyLayer {
  /**
   * The product of its inputs.
   */
  type: "multiply";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
}
/**
 * The largest of its inputs, value by value.
 */
export interface ResolvedMaximumLayer {
  /**
   * The largest of its inputs, value by value.
   */
  type: "maximum";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
}
/**
 * The smallest of its inputs, value by value.
 */
export interface ResolvedMinimumLayer {
  /**
   * The smallest of its inputs, value by value.
   */
  type: "minimum";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
}
/**
 * Its inputs one after the other along an axis.
 */
export interface ResolvedConcatenateLayer {
  /**
   * Its inputs one after the other along an axis.
   */
  type: "concatenate";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
  /**
   * Axis to join along.
   */
  axis: number;
}
/**
 * The product of two inputs, summed over an axis of each.
 */
export interface ResolvedDotLayer {
  /**
   * The product of two inputs, summed over an axis of each.
   */
  type: "dot";
  /**
   * Name of the layer, for `inputs` and for losses that refer to it. Letters, digits, `_`, `-` and `.`, beginning with a letter. Absent: its type and a number, as in `dense_2`.
   */
  name?: string;
  /**
   * Names of the layers that this one reads, or "input" for the sample. Absent: the layer before.
   */
  inputs: string | string[];
  /**
   * Axis to sum over, counted with the batch: one number, or one for each input.
   */
  axes: number | [number, number];
  /**
   * Scale each input to length 1 first: the cosine.
   */
  normalize: boolean;
}
/**
 * How the teacher is trained, on labels alone.
 */
export interface ResolvedTeacherTraining {
  /**
   * Passes over the samples.
   */
  epochs?: number;
  /**
   * Steps in all, in place of `epochs`. Absent: `epochs` says how long.
   */
  steps?: number;
  /**
   * Samples that a step learns from together. Absent: as `data.batchSize`.
   */
  batchSize: number;
  optimizer: ResolvedOptimizer;
  schedule: ResolvedSchedule;
  /**
   * Samples that the teacher is trained on. Absent: the student's training samples; of a split that depends on `seed`, those that it leaves.
   */
  data?: ResolvedSource;
  /**
   * Random changes to each sample that the teacher is trained on.
   */
  augment: ResolvedAugmentation[];
  /**
   * Start of the teacher's random numbers. Absent: as `seed`.
   */
  seed: number;
}
/**
 * Adam with weight decay of its own (Loshchilov and Hutter 2019).
 */
export interface ResolvedAdamwOptimizer {
  /**
   * Adam with decoupled weight decay.
   */
  type: "adamw";
  /**
   * Size of a step, before `schedule` changes it.
   */
  learningRate: number;
  /**
   * Share of each weight that is taken off, times the learning rate.
   */
  weightDecay: number;
  /**
   * How much of the running means of the gradient and of its square stays at each step.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: Share that stays.
   */
  betas: [number, number];
  /**
   * Added to the denominator, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Divide by the largest second moment so far (Reddi et al. 2018).
   */
  amsgrad: boolean;
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * Adam (Kingma and Ba 2015).
 */
export interface ResolvedAdamOptimizer {
  /**
   * Adam.
   */
  type: "adam";
  /**
   * Size of a step, before `schedule` changes it.
   */
  learningRate: number;
  /**
   * Added to the gradient, times the weight.
   */
  weightDecay: number;
  /**
   * How much of the running means of the gradient and of its square stays at each step.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: Share that stays.
   */
  betas: [number, number];
  /**
   * Added to the denominator, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Divide by the largest second moment so far (Reddi et al. 2018).
   */
  amsgrad: boolean;
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * Stochastic gradient descent, with momentum where it is asked for.
 */
export interface ResolvedSgdOptimizer {
  /**
   * Stochastic gradient descent.
   */
  type: "sgd";
  /**
   * Size of a step, before `schedule` changes it.
   */
  learningRate: number;
  /**
   * Share of the last step that is kept.
   */
  momentum: number;
  /**
   * Share of the gradient that momentum leaves out.
   */
  dampening: number;
  /**
   * Look ahead by the momentum first (Sutskever et al. 2013).
   */
  nesterov: boolean;
  /**
   * Added to the gradient, times the weight.
   */
  weightDecay: number;
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * RMSprop (Tieleman and Hinton 2012).
 */
export interface ResolvedRmspropOptimizer {
  /**
   * RMSprop.
   */
  type: "rmsprop";
  /**
   * Size of a step, before `schedule` changes it.
   */
  learningRate: number;
  /**
   * Share of the running mean of squares that stays.
   */
  alpha: number;
  /**
   * Added to the denominator, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Share of the last step that is kept.
   */
  momentum: number;
  /**
   * Divide by the variance rather than by the mean of squares.
   */
  centered: boolean;
  /**
   * Added to the gradient, times the weight.
   */
  weightDecay: number;
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * Lion (Chen et al. 2023): every weight moves by the learning rate, in the direction of its momentum.
 */
export interface ResolvedLionOptimizer {
  /**
   * Steps of one size in the direction of the momentum.
   */
  type: "lion";
  /**
   * Size of a step, before `schedule` changes it: a third to a tenth of what suits AdamW.
   */
  learningRate: number;
  /**
   * Share of each weight that is taken off, times the learning rate.
   */
  weightDecay: number;
  /**
   * Shares that stay: of the momentum in the direction of a step, and of the momentum from step to step.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: A share.
   */
  betas: [number, number];
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * Adagrad (Duchi et al. 2011).
 */
export interface ResolvedAdagradOptimizer {
  /**
   * Adagrad.
   */
  type: "adagrad";
  /**
   * Size of a step, before `schedule` changes it.
   */
  learningRate: number;
  /**
   * Added to the divisor, so that nothing is divided by 0.
   */
  epsilon: number;
  /**
   * Added to the gradient, times the weight.
   */
  weightDecay: number;
  /**
   * Apply `weightDecay` to biases and to the parameters of normalisation too.
   */
  decayBiasAndNorm: boolean;
}
/**
 * The same in every step, after `warmup`.
 */
export interface ResolvedConstantSchedule {
  /**
   * Stays the same.
   */
  type: "constant";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
}
/**
 * Falls in a straight line to learningRate · endFactor, which it reaches behind the last step, as PyTorch's LinearLR.
 */
export interface ResolvedLinearSchedule {
  /**
   * Falls in a straight line.
   */
  type: "linear";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
  /**
   * Share of the learning rate that is left at the end.
   */
  endFactor: number;
}
/**
 * Falls along half a cosine to `minLearningRate`, which it reaches behind the last step, as PyTorch's CosineAnnealingLR (Loshchilov and Hutter 2017).
 */
export interface ResolvedCosineSchedule {
  /**
   * Falls along half a cosine.
   */
  type: "cosine";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
  /**
   * Learning rate at the end.
   */
  minLearningRate: number;
}
/**
 * Is multiplied by `gamma` every `stepSize` steps.
 */
export interface ResolvedStepSchedule {
  /**
   * Falls in steps.
   */
  type: "step";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
  /**
   * Steps between two changes.
   */
  stepSize: number;
  /**
   * Factor of the learning rate at each change.
   */
  gamma: number;
}
/**
 * Is multiplied by `gamma` after every step.
 */
export interface ResolvedExponentialSchedule {
  /**
   * Falls by the same factor in every step.
   */
  type: "exponential";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
  /**
   * Factor of the learning rate from one step to the next.
   */
  gamma: number;
}
/**
 * Rises to `maxLearningRate` and falls far below the start, as PyTorch's OneCycleLR (Smith and Topin 2018).
 */
export interface ResolvedOneCycleSchedule {
  /**
   * Rises once and falls.
   */
  type: "oneCycle";
  /**
   * Steps over which the learning rate first rises in a straight line to its full size.
   */
  warmup: number;
  /**
   * Learning rate at the top. Absent: the optimizer's.
   */
  maxLearningRate?: number;
  /**
   * Share of the steps in which it rises.
   */
  pctStart: number;
  /**
   * It starts at maxLearningRate / divFactor.
   */
  divFactor: number;
  /**
   * It ends at the start / finalDivFactor.
   */
  finalDivFactor: number;
  /**
   * Form of rise and fall.
   */
  anneal: "cosine" | "linear";
  /**
   * Fall to the start first and then to the end, rather than to the end at once.
   */
  threePhase: boolean;
}
/**
 * A trained teacher. Dense layers, one after the other.
 */
export interface ResolvedMlpTeacher {
  /**
   * A network that is described here, trained first and then kept.
   */
  type: "layers";
  /**
   * Dense layers, one after the other.
   */
  preset: "mlp";
  /**
   * Units of each hidden layer.
   *
   * Items: Units of one layer.
   */
  hidden: number[];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Share of each hidden layer's values that is dropped in training.
   */
  dropout: number;
  train: ResolvedTeacherTraining;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A trained teacher. LeNet-5 (LeCun et al. 1998): two convolutions with pooling, then dense layers.
 */
export interface ResolvedLenetTeacher {
  /**
   * A network that is described here, trained first and then kept.
   */
  type: "layers";
  /**
   * LeNet-5 (LeCun et al. 1998): two convolutions with pooling, then dense layers.
   */
  preset: "lenet";
  /**
   * Filters of the two convolutions.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: Filters of one convolution.
   */
  filters: [number, number];
  /**
   * Units of the dense layers before the logits.
   *
   * Items: Units of one layer.
   */
  hidden: number[];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  train: ResolvedTeacherTraining;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A trained teacher. ResNet for small images (He et al. 2016, section 4.2): three stages of residual blocks.
 */
export interface ResolvedResnetTeacher {
  /**
   * A network that is described here, trained first and then kept.
   */
  type: "layers";
  /**
   * ResNet for small images (He et al. 2016, section 4.2): three stages of residual blocks.
   */
  preset: "resnet";
  /**
   * Layers with weights: 6n + 2, as 8, 14, 20, 32, 44, 56, 110.
   */
  depth: number;
  /**
   * Filters of the first stage; each later stage has twice as many.
   */
  width: number;
  train: ResolvedTeacherTraining;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A trained teacher. Vision transformer (Dosovitskiy et al. 2021) for small images: patches, blocks of self-attention, and the mean over all patches.
 */
export interface ResolvedVitTeacher {
  /**
   * A network that is described here, trained first and then kept.
   */
  type: "layers";
  /**
   * Vision transformer (Dosovitskiy et al. 2021) for small images: patches, blocks of self-attention, and the mean over all patches.
   */
  preset: "vit";
  /**
   * Height and width of the squares that the image is cut into; what is left at the right and lower edges is not seen.
   */
  patchSize: number;
  /**
   * Features of each patch: a multiple of `heads`.
   */
  width: number;
  /**
   * Blocks, of one self-attention and two dense layers each.
   */
  depth: number;
  /**
   * Attentions that work side by side in a block, on `width` / `heads` features each.
   */
  heads: number;
  /**
   * Units of a block's hidden dense layer, as a multiple of `width`.
   */
  mlpRatio: number;
  /**
   * Share of what each block adds that is dropped in training.
   */
  dropout: number;
  train: ResolvedTeacherTraining;
  /**
   * The teacher's own preprocessing of the raw sample, in place of `data.normalize`. Absent: the teacher sees what the student sees.
   */
  normalize?: ResolvedNormalize;
  /**
   * What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.
   */
  outputs: "auto" | "logits" | "probabilities";
}
/**
 * A student, layer by layer.
 */
export interface ResolvedLayersStudent {
  /**
   * The layers in Keras terms, one after the other unless `inputs` says otherwise. The last one gives the logits: as many units as there are classes, no softmax.
   */
  layers: ResolvedLayer[];
}
/**
 * Dense layers, one after the other.
 */
export interface ResolvedMlpStudent {
  /**
   * Dense layers, one after the other.
   */
  preset: "mlp";
  /**
   * Units of each hidden layer.
   *
   * Items: Units of one layer.
   */
  hidden: number[];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
  /**
   * Share of each hidden layer's values that is dropped in training.
   */
  dropout: number;
}
/**
 * LeNet-5 (LeCun et al. 1998): two convolutions with pooling, then dense layers.
 */
export interface ResolvedLenetStudent {
  /**
   * LeNet-5 (LeCun et al. 1998): two convolutions with pooling, then dense layers.
   */
  preset: "lenet";
  /**
   * Filters of the two convolutions.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: Filters of one convolution.
   */
  filters: [number, number];
  /**
   * Units of the dense layers before the logits.
   *
   * Items: Units of one layer.
   */
  hidden: number[];
  /**
   * Function applied to each value of the output.
   */
  activation:
    | "linear"
    | "relu"
    | "relu6"
    | "elu"
    | "selu"
    | "gelu"
    | "sigmoid"
    | "hardSigmoid"
    | "tanh"
    | "softmax"
    | "logSoftmax"
    | "softplus"
    | "softsign"
    | "swish"
    | "mish";
}
/**
 * ResNet for small images (He et al. 2016, section 4.2): three stages of residual blocks.
 */
export interface ResolvedResnetStudent {
  /**
   * ResNet for small images (He et al. 2016, section 4.2): three stages of residual blocks.
   */
  preset: "resnet";
  /**
   * Layers with weights: 6n + 2, as 8, 14, 20, 32, 44, 56, 110.
   */
  depth: number;
  /**
   * Filters of the first stage; each later stage has twice as many.
   */
  width: number;
}
/**
 * Vision transformer (Dosovitskiy et al. 2021) for small images: patches, blocks of self-attention, and the mean over all patches.
 */
export interface ResolvedVitStudent {
  /**
   * Vision transformer (Dosovitskiy et al. 2021) for small images: patches, blocks of self-attention, and the mean over all patches.
   */
  preset: "vit";
  /**
   * Height and width of the squares that the image is cut into; what is left at the right and lower edges is not seen.
   */
  patchSize: number;
  /**
   * Features of each patch: a multiple of `heads`.
   */
  width: number;
  /**
   * Blocks, of one self-attention and two dense layers each.
   */
  depth: number;
  /**
   * Attentions that work side by side in a block, on `width` / `heads` features each.
   */
  heads: number;
  /**
   * Units of a block's hidden dense layer, as a multiple of `width`.
   */
  mlpRatio: number;
  /**
   * Share of what each block adds that is dropped in training.
   */
  dropout: number;
}
/**
 * A saved TensorFlow.js layers model whose training goes on.
 */
export interface ResolvedModelStudent {
  /**
   * The model.json; its weights lie beside it.
   */
  model: string;
}
/**
 * Knowledge distillation: the student's softened probabilities should be the teacher's.
 */
export interface ResolvedKdLoss {
  /**
   * Match the teacher's softened probabilities.
   */
  type: "kd";
  /**
   * Divides the logits of both before the softmax: the higher, the more the small probabilities count. At 1 nothing is softened.
   */
  temperature: number;
  /**
   * Brings the logits of each sample to mean 0 and deviation 1 first, those of both: the student then need not match the teacher's range. From Sun et al. 2024, Logit Standardization in Knowledge Distillation, who take temperature 2 and weigh it 9 to 0.1 of `ce`.
   */
  standardize: boolean;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Goes from `from` to `to` in a straight line over the first steps, and stays there.
 */
export interface ResolvedWeightSchedule {
  /**
   * Weight at the first step.
   */
  from: number;
  /**
   * Weight at the end.
   */
  to: number;
  /**
   * Steps that the change takes.
   */
  over: number;
}
/**
 * Cross-entropy with the true labels.
 */
export interface ResolvedCeLoss {
  /**
   * Match the labels.
   */
  type: "ce";
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Cross-entropy with softened labels: 1 − ε on the true class and ε spread over all classes.
 */
export interface ResolvedLabelSmoothingLoss {
  /**
   * Match softened labels.
   */
  type: "labelSmoothing";
  /**
   * Share of the label that is spread over all classes.
   */
  epsilon: number;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Decoupled knowledge distillation: what the teacher says of the true class and what it says of the others, each with a weight of its own. The paper warms it up over the first 20 epochs: `weight` as `from` 0 `to` 1.
 */
export interface ResolvedDkdLoss {
  /**
   * Match the true class and the others apart.
   */
  type: "dkd";
  /**
   * Divides the logits of both before the softmax: the higher, the more the small probabilities count. The default is the authors' 4, not the 3 of `kd`: with T² and β it sets how much the loss weighs.
   */
  temperature: number;
  /**
   * Weight of TCKD, the true class against all others.
   */
  alpha: number;
  /**
   * Weight of NCKD, the other classes among themselves.
   */
  beta: number;
  /**
   * Brings the logits of each sample to mean 0 and deviation 1 first, those of both: the student then need not match the teacher's range. From Sun et al. 2024, Logit Standardization in Knowledge Distillation, who take temperature 2 and weigh it 9 to 0.1 of `ce`.
   */
  standardize: boolean;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Correlation with the teacher (DIST): the student should rank as the teacher does, the classes of each sample and the samples of each class. For teachers much stronger than the student.
 */
export interface ResolvedDistLoss {
  /**
   * Correlate with the teacher's probabilities.
   */
  type: "dist";
  /**
   * Divides the logits of both before the softmax: the higher, the more the small probabilities count. At 1 for many classes. The default is the authors' 4 for CIFAR-100, not the 3 of `kd`: with T² it sets how much the loss weighs.
   */
  temperature: number;
  /**
   * Weight of the correlation along the classes of a sample.
   */
  beta: number;
  /**
   * Weight of the correlation along the samples of the batch; noisy in small batches.
   */
  gamma: number;
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Reverse Kullback–Leibler divergence: the student should find nothing likely that the teacher does not, and may leave out what the teacher does.
 */
export interface ResolvedReverseKlLoss {
  /**
   * Stay within the teacher's softened probabilities.
   */
  type: "reverseKl";
  /**
   * Divides the logits of both before the softmax: the higher, the more the small probabilities count.
   */
  temperature: number;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Generalised Jensen–Shannon divergence: between `kd` (β near 0) and `reverseKl` (β near 1), and bounded, so that samples on which the teacher is wrong weigh less.
 */
export interface ResolvedJsdLoss {
  /**
   * Meet the teacher's softened probabilities half way.
   */
  type: "jsd";
  /**
   * Divides the logits of both before the softmax: the higher, the more the small probabilities count.
   */
  temperature: number;
  /**
   * Weight of the teacher in the mixture m.
   */
  beta: number;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Hints (FitNets): what the student says in a layer should be what the teacher says in one of its own.
 */
export interface ResolvedHintLoss {
  /**
   * Match a layer of the teacher.
   */
  type: "hint";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  /**
   * What brings the student's features to the teacher's shape, where they differ; it is trained too, and no part of the student. `linear` is a convolution without bias (a dense layer for flat features), `relu` has batch norm and a ReLU behind it, for a teacher's layer that ends in one.
   */
  projector: "none" | "linear" | "relu";
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Attention transfer: the student should look where the teacher looks. The larger of two maps is average-pooled to the smaller; their channels need not be as many.
 */
export interface ResolvedAtLoss {
  /**
   * Look where the teacher looks.
   */
  type: "at";
  /**
   * Name of a feature map of the student, or of one for each stage, as many as of the teacher.
   */
  student: string | string[];
  /**
   * Name of a feature map of the teacher, or of one for each stage, as many as of the student. What the teacher says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string | string[];
  /**
   * Power p of the features: the higher, the more the strongest places count.
   */
  power: number;
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Similarity preserving: samples of a batch that are alike to the teacher should be alike to the student. Their features may have any shapes.
 */
export interface ResolvedSpLoss {
  /**
   * Find the same samples alike.
   */
  type: "sp";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Relational knowledge distillation: distances and angles between the samples of a batch should be as with the teacher. Meant for flat features before the last layer; takes memory for B² · features and for B³: with 128 samples and maps of 4,096 numbers, seconds a step and gigabytes.
 */
export interface ResolvedRkdLoss {
  /**
   * Keep distances and angles between samples.
   */
  type: "rkd";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  /**
   * Weight of the distances.
   */
  distance: number;
  /**
   * Weight of the angles; at 0 they are not computed.
   */
  angle: number;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Probabilistic knowledge transfer: a sample should have the same neighbours as with the teacher, by cosine. Meant for flat features before the last layer.
 */
export interface ResolvedPktLoss {
  /**
   * Keep neighbours.
   */
  type: "pkt";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Variational information distillation: the student's features should tell what the teacher's are, as well as they can; where they cannot, the variance excuses it. It may be negative.
 */
export interface ResolvedVidLoss {
  /**
   * Tell what the teacher's layer says.
   */
  type: "vid";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  weight: ResolvedWeight;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * Contrastive representation distillation: what the student's layer says of a sample should be told from what the teacher's says of others, and the other way round. It remembers both embeddings of every training sample, in memory and in checkpoints: 2 · samples · dimension · 4 bytes, 61 MB for 60,000. The paper has `kd` and `ce` beside it.
 */
export interface ResolvedCrdLoss {
  /**
   * Tell a sample from others.
   */
  type: "crd";
  /**
   * Name of the student's layer whose output is compared.
   */
  student: string;
  /**
   * Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, and one of four axes has its channels first. What it says there is remembered where it takes at most 256 MB and no sample is augmented; else the teacher runs in every step.
   */
  teacher: string;
  /**
   * Other samples that each one is compared with, drawn anew in every step. A step reads batch · negatives · dimension numbers of each network; the paper has 16384, which take a CPU ten times as long as 512.
   */
  negatives: number;
  /**
   * Which samples are drawn: those of other classes, or all others.
   */
  negativesFrom: "otherClasses" | "otherSamples";
  /**
   * Numbers in an embedding, to which a dense layer of its own brings each network's features.
   */
  dimension: number;
  /**
   * What similarities are divided by: the lower, the more the most alike negatives count.
   */
  temperature: number;
  /**
   * Share of the old embedding when a sample's is remembered anew.
   */
  momentum: number;
  weight: ResolvedWeight & number;
  /**
   * Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.
   */
  name?: string;
}
/**
 * How long, and what is looked at on the way.
 */
export interface ResolvedTraining {
  /**
   * Passes over the training samples.
   */
  epochs?: number;
  /**
   * Steps in all, in place of `epochs`. Absent: `epochs` says how long.
   */
  steps?: number;
  /**
   * Largest norm of all gradients together; larger ones are scaled down to it. Absent: no clipping.
   */
  clipNorm?: number;
  /**
   * What the matrix products and convolutions of the student's steps multiply in. `bfloat16` rounds their operands to 8 binary digits: faster on cards and processors that have it, slower on others. Weights, losses, norms, the optimizer, and evaluation stay in float32. The engine tensorflow alone has it.
   */
  precision: "float32" | "bfloat16";
  /**
   * Steps between two evaluations on the validation samples. Absent: once an epoch.
   */
  evaluateEvery?: number;
  /**
   * Steps between two checkpoints. Absent: once an epoch.
   */
  checkpointEvery?: number;
  /**
   * Steps between two reports of the losses.
   */
  reportEvery: number;
  earlyStopping?: ResolvedEarlyStopping;
  /**
   * How many checkpoints are kept: the latest ones; the best is kept besides.
   */
  keepCheckpoints: number;
  /**
   * Share of the running average of the weights that stays at each step; the average is what is evaluated and saved. Absent: no average.
   */
  ema?: number;
}
/**
 * Ends training when the validation metric has not improved for `patience` evaluations. Absent: training goes on to its end.
 */
export interface ResolvedEarlyStopping {
  /**
   * What is looked at. `nll`, `ece` and `brier` should fall, the others rise.
   */
  metric: "accuracy" | "top5" | "nll" | "ece" | "brier" | "agreement" | "macroF1";
  /**
   * Evaluations without improvement that are waited for.
   */
  patience: number;
}
/**
 * What the result is compared with.
 */
export interface ResolvedBaselines {
  /**
   * Train the same student on the same data for as long without the teacher, so that the report can say what distilling gained. Everything else is the same: start, order, budget, augmentation, and those of the `losses` that need no teacher, with their weights divided by their sum in each step; without any, `ce`.
   */
  studentAlone: boolean | ResolvedStudentAlone;
}
/**
 * Train it with losses of its own, whose weights count as they stand.
 */
export interface ResolvedStudentAlone {
  /**
   * The terms that are added up, each times its `weight`; none that needs a teacher.
   */
  losses: ResolvedLabelLoss[];
}
