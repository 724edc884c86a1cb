import { fileWeightsOf } from "../model/fileWeights.ts";
import type { Model } from "../model/model.ts";
import { shapeText } from "../numbers.ts";
import { groupsOf } from "../rules/weightPattern.ts";
import { type Choice, kindOf } from "./item.ts";

/** Names of a deep network's weights are many; its parts are what patterns are of. */
const mostNames = 500;

/** Patterns for the parts of the student, nearest to the output first, then each weight. */
export function weightNames(model: Model | undefined, rest = ""): Choice[] {
  const names = model?.student?.weights ?? [];
  return named([...groupsOf(names).toReversed(), ...names.toReversed()], () => rest);
}

/** The layers with weights that the text does not name yet, with their modules where these are known, and each weight. */
export function layersInFile(
  model: Model | undefined,
  present: ReadonlySet<string>,
  hasColon: boolean,
): Choice[] {
  const layers = model?.student?.plan?.layers ?? [];
  const pairs = (model && fileWeightsOf(model)?.match?.pairs) ?? {};
  const names = layers.flatMap((layer) => (layer && layer.parameterCount > 0 ? [layer.name] : []));
  return named(
    [...names, ...(model?.student?.weights ?? [])].filter((name) => !present.has(name)),
    (name) => (hasColon ? "" : `: ${JSON.stringify(pairs[name] ?? "")}`),
  );
}

/** What the file of weights has: modules, then tensors. */
export function namesInFile(model: Model | undefined): Choice[] {
  const tensors = (model && fileWeightsOf(model)?.file.knowledge?.facts?.tensors) ?? [];
  const names = tensors.map(({ name }) => name);
  const modules = groupsOf(names).map((group) => group.slice(0, -2));
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shapeText(shape)]));
  return named([...modules, ...names], () => "").map((choice) => {
    const detail = shapes.get(choice.label);
    return detail === undefined ? choice : { ...choice, detail };
  });
}

const named = (names: readonly string[], rest: (name: string) => string): Choice[] =>
  names.slice(0, mostNames).map((name) => ({
    label: name,
    kind: kindOf.Reference,
    text: `${JSON.stringify(name)}${rest(name)}`,
  }));
