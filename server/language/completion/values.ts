import type { Node } from "jsonc-parser";
import { inputName, layerNames } from "../../nets/shapes.ts";
import type { Schema } from "../../parameters/schema.ts";
import { columnText } from "../columnText.ts";
import type { Cursor } from "../cursor.ts";
import { documentation } from "../documentation.ts";
import type { Knowledge } from "../facts.ts";
import { columnsAround, namesColumn } from "../model/columns.ts";
import { type Model, modelOf } from "../model/model.ts";
import { layerSpecs } from "../model/net.ts";
import { items as itemsOf } from "../model/values.ts";
import { keyOf, nodeAt, type Parsed, properties } from "../parse.ts";
import { placeAt, sweptPath } from "../schema/choose.ts";
import { withModules } from "../schema/modules.ts";
import { propertySchema } from "../schema/schema.ts";
import { branches } from "../schema/union.ts";
import { oneLine, skeleton } from "../skeleton.ts";
import { triedPlace } from "../sweptConditions.ts";
import { comparedLayers, withOwnLayers } from "./comparedLayers.ts";
import { type Choice, kindOf, stops } from "./item.ts";
import { namesInFile, weightNames } from "./weightNames.ts";

/** Choices for the value at the cursor. */
export function valueChoices(parsed: Parsed, cursor: Cursor, knowledge: Knowledge): Choice[] {
  const { path } = cursor;
  const { root } = parsed;
  const model = modelOf(parsed, knowledge);
  // A value of a sweep is completed as at its target, without the keys beside it.
  const target = typeof path.at(-1) === "number" ? sweptPath(path) : undefined;
  const tagged = target ? { ...cursor, path: target, hasColon: true } : cursor;
  const key = tagged.path.at(-1);
  const schema = withModules(root, knowledge);
  const tags = typeof key === "string" ? tagChoices(root, tagged, { key, model, schema }) : [];
  if (tags.length > 0) return tags;
  const place = triedPlace(root, path, schema);
  if (!place) return [];
  if (place.schema.weightOf !== undefined && place.schema.type === "string") return weightNames(model);
  if (place.schema.tensorOf !== undefined) return namesInFile(model);
  const layers = comparedLayers(place.schema, model);
  if (layers.length > 0) return layers;
  const others = choices(withOwnLayers(place.schema, model), root, cursor);
  const columns = columnChoices(place.schema, path, model);
  // Beside columns, what a column is taken as; examples are of other tables.
  return columns.length > 0 ? [...columns, ...others.filter(({ isSnippet }) => isSnippet)] : others;
}

/** The columns of the table, where the value names one. */
function columnChoices(schema: Schema, path: Cursor["path"], model: Model | undefined): Choice[] {
  if (model === undefined || !namesColumn(schema)) return [];
  return columnsAround(model, path).map(({ name, facts }) => ({
    label: name,
    kind: kindOf.Field,
    ...(facts && { detail: columnText(facts), isDetailInEachRow: true }),
    text: JSON.stringify(name),
  }));
}

/** `"type": |`: the variants, each with its missing required keys. */
function tagChoices(
  root: Node | undefined,
  { path, hasColon }: Cursor,
  {
    key,
    model,
    schema,
  }: { readonly key: string; readonly model: Model | undefined; readonly schema: Schema },
): Choice[] {
  const owner = path.slice(0, -1);
  const place = placeAt(root, owner, schema);
  const object = nodeAt(root, owner);
  const present = new Set(properties(object).map(keyOf));
  const variants = place ? variantsBy(withOwnLayers(place.schema, model), key, object) : [];
  const words = variants.map(({ schema }) => firstWords(schema));
  const haveDetails = new Set(words).size > 1;
  return variants.map(({ value, schema }, i) => {
    const missing = (schema.required ?? []).filter((other) => other !== key && !present.has(other));
    const stop = stops();
    const rest = missing.map(
      (other) => `, ${JSON.stringify(other)}: ${skeleton(propertySchema(schema, other) ?? {}, stop)}`,
    );
    return {
      label: value,
      kind: kindOf.EnumMember,
      // The names are short forms that not everybody knows.
      ...(haveDetails && words[i] ? { detail: words[i], isDetailInEachRow: true } : {}),
      documentation: documentation(schema),
      text: JSON.stringify(value) + (hasColon ? "" : rest.join("")),
      isSnippet: rest.length > 0,
    };
  });
}

