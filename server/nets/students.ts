import type { Kind } from "../parameters/kind.ts";
import { file, parameter, referenceTo } from "../parameters/parameter.ts";
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

/** Students as the experiment file knows them. */
export const studentKind: Kind = {
  name: "Student",
  chosenBy: "keys",
  entries: {
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
      },
    },
  },
};
