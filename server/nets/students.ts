import { isKind, type Kind } from "../parameters/kind.ts";
import {
  choice,
  defined,
  file,
  folder,
  optional,
  type Parameters,
  parameter,
  referenceTo,
} from "../parameters/parameter.ts";
import { presetNets } from "./presets/presets.ts";
import type { LayerSpec } from "./shapes.ts";

/** A network that is written out. */
export const layers = parameter<readonly LayerSpec[]>({
  description:
    "The layers in Keras terms, in sequence unless `inputs` connects them otherwise. The last one gives the logits: one unit per class, no softmax.",
  type: "array",
  minItems: 1,
  items: referenceTo("Layer").schema,
  examples: [[{ type: "flatten" }, { type: "dense", units: 10 }]],
});

const pattern = {
  description: "Names of weights; `*` stands for any characters.",
  type: "string",
  pattern: "\\S",
  weightOf: "student",
} as const;

/** Parameters of any student's weights. */
export const weightPatterns = {
  trainable: optional(
    parameter<readonly string[]>({
      description:
        "Patterns of the names of the weights that are trained, such as `head.*`. The others stay as they are, and a batch normalisation whose averages are not matched normalises by these. Absent: all are trained.",
      type: "array",
      minItems: 1,
      items: pattern,
      examples: [["head.*"]],
    }),
  ),
  learningRates: optional(
    parameter<Readonly<Record<string, number>>>({
      description:
        "Factors of the learning rate by patterns of names: 10 lets what matches take steps ten times as large. Of several patterns that match the last one counts. Absent: 1 for all.",
      type: "object",
      weightOf: "student",
      additionalProperties: {
        description: "Factor of the learning rate.",
        type: "number",
        exclusiveMinimum: 0,
        usual: [1e-3, 100],
      },
      examples: [{ "head.*": 10 }],
    }),
  ),
  weightDecays: optional(
    parameter<Readonly<Record<string, number>>>({
      description:
        "Weight decay by patterns of names, in place of the optimizer's `weightDecay`. Of several patterns that match the last one counts. Absent: the optimizer's for all.",
      type: "object",
      weightOf: "student",
      additionalProperties: { description: "Weight decay of what matches.", type: "number", minimum: 0 },
      examples: [{ "*.bias": 0 }],
    }),
  ),
};

/** Parameters for the initial weights of a student that is described layer by layer. */
const fileWeights = {
  weights: optional(
    defined(
      "FileWeights",
      file(
        "A .safetensors file with the weights to begin with, as PyTorch or a run saves them. Kernels, gates and what follows a flatten come into the order that they have here; arguments do not: PyTorch's norms have an `epsilon` of 1e-5, and its convolutions in steps pad all edges, as `zeroPadding2d` does. Absent: they are drawn.",
        [".safetensors"],
        "student.safetensors",
      ),
    ),
  ),
  weightNames: optional(
    defined(
      "WeightNames",
      parameter<Readonly<Record<string, string>>>({
        description:
          "What the file of `weights` calls them: a layer of the student, and the module that it is there; or a single weight, and its tensor. `rnn.*_l1` is the second layer of an LSTM. Absent: by equal names, else by shapes, else by the numbers in names.",
        type: "object",
        layerOf: "student",
        additionalProperties: {
          description: "A module or a tensor of the file.",
          type: "string",
          tensorOf: "weights",
        },
        examples: [{ conv2d_1: "features.0" }],
      }),
    ),
  ),
  newWeights: optional(
    defined(
      "NewWeights",
      parameter<readonly string[]>({
        description:
          "Patterns of the names of weights that are drawn, not taken from the file of `weights`, such as those of a last layer for other classes. Absent: none.",
        type: "array",
        minItems: 1,
        items: pattern,
        examples: [["dense_2.*"]],
      }),
    ),
  ),
};

const head = choice(
  "Which last layer gives the outputs: `keep`, the model's own; `replace`, a new one for the classes of the data, which begins anew under the old one's names.",
  ["keep", "replace"],
  { default: "keep", examples: ["replace"] },
);

const withKeys = (entries: Kind["entries"], keys: Parameters): Kind["entries"] =>
  Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [
      name,
      isKind(entry) ? entry : { ...entry, parameters: { ...entry.parameters, ...keys } },
    ]),
  );

/** Students as the experiment file knows them. */
export const studentKind: Kind = {
  name: "Student",
  chosenBy: "keys",
  entries: {
    ...withKeys(
      { layers: { description: "A student, layer by layer.", parameters: { layers } }, ...presetNets },
      { ...fileWeights, ...weightPatterns },
    ),
    model: {
      description: "A saved network whose training goes on: a TensorFlow.js layers model, or an ONNX model.",
      parameters: {
        model: file(
          "The model.json, with its weights beside it, or the ONNX file of a network of operators that can be trained, such as PyTorch exports.",
          [".json", ".onnx"],
          "student/model.json",
        ),
        head,
        ...weightPatterns,
      },
    },
    run: {
      description: "The student of a run, whose training goes on under other settings.",
      parameters: {
        run: folder(
          "The run's folder. Its best student is taken, or its last one where nothing chose. Its own experiment goes on by `distill resume`.",
          ".distill/runs/20260101-120000-mnist-1a2b",
        ),
        head,
        ...weightPatterns,
      },
    },
    experiment: {
      description:
        "The student of another experiment, whose training goes on. A completed run of that experiment with the same settings and files is used if there is one; else it is trained first, as a separate run.",
      parameters: {
        experiment: file("The experiment file.", [".distill.json"], "former.distill.json"),
        head,
        ...weightPatterns,
      },
    },
  },
  module: {
    kind: "student",
    description:
      "A student of your own: a module in TypeScript whose default export is `defineStudent({ … })`. It declares the other keys and its weights, and gives logits in TensorFlow.js's operations.",
    parameters: weightPatterns,
  },
};
