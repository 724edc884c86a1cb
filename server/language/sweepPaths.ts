import type { JSONPath, Node } from "jsonc-parser";
import { isRecord } from "../isRecord.ts";
import type { Schema } from "../parameters/schema.ts";
import { quoted } from "../parameters/words.ts";
import { rootWith } from "./memberTree.ts";
import { dataOf, keyOf, parse, properties } from "./parse.ts";
import { placeAt } from "./schema/choose.ts";
import { experimentSchema, propertySchema, resolved } from "./schema/schema.ts";
import { branches } from "./schema/union.ts";
import { walk } from "./schema/walk.ts";
import { obstacleTo } from "./settings.ts";
import { rootWhere, valuesWith } from "./sweptConditions.ts";
import { type SweptValue, sweptValues, triedValues } from "./sweptValues.ts";
import { parsePath, pathText } from "./valuePath.ts";

/** A value of the experiment that can vary. */
export interface SweepPath {
  readonly path: string;
  readonly schema: Schema;
  /** Its current value, or its default; undefined where there is neither. */
  readonly value: unknown;
}

/** Keys that do not affect a run, and those that vary by a key of their own. */
const fixed: ReadonlySet<string> = new Set([
  "$schema",
  "name",
  "description",
  "tags",
  "seed",
  "seeds",
  "sweep",
]);

const canVary = (path: JSONPath): boolean => !fixed.has(String(path[0])) && !isStageName(path);

const isStageName = ([list, , key]: JSONPath): boolean => list === "stages" && key === "name";

/** Why a path of a sweep varies nothing; undefined for one that does. */
export function sweepPathProblem(text: string, root: Node | undefined): string | undefined {
  const path = parsePath(text);
  if (!path) return `${quoted(text)} is not the path of a value, as in "losses[0].temperature".`;
  if (path[0] === "seed" && path.length === 1)
    return "Seeds have their own key: give them as `seeds`, beside `sweep`.";
  if (!canVary(path))
    return `${quoted(isStageName(path) ? text : String(path[0]))} does not change what is trained.`;
  const tried = rootWhere(text, root);
  const obstacle = obstacleTo({ path }, tried);
  if (obstacle !== undefined) return `${quoted(text)} is not a valid path: ${lowerFirst(obstacle)}`;
  return placeAt(tried, path) ? undefined : `This experiment has no ${quoted(text)}.`;
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** The values of the sweep at paths that vary something. Each path is looked at once: it may have thousands of values. */
export function soundValues(root: Node | undefined): SweptValue[] {
  const isSound = new Map<string, boolean>();
  return sweptValues(root).filter(({ path }) => {
    const sound = isSound.get(path) ?? sweepPathProblem(path, root) === undefined;
    isSound.set(path, sound);
    return sound;
  });
}

/** Values of a sweep's lists that are looked into for what only they have. */
const mostValues = 20;

/** The experiment with each value of the sweep's lists in its place. */
export function otherValues(root: Node | undefined): { readonly value: SweptValue; readonly tried: Node }[] {
  const listed = sweptValues(root).filter(({ node }) => node.parent?.type === "array");
  return listed.slice(0, mostValues).flatMap((value) => {
    const isPlace = root !== undefined && sweepPathProblem(value.path, root) === undefined;
    return isPlace ? [{ value, tried: rootWith(root, triedValues(valuesWith(value, root))) }] : [];
  });
}

/** The values of an experiment that can vary, defaults included; the most useful first. */
export function sweepPaths(root: Node | undefined): SweepPath[] {
  const whole = parse(JSON.stringify(withBeginnings(root))).root;
  const found: SweepPath[] = [];
  for (const { node, at, branch } of walk(whole)) {
    if (node.type !== "object" || !branch?.properties) continue;
    if (at.length > 0 && !canVary(at)) continue;
    const own = new Map(properties(node).map((property) => [keyOf(property), property.children?.[1]]));
    for (const [key, property] of Object.entries(branch.properties)) {
      const schema = resolved(property);
      const path = [...at, key];
      if (!canVary(path) || !isPlain(schema) || isReplaced(schema, own)) continue;
      found.push({ path: pathText(path), schema, value: dataOf(own.get(key)) ?? schema.default });
    }
  }
  const rank = ({ path }: SweepPath) => {
    const index = likely.indexOf(/^\w+/.exec(path)?.[0] ?? "");
    return index < 0 ? likely.length : index;
  };
  return found.sort((a, b) => rank(a) - rank(b));
}

/** In the order in which they are usually tried. */
const likely = [
  "temperature",
  "alpha",
  "losses",
  "stages",
  "student",
  "optimizer",
  "schedule",
  "training",
  "data",
  "teacher",
];

/** The file's content, with absent objects begun from their defaults: `optimizer` has a `type`. */
function withBeginnings(root: Node | undefined): unknown {
  const beginnings = Object.keys(experimentSchema.properties ?? {}).flatMap((key) => {
    const value = propertySchema(experimentSchema, key)?.default;
    return isRecord(value) ? [[key, value]] : [];
  });
  const data = root?.type === "object" ? (dataOf(root) as object) : {};
  return { ...Object.fromEntries(beginnings), ...data };
}

/** A number, a word, a switch, or a list of numbers as `hidden`; not a name, and no object. */
function isPlain(schema: Schema): boolean {
  if (schema.oneOf) return branches(schema).some(({ schema }) => isPlain(schema));
  if (schema.layerReference) return false;
  switch (schema.type) {
    case "number":
    case "integer":
    case "boolean":
      return true;
    case "string":
      return schema.enum !== undefined || schema.const !== undefined || schema.path !== undefined;
    case "array":
      return schema.items !== undefined && /number|integer/.test(resolved(schema.items).type ?? "");
    default:
      return false;
  }
}

/** `temperature` beside `losses`. */
const isReplaced = ({ unless }: Schema, own: ReadonlyMap<string, unknown>): boolean =>
  unless !== undefined && own.has(unless);
