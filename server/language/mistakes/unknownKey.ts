import { distance } from "fastest-levenshtein";
import { getNodePath, type Node } from "jsonc-parser";
import { oneOf, quoted } from "../../parameters/words.ts";
import { error, type Finding, type Fix, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { keyOf, properties } from "../parse.ts";
import { propertySchema } from "../schema/schema.ts";
import { branches } from "../schema/union.ts";
import { spelling, suggestion } from "../suggest.ts";
import { pathText } from "../valuePath.ts";
import { moved, type OtherPlaces, otherPlaces } from "./otherPlaces.ts";
import { type Mistaken, nameOf } from "./place.ts";

export function unknownKey(key: string, mistaken: Mistaken): Finding[] {
  const near = meantKey(key, mistaken) ?? requiredInstead(key, mistaken);
  const owners = near ? [] : ownersOf(key, mistaken);
  const root = rootOf(mistaken.node);
  const places = owners.length > 0 ? undefined : otherPlaces(root, [...getNodePath(mistaken.node), key]);
  // The same word at a free place is closer than a word of which two letters differ.
  const better =
    near && places?.target && distance(key.toLowerCase(), near.toLowerCase()) > 1 ? undefined : near;
  const there = suggestion(key, known(mistaken));
  const hint = better
    ? ` Did you mean ${quoted(better)}?`
    : owners.length > 0
      ? ` It belongs to ${owners.join(", ")}.`
      : places
        ? ` It belongs ${placeWords(places)}.`
        : there
          ? ` Did you mean ${quoted(there)}, which already exists?`
          : knownHere(mistaken);
  const all = propertiesByKey(mistaken.node).get(key) ?? [];
  // Two values cannot go to one place.
  const movesTo = all.length === 1 && !better ? places?.target : undefined;
  return all.map((property) => {
    const span = property.children?.[0] ?? property;
    const fixes: Fix[] = [];
    if (better) fixes.push(spelling(key, better, { span, among: missing(mistaken) }));
    if (movesTo)
      fixes.push(
        fix(`Move to ${quoted(pathText(movesTo))}`, ...moved(mistaken.text, { root, property }, movesTo)),
      );
    fixes.push(fix(`Remove ${quoted(key)}`, removeItem(mistaken.text, property)));
    const message = `Unknown key ${quoted(key)} in ${nameOf(mistaken)}.${hint}`;
    return { code: "unknown-key", ...error(span, message, ...fixes), ...(movesTo && { movesTo }) };
  });
}

/** "at the top level", "at "optimizer.learningRate"". */
function placeWords({ names, isTaken }: OtherPlaces): string {
  const [name = "", ...others] = names;
  const isTop = others.length === 0 && !/[.[]/.test(name);
  const place = isTop ? "at the top level of the experiment" : `at ${oneOf(names.map(quoted))}`;
  return isTaken ? `${place}, where one already is` : place;
}

const rootOf = (node: Node): Node => (node.parent ? rootOf(node.parent) : node);

/** The key that an unknown one probably means: known here and not used yet. */
function meantKey(key: string, { node, branches }: Mistaken): string | undefined {
  return suggestion(key, missing({ node, branches }));
}

/** The key that has to stand here and does not, where it is the only one and the unknown key's value would do for it. */
function requiredInstead(key: string, { node, branches }: Mistaken): string | undefined {
  const [branch, ...others] = branches;
  const present = propertiesByKey(node);
  const [wanted, ...more] = (branch?.required ?? []).filter((name) => !present.has(name));
  const [property, ...twins] = present.get(key) ?? [];
  if (others.length > 0 || wanted === undefined || more.length > 0 || twins.length > 0) return undefined;
  const type = branch?.properties?.[wanted]?.type;
  const isAlike = (type === "string" || type === "array") && property?.children?.[1]?.type === type;
  return isAlike ? wanted : undefined;
}

/** The keys that are possible here and not used yet. */
function missing({ node, branches }: Pick<Mistaken, "node" | "branches">): string[] {
  const present = propertiesByKey(node);
  return known({ branches }).filter((key) => !present.has(key));
}

const known = ({ branches }: Pick<Mistaken, "branches">): string[] => [
  ...new Set(branches.flatMap(({ properties = {} }) => Object.keys(properties))),
];

/** The alternatives; none where that would be a long list. */
function knownHere(mistaken: Mistaken): string {
  const keys = missing(mistaken);
  return keys.length > 0 && keys.length <= 8 ? ` Known here: ${keys.map(quoted).join(", ")}.` : "";
}

/** The other variants of the same union that have the key; none where that would be a long list. */
function ownersOf(key: string, { schema }: Mistaken): string[] {
  if (!schema.oneOf) return [];
  const owners = branches(schema).flatMap(({ schema, selector }) =>
    propertySchema(schema, key) && selector.by === "tag" ? selector.values.map(quoted) : [],
  );
  return owners.length <= 6 ? owners : [];
}

const indexed = new WeakMap<Node, ReadonlyMap<string, readonly Node[]>>();

/** Cached per tree: an object with very many unknown keys would be walked for each of them. */
function propertiesByKey(node: Node): ReadonlyMap<string, readonly Node[]> {
  const before = indexed.get(node);
  if (before) return before;
  const index = new Map<string, Node[]>();
  for (const property of properties(node)) {
    const key = keyOf(property);
    const same = index.get(key);
    if (same) same.push(property);
    else index.set(key, [property]);
  }
  indexed.set(node, index);
  return index;
}
