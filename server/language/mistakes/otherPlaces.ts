import type { JSONPath, Node } from "jsonc-parser";
import type { Schema } from "../../parameters/schema.ts";
import { type Edit, replace } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { keyOf, nodeAt, properties } from "../parse.ts";
import { placeAt } from "../schema/choose.ts";
import { experimentSchema, propertySchema, resolved } from "../schema/schema.ts";
import { defaultAbove } from "../settings.ts";
import { pathText } from "../valuePath.ts";

/** A key of the schema from the root on; `anyItem` stands for an index. */
type Pattern = readonly string[];

const anyItem = "[]";

/** Where a key belongs that is unknown where it stands. */
export interface OtherPlaces {
  /** As a message names them: `optimizer.learningRate`, `losses[].weight`. */
  readonly names: readonly string[];
  /** The only place of the text that takes it, if it is one, free, and for such a value. */
  readonly target: JSONPath | undefined;
  /** There is one place, and something stands there. */
  readonly isTaken: boolean;
}

/** More places say nothing. */
const mostPlaces = 4;

/**
 * The places of the schema that know a key: those that share most of the way with where it stands, and of these the ones that are
 * least deep. Undefined where no place knows it, or too many do.
 * @param path of the unknown key
 */
export function otherPlaces(root: Node, path: JSONPath): OtherPlaces | undefined {
  // A sweep names its targets by paths.
  if (path[0] === "sweep") return undefined;
  const own = path.map((segment) => (typeof segment === "number" ? anyItem : segment));
  const patterns = (places().get(own.at(-1) ?? "") ?? []).filter(
    (pattern) => pattern.join() !== own.join() && !isSuperseded(root, pattern),
  );
  const open = patterns.filter((pattern) => targetsIn(root, pattern).length > 0);
  const near = nearest(open.length > 0 ? open : patterns, own);
  const targets = near.flatMap((pattern) => targetsIn(root, pattern));
  const [target] = targets;
  const named = targets.length > 0 && targets.length <= mostPlaces ? targets : undefined;
  const names =
    named?.map(pathText) ?? near.map((pattern) => pattern.join(".").replaceAll(`.${anyItem}`, anyItem));
  if (names.length === 0 || names.length > mostPlaces) return undefined;
  const only = targets.length === 1 ? target : undefined;
  const value = nodeAt(root, path);
  return {
    names,
    target: only && canTake(root, only) && takes(root, { path: only, value }) ? only : undefined,
    isTaken: only !== undefined && nodeAt(root, only) !== undefined,
  };
}

/** Moves a property of the text to a free place. */
export function moved(
  text: string,
  { root, property }: { root: Node; property: Node },
  target: JSONPath,
): Edit[] {
  const [key, value] = property.children ?? [];
  if (key === undefined || value === undefined) return [];
  const name = String(target.at(-1));
  const missing = target.findIndex((_, depth) => nodeAt(root, target.slice(0, depth + 1)) === undefined);
  const above = nodeAt(root, target.slice(0, missing)) as Node;
  const own = dedented(text, property, value);
  if (missing === target.length - 1)
    return [removeItem(text, property), insertProperty(text, above, name, own)];
  const first = String(target[missing]);
  const [beside] = defaultAbove({ path: target }, root);
  const others = Object.entries(beside?.value ?? {}).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const inner = target
    .slice(missing + 1, -1)
    .reduceRight(
      (inner: string, segment) => `{ ${JSON.stringify(segment)}: ${inner} }`,
      `{ ${[...others, `${JSON.stringify(name)}: ${own}`].join(", ")} }`,
    );
  // A comma behind the last property would be removed with it.
  if (property.parent === above) return [replace(property, `${JSON.stringify(first)}: ${inner}`)];
  return [removeItem(text, property), insertProperty(text, above, first, inner)];
}

let index: ReadonlyMap<string, readonly Pattern[]> | undefined;

