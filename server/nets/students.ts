import type { Kind } from "../parameters/kind.ts";
import { file, parameter, referenceTo } from "../parameters/parameter.ts";
import { presetNets } from "./presets/presets.ts";
import type { LayerSpec } from "./shapes.ts";

/** A network that is written out. */
export const layers = parameter<readonly LayerSpec[]>({
  description:
    "The layers in Keras terms, one after the other unless `inputs` says otherwise. The last one gives the logits: as many units as there are classes, no softmax.",
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
      description: "A saved TensorFlow.js layers model whose training goes on.",
      parameters: {
        model: file("The model.json; its weights lie beside it.", [".json"], "student/model.json"),
      },
    },
  },
};
