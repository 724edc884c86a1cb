import { augmentationEntry } from "../data/augmentations/augmentations.ts";
import { lossEntry } from "../engine/distill/losses/losses.ts";
import { layerEntry } from "../nets/layerTypes.ts";
import { weightPatterns } from "../nets/students.ts";
import type { Entry } from "../parameters/kind.ts";
import { constant, type Parameters } from "../parameters/parameter.ts";
import type { Schema } from "../parameters/schema.ts";
import type { ModuleDefinition } from "./definition.ts";

/** What an experiment may say where it names the module by this path: as of what is built in, but with a tag of its own. */
export function schemaOf(definition: ModuleDefinition, path: string): Schema {
  const { description, parameters, facts } = entryOf(definition);
  const all: Parameters = { type: constant(path, description), ...parameters };
  const keys = Object.entries(all);
  return {
    description,
    type: "object",
    additionalProperties: false,
    required: keys.filter(([, { required }]) => required).map(([key]) => key),
    properties: Object.fromEntries(keys.map(([key, { schema }]) => [key, schema])),
    ...facts,
  };
}

function entryOf(definition: ModuleDefinition): Entry {
  switch (definition.kind) {
    case "loss":
      return lossEntry(definition.loss);
    case "layer":
      return layerEntry(definition.layer);
    case "student": {
      const { description, parameters } = definition.student;
      return { description, parameters: { ...parameters, ...weightPatterns } };
    }
    case "augmentation":
      return augmentationEntry(definition.augmentation);
  }
}
