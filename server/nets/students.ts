import { isKind, type Kind } from "../parameters/kind.ts";
import { choice, file, optional, parameter, referenceTo } from "../parameters/parameter.ts";
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

/** What any student may say of its weights. */
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

const withPatterns = (entries: Kind["entries"]): Kind["entries"] =>
  Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [
      name,
      isKind(entry) ? entry : { ...entry, parameters: { ...entry.parameters, ...weightPatterns } },
    ]),
  );

/** Students as the experiment file knows them. */
export const studentKind: Kind = {
  name: "Student",
  chosenBy: "keys",
  entries: withPatterns({
    layers: { description: "A student, layer by layer.", parameters: { layers } },
    ...presetNets,
    model: {
      description: "A saved network whose training goes on: a TensorFlow.js layers model, or an ONNX model.",
      parameters: {
        model: file(
          "The model.json, with its weights beside it, or the ONNX file of a network of operators that can be trained, such as PyTorch exports.",
          [".json", ".onnx"],
          "student/model.json",
        ),
        head: choice(
          "Which last layer gives the outputs: `keep`, the model's own; `replace`, a new one for the classes of the data, which begins anew under the old one's names.",
          ["keep", "replace"],
          { default: "keep", examples: ["replace"] },
        ),
      },
    },
  }),
  module: {
    kind: "student",
    description:
      "A student of your own: a module in TypeScript whose default export is `defineStudent({ … })`. It declares the other keys and its weights, and gives logits in TensorFlow.js's operations.",
    parameters: weightPatterns,
  },
};
