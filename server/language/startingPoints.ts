import type { StartingPoint } from "../protocol.ts";

/** A wide network teaches a narrow one on a CSV file. */
const onTable = `  "data": {
    "train": { "type": "csv", "path": "data/train.csv", "label": "label" },
    "validation": { "split": 0.2 },
    "test": { "type": "csv", "path": "data/test.csv", "label": "label" },
    "normalize": "fit",
    "batchSize": 32
  },
  "teacher": { "type": "layers", "preset": "mlp", "hidden": [256, 256], "dropout": 0.2, "train": { "epochs": 50 } },
  "student": { "preset": "mlp", "hidden": [16] },
`;

/** Experiments that are valid once their files exist. */
export const startingPoints: readonly StartingPoint[] = [
  {
    label: "Distil an ONNX teacher",
    description: "A trained network in an .onnx file teaches a small one on image data.",
    text: `{
  // The network in teacher.onnx teaches a student with one hidden layer (Hinton et al. 2015).
  "data": {
    "train": { "type": "idx", "images": "data/train-images-idx3-ubyte", "labels": "data/train-labels-idx1-ubyte" },
    "validation": { "split": 0.1 },
    "test": { "type": "idx", "images": "data/t10k-images-idx3-ubyte", "labels": "data/t10k-labels-idx1-ubyte" },
    "normalize": { "scale": 0.00392156862745098 } // bytes to 0 … 1
  },
  "teacher": { "type": "onnx", "path": "teacher.onnx" },
  "student": { "preset": "mlp", "hidden": [64] },
  "temperature": 3,
  "alpha": 0.7,
  "training": { "epochs": 10 },
  "baselines": { "studentAlone": true }
}
`,
  },
  {
    label: "Train a teacher, then distil it",
    description: "A teacher learns from few labels, a student from its outputs for many samples.",
    text: `{
  // Few labels, many samples: the teacher learns from the first 2,000, and the student also from its outputs for all others.
  "data": {
    "train": {
      "type": "idx",
      "images": "data/train-images-idx3-ubyte",
      "labels": "data/train-labels-idx1-ubyte",
      "take": 2000
    },
    "unlabelled": { "type": "idx", "images": "data/train-images-idx3-ubyte", "skip": 2000 },
    "validation": { "split": 0.1 },
    "test": { "type": "idx", "images": "data/t10k-images-idx3-ubyte", "labels": "data/t10k-labels-idx1-ubyte" },
    "normalize": { "scale": 0.00392156862745098 } // bytes to 0 … 1
  },
  "teacher": {
    "type": "layers",
    "layers": [
      { "type": "conv2d", "filters": 32, "kernelSize": 3, "activation": "relu" },
      { "type": "maxPooling2d" },
      { "type": "conv2d", "filters": 64, "kernelSize": 3, "activation": "relu" },
      { "type": "maxPooling2d" },
      { "type": "flatten" },
      { "type": "dropout", "rate": 0.5 },
      { "type": "dense", "units": 128, "activation": "relu" },
      { "type": "dense", "units": 10 }
    ],
    "train": { "epochs": 40, "augment": [{ "type": "shift", "pixels": 2 }] }
  },
  "student": { "preset": "mlp", "hidden": [64] },
  "temperature": 3,
  "alpha": 0.7,
  "training": { "epochs": 8 },
  "baselines": { "studentAlone": true }
}
`,
  },
  {
    label: "Distil on a table",
    description: "A CSV file: a wide network teaches a narrow one.",
    text: `{
${onTable}  "temperature": 3,
  "alpha": 0.7,
  "training": { "epochs": 50, "earlyStopping": { "patience": 10 } },
  "baselines": { "studentAlone": true }
}
`,
  },
  {
    label: "Distil a ResNet",
    description: "ResNet-56 teaches ResNet-20 on small colour images in an .npz archive.",
    text: `{
  "data": {
    "train": { "type": "npz", "path": "data/images.npz", "features": "x_train", "labels": "y_train" },
    "validation": { "split": 0.1 },
    "test": { "type": "npz", "path": "data/images.npz", "features": "x_test", "labels": "y_test" },
    "normalize": "fit",
    "augment": [{ "type": "crop", "padding": 4 }, { "type": "flip" }]
  },
  "teacher": {
    "type": "layers",
    "preset": "resnet",
    "depth": 56,
    "train": { "epochs": 60, "optimizer": { "type": "sgd", "learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.0005 } }
  },
  "student": { "preset": "resnet", "depth": 20 },
  "losses": [{ "type": "kd", "temperature": 4, "weight": 0.9 }, { "type": "ce", "weight": 0.1 }],
  "optimizer": { "type": "sgd", "learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.0005 },
  "schedule": { "type": "cosine", "warmup": 200 },
  "training": { "epochs": 60 }
}
`,
  },
  {
    label: "Own loss in TypeScript",
    description:
      "A loss in a module beside the experiment, focal.ts, on a table: a wide network teaches a narrow one.",
    text: `{
  // focal.ts computes a loss of one's own: what it declares is completed and checked here.
${onTable}  "losses": [{ "type": "kd", "temperature": 3, "weight": 0.7 }, { "type": "./focal.ts", "gamma": 2, "weight": 0.3 }],
  "training": { "epochs": 50, "earlyStopping": { "patience": 10 } },
  "baselines": { "studentAlone": true }
}
`,
    beside: {
      name: "focal.ts",
      text: `import { defineLoss, number } from "distillery";

export default defineLoss({
  description: "Focal loss (Lin et al. 2017): cross-entropy in which a sample counts less the surer the student is of its class.",
  reads: ["labels"],
  parameters: { gamma: number("How much less; 0 is cross-entropy.", { minimum: 0, default: 2 }) },
  value: ({ tf, student, labels }, { gamma }) => {
    const logs = tf.logSoftmax(student); // [batch, classes]
    const unsure = tf.pow(tf.sub(1, tf.exp(logs)), gamma);
    return labels.mean(tf.neg(tf.sum(tf.mul(labels.probabilities, tf.mul(unsure, logs)), -1)));
  },
});
`,
    },
  },
];
