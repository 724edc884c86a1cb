import type { Node } from "jsonc-parser";
import { experimentSchema, propertySchema, resolved } from "../schema/schema.ts";
import { branches } from "../schema/union.ts";
import { items, member, numberOf, textOf } from "./values.ts";

export interface LossModel {
  readonly type: string;
  /** Under which it is logged: its `name`, else its type. */
  readonly name: string;
  readonly seesTeacher: boolean;
  /** Samples without labels do not count in it. */
  readonly needsLabels: boolean;
  /** The loss's object, or the value of `temperature` or `alpha` where that is how it is given; none by default. */
  readonly node: Node | undefined;
  /** The largest weight that it ever has. */
  readonly weight: number;
  readonly temperature: { readonly value: number; readonly node: Node } | undefined;
  /** The names of the layers that it compares, as they are written. */
  readonly layers: NamedLayers;
}

export interface NamedLayers {
  readonly student: readonly Node[];
  readonly teacher: readonly Node[];
}

/** The losses that the experiment trains with, from the list or from `temperature` and `alpha`. */
export function lossModels(root: Node): readonly LossModel[] {
  const list = member(root, "losses");
  if (list) return items(list).flatMap(fromList);
  const alpha = member(root, "alpha");
  const temperature = member(root, "temperature");
  const weight = numberOf(alpha) ?? 0.7;
  const node = temperature ?? alpha;
  const value = numberOf(temperature);
  return [
    {
      type: "kd",
      name: "kd",
      seesTeacher: true,
      needsLabels: false,
      node,
      weight,
      temperature: temperature && value !== undefined ? { value, node: temperature } : undefined,
      layers: noLayers,
    },
    {
      type: "ce",
      name: "ce",
      seesTeacher: false,
      needsLabels: true,
      node: alpha,
      weight: 1 - weight,
      temperature: undefined,
      layers: noLayers,
    },
  ];
}

function fromList(node: Node): LossModel[] {
  const type = textOf(member(node, "type"));
  if (type === undefined) return [];
  const temperature = member(node, "temperature");
  const value = numberOf(temperature);
  return [
    {
      type,
      name: textOf(member(node, "name")) ?? type,
      seesTeacher: teacherLosses.has(type),
      needsLabels: labelLosses.has(type),
      node,
      weight: largestWeight(member(node, "weight")) ?? lossDefault(type, "weight") ?? 1,
      temperature: temperature && value !== undefined ? { value, node: temperature } : undefined,
      layers: namedLayers(node),
    },
  ];
}

const noLayers: NamedLayers = { student: [], teacher: [] };

/** The layers that a loss's object names: none where it compares logits. */
export function namedLayers(loss: Node): NamedLayers {
  if (!layerLosses.has(textOf(member(loss, "type")) ?? "")) return noLayers;
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

const variants = branches(resolved(experimentSchema.definitions?.["Loss"] ?? {})).flatMap(
  ({ schema, selector }) => (selector.by === "tag" ? selector.values.map((type) => ({ type, schema })) : []),
);

const teacherLosses: ReadonlySet<string> = new Set(
  variants.flatMap(({ type, schema }) => (schema.seesTeacher ? [type] : [])),
);

const labelLosses: ReadonlySet<string> = new Set(
  variants.flatMap(({ type, schema }) => (schema.needsLabels ? [type] : [])),
);

const layerLosses: ReadonlySet<string> = new Set(
  variants.flatMap(({ type, schema }) => (schema.seesLayers ? [type] : [])),
);

/** What a loss of this type has where its file says nothing. */
export function lossDefault(type: string, key: string): number | undefined {
  const schema = variants.find((variant) => variant.type === type)?.schema;
  return (schema && propertySchema(schema, key)?.default) as number | undefined;
}
