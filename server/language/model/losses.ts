import type { Node } from "jsonc-parser";
import { defaults } from "../../../schemas/defaults.ts";
import { isModulePath, moduleName } from "../../parameters/moduleName.ts";
import type { Schema } from "../../parameters/schema.ts";
import { type TaskName, taskNames, taskOf } from "../../tasks/tasks.ts";
import { propertySchema } from "../schema/schema.ts";
import { variantOf } from "../schema/union.ts";
import { items, member, numberOf, textOf } from "./values.ts";

export interface LossModel {
  readonly type: string;
  /** Its name in logs: `name`, else its type. */
  readonly name: string;
  readonly seesTeacher: boolean;
  /** Samples without labels do not count in it. */
  readonly needsLabels: boolean;
  /** The tasks that it is for. */
  readonly tasks: readonly string[];
  /** Which layer outputs it compares; undefined: none. */
  readonly compares: Schema["compares"];
  /** The loss's object, or the value of the shorthand `temperature` or `alpha`; none by default. */
  readonly node: Node | undefined;
  /** Its largest weight during training. */
  readonly weight: number;
  readonly temperature: { readonly value: number; readonly node: Node } | undefined;
  /** The names of the layers that it compares, as written. */
  readonly layers: NamedLayers;
}

export interface NamedLayers {
  readonly student: readonly Node[];
  readonly teacher: readonly Node[];
}

/** Those of a list. */
export const lossesOf = (list: Node, schema?: Schema): readonly LossModel[] =>
  items(list).flatMap((node) => fromList(node, schema));

/**
 * The losses that the experiment says, from the list or from `temperature` and `alpha`.
 * @param schema with what modules declare, where that is known
 * @param task classification when absent
 */
export function lossModels(root: Node, schema?: Schema, task?: TaskName): readonly LossModel[] {
  const list = member(root, "losses");
  if (list) return lossesOf(list, schema);
  const alpha = member(root, "alpha");
  const temperature = member(root, "temperature");
  const weight = numberOf(alpha) ?? defaults.alpha;
  return [
    {
      ...ofType("kd"),
      node: temperature ?? alpha,
      weight,
      temperature: givenTemperature(temperature),
      layers: noLayers,
    },
    {
      ...ofType(taskOf(task).labelLoss),
      node: alpha,
      weight: 1 - weight,
      temperature: undefined,
      layers: noLayers,
    },
  ];
}

function fromList(node: Node, schema?: Schema): LossModel[] {
  const type = textOf(member(node, "type"));
  if (type === undefined) return [];
  return [
    {
      ...ofType(type, textOf(member(node, "name")), schema),
      node,
      weight:
        largestWeight(member(node, "weight")) ?? lossDefault(type, "weight", schema) ?? defaults.lossWeight,
      temperature: givenTemperature(member(node, "temperature")),
      layers: namedLayers(node),
    },
  ];
}

/** Facts about its type. */
function ofType(type: string, name = moduleName(type), schema?: Schema) {
  const {
    seesTeacher = false,
    needsLabels = false,
    tasks = taskNames,
    compares,
  } = variantOf("Loss", type, schema) ?? {};
  return { type, name, seesTeacher, needsLabels, tasks, compares };
}

function givenTemperature(node: Node | undefined): LossModel["temperature"] {
  const value = numberOf(node);
  return node && value !== undefined ? { value, node } : undefined;
}

const noLayers: NamedLayers = { student: [], teacher: [] };

/** The layers that a loss's object names; none where it compares logits. A module's keys may stand for layers without its being known. */
export function namedLayers(loss: Node): NamedLayers {
  const type = textOf(member(loss, "type")) ?? "";
  if (!isModulePath(type) && !variantOf("Loss", type)?.seesLayers) return noLayers;
  const of = (role: string) => {
    const value = member(loss, role);
    const names = value?.type === "array" ? items(value) : value ? [value] : [];
    return names.filter(({ type }) => type === "string");
  };
  return { student: of("student"), teacher: of("teacher") };
}

function largestWeight(node: Node | undefined): number | undefined {
  if (node?.type === "object") {
    return Math.max(numberOf(member(node, "from")) ?? 0, numberOf(member(node, "to")) ?? 0);
  }
  return numberOf(node);
}

/** Default of a key of a loss of this type; undefined where it has none. */
export function lossDefault<T = number>(type: string, key: string, whole?: Schema): T | undefined {
  const schema = variantOf("Loss", type, whole);
  return (schema && propertySchema(schema, key)?.default) as T | undefined;
}
