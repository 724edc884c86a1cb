import type { Student } from "../../../schemas/experiment.gen.ts";
import { constant, type Parameters, resolveParameter, valuesOf } from "../../parameters/parameter.ts";
import type { LayerSpec } from "../shapes.ts";
import { lenet } from "./lenet.ts";
import { mlp } from "./mlp.ts";
import { mobilenetV2 } from "./mobilenetV2.ts";
import type { Preset } from "./preset.ts";
import { resnet } from "./resnet.ts";
import { transformer } from "./transformer.ts";
import { vit } from "./vit.ts";

/** Every net that has a name. A row is all of one: schema, reference, completion and layers. */
const presets = {
  mlp,
  lenet,
  resnet,
  mobilenetV2,
  vit,
  transformer,
} as const;

/** A preset in the experiment file; omitted keys have their defaults. */
export type PresetSpec = Extract<Student, { preset: string }>;

/** The layers that a preset stands for; the last one gives the logits. */
export function presetLayers(spec: PresetSpec, classes: number): LayerSpec[] {
  const { parameters, layers } = presets[spec.preset] as unknown as Preset;
  return layers(valuesOf(parameters, spec), classes);
}

/** The same of what may not be valid: undefined where one of its keys is not what it should be. */
export function layersIfValid(
  name: string,
  given: (key: string) => unknown,
  classes: number,
): LayerSpec[] | undefined {
  if (!Object.hasOwn(presets, name)) return undefined;
  const { parameters, layers } = presets[name as keyof typeof presets] as unknown as Preset;
  const values: Record<string, unknown> = {};
  for (const [key, parameter] of Object.entries(parameters)) {
    const resolved = resolveParameter(parameter, given(key));
    if (resolved === undefined) return undefined;
    values[key] = resolved.value;
  }
  return layers(values, classes);
}

interface NamedNet {
  readonly description: string;
  /** Its name among them. */
  readonly parameters: Parameters;
}

/** Presets as the experiment file knows them, whichever net is one. */
export const presetNets: Readonly<Record<string, NamedNet>> = Object.fromEntries(
  Object.entries(presets).map(([name, { description, parameters }]) => [
    name,
    { description, parameters: { preset: constant(name, description), ...parameters } },
  ]),
);
