import type { JSONPath, Node } from "jsonc-parser";
import type { Schema } from "../../parameters/schema.ts";
import { keyOf, nodeAt, properties } from "../parse.ts";
import { parsePath } from "../valuePath.ts";
import { experimentSchema, propertySchema, resolved } from "./schema.ts";
import { type Branch, branches } from "./union.ts";

/**
 * The schema at one place in a text. `branches` are the possible schemas of the value: one, unless the text does not decide yet
 * (no `type`, an unknown `type`, no value).
 */
export interface Place {
  readonly schema: Schema;
  readonly branches: readonly Schema[];
}

/**
 * The schema of the value at a path; undefined where there is none. A value of a sweep has the schema of its target.
 * @param whole with what modules declare, where that is known
 */
export function placeAt(
  root: Node | undefined,
  path: JSONPath,
  whole: Schema = experimentSchema,
): Place | undefined {
  const target = sweptPath(path);
  if (target) return sweptPlace(root, path, { target, whole });
  let schema: Schema | undefined = resolved(whole);
  let node = root;
  for (const segment of path) {
    schema = chosen(schema, node)
      .map((branch) => step(branch, segment))
      .find((next) => next !== undefined);
    if (!schema) return undefined;
    node = child(node, segment);
  }
  return { schema, branches: chosen(schema, node) };
}

/**
 * `["losses", 0, "temperature"]` of the list `sweep.parameters["losses[0].temperature"]`, or of a value in it, and likewise of the
 * values in a condition, `sweep.conditions.alpha["losses[0].temperature"]`.
 */
export function sweptPath(path: JSONPath): JSONPath | undefined {
  const depth = depthOfList(path);
  const target = path[depth - 1];
  const isOne = path[0] === "sweep" && depth > 0 && typeof target === "string";
  return isOne && path.length <= depth + 1 ? parsePath(target) : undefined;
}

/** Segments of the path of a list of values; 0 where there is none. */
export const depthOfList = ([, key]: JSONPath): number =>
  key === "parameters" ? 3 : key === "conditions" ? 4 : 0;

function sweptPlace(
  root: Node | undefined,
  path: JSONPath,
  { target, whole }: { readonly target: JSONPath; readonly whole: Schema },
): Place | undefined {
  const depth = depthOfList(path);
  // A condition is also about what stands in the values of a parameter, which the file need not have.
  const other: { readonly schema: Schema } | undefined = depth === 3 ? undefined : { schema: {} };
  const place = target[0] === "sweep" ? undefined : (placeAt(root, target, whole) ?? other);
  if (!place) return undefined;
  const { schema } = place;
  const numbers = numbersAt(depth);
  if (path.length === depth) {
    const list: Schema = {
      ...(schema.description && { description: schema.description }),
      type: "array",
      minItems: 1,
      items: schema,
      ...(schema.examples && { examples: [schema.examples] }),
    };
    const isRange = nodeAt(root, path)?.type === "object";
    return isRange ? { schema: numbers, branches: [numbers] } : { schema: list, branches: [list] };
  }
  const key = path[depth];
  const ofRange = typeof key === "string" ? propertySchema(numbers, key) : schema;
  return ofRange && { schema: ofRange, branches: chosen(ofRange, nodeAt(root, path)) };
}

/** Of what stands in place of a list of values. */
const numbersAt = (depth: number): Schema =>
  resolved({ $ref: `#/definitions/${depth === 3 ? "ValueRange" : "Bounds"}` });

/** The branches of a schema that a value can match, nested unions flattened; all of them where nothing decides. */
export function chosen(schema: Schema, node: Node | undefined): readonly Schema[] {
  if (!schema.oneOf) return [schema];
  const all = branches(schema);
  const match = matching(all, node);
  if (match) return chosen(match.schema, node);
  return fitting(all, node).flatMap((branch) => chosen(branch.schema, node));
}

/** An object cannot become a number. */
function fitting<B extends { readonly schema: Schema }>(
  all: readonly B[],
  node: Node | undefined,
): readonly B[] {
  if (node?.type !== "object") return all;
  const objects = all.filter(({ schema }) => schema.oneOf ?? schema.type === "object");
  return objects.length > 0 ? objects : all;
}

/** The branch whose selector matches the node. Each key is looked up once: a layer has forty branches with one tag. */
export function matching(all: readonly Branch[], node: Node | undefined): Branch | undefined {
  if (!node) return undefined;
  const found = new Map<string, Node | undefined>();
  const property = (key: string): Node | undefined => {
    if (!found.has(key))
      found.set(
        key,
        properties(node).find((property) => keyOf(property) === key),
      );
    return found.get(key);
  };
  return all.find(({ selector }) => {
    if (selector.by === "type") return isOfType(node, selector.type);
    const own = property(selector.key);
    if (!own) return false;
    if (selector.by === "module") return namesModule(own.children?.[1]?.value, selector);
    return selector.by === "key" || selector.values.includes(own.children?.[1]?.value);
  });
}

/** Whether the value of a tag is the path of a module. */
export const namesModule = (value: unknown, { pattern }: { readonly pattern: string }): boolean =>
  typeof value === "string" && new RegExp(pattern, "u").test(value);

const isOfType = (node: Node, type: Schema["type"]): boolean =>
  type === "integer" ? node.type === "number" && Number.isInteger(node.value) : node.type === type;

function step(schema: Schema, segment: string | number): Schema | undefined {
  if (typeof segment === "string") {
    const { additionalProperties: others } = schema;
    // The module's own declaration decides.
    return propertySchema(schema, segment) ?? (others === true ? {} : others ? resolved(others) : undefined);
  }
  return schema.items && resolved(schema.items);
}

function child(node: Node | undefined, segment: string | number): Node | undefined {
  if (typeof segment === "number") return node?.type === "array" ? node.children?.[segment] : undefined;
  return properties(node).find((property) => keyOf(property) === segment)?.children?.[1];
}