/** Of a description, what it says before it explains: `Decoupled knowledge distillation`. */
const firstWords = ({ description = "" }: Schema): string =>
  (description.split(/: |\. | \((?=[A-Z])| \[/)[0] ?? "").replace(/`|\.$/g, "");

interface Variant {
  readonly value: string;
  readonly schema: Schema;
}

/** The values of a tag; for a nested union (`preset` within `"type": "layers"`) those of the inner one. */
function variantsBy(union: Schema, key: string, object: Node | undefined): Variant[] {
  if (!union.oneOf) return [];
  return branches(union).flatMap(({ schema, selector }): Variant[] => {
    if (selector.by === "tag" && selector.key === key) {
      return selector.values.map((value) => ({
        value,
        schema: schema.oneOf ? { ...schema, required: [] } : schema,
      }));
    }
    return schema.oneOf ? variantsBy(schema, key, object) : [];
  });
}

function choices(schema: Schema, root: Node | undefined, cursor: Cursor): Choice[] {
  if (schema.layerReference) return layerChoices(root, cursor);
  if (schema.oneOf) return unionChoices(schema, root, cursor);
  const described = documentation(schema);
  if (schema.enum) return schema.enum.map((value) => valueChoice(value, schema, described));
  switch (schema.type) {
    case "boolean":
      return [true, false].map((value) => valueChoice(value, schema, described));
    case "object":
    case "array":
      return [structureChoice(schema)];
    default:
      return plainValues(schema).map((value) => valueChoice(value, schema, described));
  }
}

function unionChoices(union: Schema, root: Node | undefined, cursor: Cursor): Choice[] {
  const own = (union.examples ?? []).map((example) => valueChoice(example, union, documentation(union)));
  const all = branches(union).flatMap(({ schema, selector }) => {
    if (schema.oneOf) return choices(schema, root, cursor);
    if (selector.by === "type" && selector.type !== "object") return choices(schema, root, cursor);
    if (selector.by === "module") return [structureChoice(schema, "./….ts")];
    return [
      structureChoice(
        schema,
        selector.by === "tag" ? selector.values[0] : selector.by === "key" ? selector.key : undefined,
      ),
    ];
  });
  const offered = new Set<string>();
  return [...(isOfObjects(union) ? [] : own), ...all].filter(
    ({ label }) => !offered.has(label) && offered.add(label),
  );
}

const isOfObjects = (union: Schema): boolean =>
  branches(union).every(({ schema, selector }) => schema.oneOf ?? selector.by !== "type");

/** The default first, then examples. */
function plainValues(schema: Schema): readonly unknown[] {
  const all = [schema.default, ...(schema.examples ?? [])].filter((value) => value !== undefined);
  // A path or a name in an example does not apply here.
  return schema.type === "string" ? [] : [...new Set(all)];
}

function valueChoice(value: unknown, schema: Schema, described: string): Choice {
  const text = typeof value === "object" ? oneLine(value) : JSON.stringify(value);
  const isDefault = JSON.stringify(value) === JSON.stringify(schema.default);
  return {
    label: typeof value === "string" ? value : text,
    kind: typeof value === "string" ? kindOf.EnumMember : kindOf.Value,
    ...(isDefault ? { detail: "default", isPreferred: true } : {}),
    documentation: described,
    text,
  };
}

function structureChoice(schema: Schema, name?: string): Choice {
  const text = skeleton(schema, stops());
  return {
    label: name ?? (schema.type === "array" ? "[ … ]" : "{ … }"),
    kind: kindOf.Struct,
    ...(name && schema.description ? { detail: schema.description } : {}),
    documentation: documentation(schema),
    text,
    isSnippet: true,
  };
}

/** The layers before this one, nearest first, and the net's input. */
function layerChoices(root: Node | undefined, { path }: Cursor): Choice[] {
  const at = path.findLastIndex(
    (segment, index) => typeof segment === "number" && path[index - 1] === "layers",
  );
  const own = path[at];
  if (typeof own !== "number") return [];
  const layers = itemsOf(nodeAt(root, path.slice(0, at)));
  const specs = layerSpecs(layers.slice(0, own));
  const names = specs ? layerNames(specs) : [];
  return [...names.toReversed(), inputName].map((name) => ({
    label: name,
    kind: kindOf.Reference,
    detail: name === inputName ? "what enters the net" : (specs?.[names.indexOf(name)]?.type ?? ""),
    isDetailInEachRow: true,
    text: JSON.stringify(name),
  }));
}