/** All keys of the schema with their places, but for those in sweeps, which take paths. */
function places(): ReadonlyMap<string, readonly Pattern[]> {
  if (index !== undefined) return index;
  const found = new Map<string, Pattern[]>();
  const visit = (schema: Schema, at: Pattern, within: readonly Schema[]): void => {
    const { oneOf = [], items, properties = {} } = resolved(schema);
    // Teachers are of teachers.
    const definition = experimentSchema.definitions?.[schema.$ref?.split("/").at(-1) ?? ""] ?? schema;
    if (within.includes(definition)) return;
    const inside = [...within, definition];
    for (const branch of oneOf) visit(branch, at, inside);
    if (items) visit(items, [...at, anyItem], inside);
    for (const [key, property] of Object.entries(properties)) {
      // A tag is everywhere.
      if (resolved(property).const !== undefined) continue;
      const pattern = [...at, key];
      const known = found.get(key) ?? [];
      if (!known.some((other) => other.join() === pattern.join())) found.set(key, [...known, pattern]);
      visit(property, pattern, inside);
    }
  };
  visit(experimentSchema, [], []);
  index = found;
  return found;
}

function nearest(patterns: readonly Pattern[], own: Pattern): Pattern[] {
  const shared = (pattern: Pattern) => {
    const apart = pattern.findIndex((segment, i) => segment !== own[i]);
    return apart < 0 ? pattern.length : apart;
  };
  const most = Math.max(...patterns.map(shared));
  const closest = patterns.filter((pattern) => shared(pattern) === most);
  const least = Math.min(...closest.map(({ length }) => length));
  const isCommon = closest.filter(({ length }) => length <= least + 1).length > mostPlaces;
  // A `path` may be anywhere.
  return isCommon && least > 1 ? [] : closest.filter(({ length }) => length === least);
}

/** `temperature` of an experiment that lists its `losses` is theirs. */
function isSuperseded(root: Node, pattern: Pattern): boolean {
  const [key = ""] = pattern;
  const { unless } = (pattern.length === 1 && propertySchema(experimentSchema, key)) || {};
  return unless !== undefined && properties(root).some((property) => keyOf(property) === unless);
}

/** The places of a text that are meant by a pattern and know its key, as the text has them or takes them. */
function targetsIn(root: Node, pattern: Pattern): JSONPath[] {
  let paths: JSONPath[] = [[]];
  for (const segment of pattern)
    paths = paths.flatMap((path) => {
      if (segment !== anyItem) return [[...path, segment]];
      return (nodeAt(root, path)?.children ?? []).map((_, i) => [...path, i]);
    });
  return paths.filter((path) =>
    placeAt(root, path.slice(0, -1))?.branches.some((branch) => propertySchema(branch, String(path.at(-1)))),
  );
}

/** Whether a value can be written there: nothing stands there, and what is missing on the way is complete with it. */
function canTake(root: Node, path: JSONPath): boolean {
  const missing = path.findIndex((_, depth) => nodeAt(root, path.slice(0, depth + 1)) === undefined);
  if (missing < 0 || nodeAt(root, path.slice(0, missing))?.type !== "object") return false;
  const given = Object.keys(defaultAbove({ path }, root)[0]?.value ?? {});
  return path.slice(missing, -1).every((_, i) => {
    const { branches = [] } = placeAt(root, path.slice(0, missing + i + 1)) ?? {};
    const known = [...(i === 0 ? given : []), String(path[missing + i + 1])];
    return branches.some(({ required = [] }) => required.every((key) => known.includes(key)));
  });
}

/** Whether a list stands where lists are possible, and nothing else where they alone are. */
function takes(root: Node, { path, value }: { path: JSONPath; value: Node | undefined }): boolean {
  const { branches = [] } = placeAt(root, path.slice(0, -1)) ?? {};
  const isList = (schema: Schema): boolean[] =>
    schema.oneOf ? schema.oneOf.flatMap((one) => isList(resolved(one))) : [schema.type === "array"];
  const known = branches.flatMap((branch) => propertySchema(branch, String(path.at(-1))) ?? []);
  return known.flatMap(isList).includes(value?.type === "array");
}

/** A value as written, its further lines as far in as if the key began a line. */
function dedented(text: string, property: Node, value: Node): string {
  const line = text.slice(text.lastIndexOf("\n", property.offset) + 1, property.offset);
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return text.slice(value.offset, value.offset + value.length).replaceAll(`\n${indent}`, "\n");
}
