import type { Node } from "jsonc-parser";
import { inputPlan } from "../../nets/inputRoles.ts";
import type { Schema } from "../../parameters/schema.ts";
import type { Cursor } from "../cursor.ts";
import { documentation, facts } from "../documentation.ts";
import type { Knowledge } from "../facts.ts";
import { endOf } from "../insert.ts";
import { modelOf } from "../model/model.ts";
import { member } from "../model/values.ts";
import { keyOf, nodeAt, type Parsed, properties } from "../parse.ts";
import { placeAt } from "../schema/choose.ts";
import { withModules } from "../schema/modules.ts";
import { propertySchema, resolved } from "../schema/schema.ts";
import { branches } from "../schema/union.ts";
import { skeleton } from "../skeleton.ts";
import { type Choice, kindOf, stops } from "./item.ts";
import { layersInFile, weightNames } from "./weightNames.ts";

/** The keys that the object at the cursor can still take: those of its variant only. */
export function keyChoices(parsed: Parsed, { path, word, hasColon }: Cursor, knowledge: Knowledge): Choice[] {
  const { root } = parsed;
  const place = placeAt(root, path, withModules(root, knowledge));
  if (!place) return [];
  if (place.schema.weightOf !== undefined)
    return weightNames(modelOf(parsed, knowledge), hasColon ? "" : ": ");
  if (place.schema.layerOf !== undefined)
    return layersInFile(modelOf(parsed, knowledge), presentKeys(nodeAt(root, path), word.offset), hasColon);
  if (place.schema.inputOf !== undefined) return inputNames(parsed, { path, word, hasColon }, knowledge);
  const present = presentKeys(nodeAt(root, path), word.offset);
  const known =
    place.branches.length === 1 ? decided(place.branches[0]) : undecided(place.schema, place.branches);
  return known
    .filter(([key]) => !present.has(key) && !hasRival(key, present))
    .map(([key, schema, isRequired]) => choice(key, schema, { isRequired, hasColon }));
}

/** The inputs of the teacher's model that the text does not name yet, each with its probable feed. */
function inputNames(
  parsed: Parsed,
  { path, word, hasColon }: Pick<Cursor, "path" | "word" | "hasColon">,
  knowledge: Knowledge,
): Choice[] {
  const node = nodeAt(parsed.root, path.slice(0, -1));
  const file = modelOf(parsed, knowledge)?.files.find(
    ({ reference }) => reference.node === member(node, "path"),
  );
  const ports = file?.knowledge?.facts?.inputs ?? [];
  const present = presentKeys(nodeAt(parsed.root, path), word.offset);
  const plan = inputPlan(
    ports.map(({ name }) => name),
    {},
  );
  const feeds = new Map("message" in plan ? [] : plan.others.map(({ name, feed }) => [name, feed]));
  return ports
    .filter(({ name }) => !present.has(name))
    .map(({ name, dtype = "" }) => ({
      label: name,
      kind: kindOf.Reference,
      detail: dtype,
      text: `${JSON.stringify(name)}${hasColon ? "" : `: ${JSON.stringify(feeds.get(name) ?? "sample")}`}`,
    }));
}

/** Keys with the same meaning: one is enough in an object, and both are an error. */
const rivals = [
  ["losses", "temperature"],
  ["losses", "alpha"],
  ["epochs", "steps"],
  ["seed", "seeds"],
] as const;

const hasRival = (key: string, present: ReadonlySet<string>): boolean =>
  rivals.some(([one, other]) => (key === one && present.has(other)) || (key === other && present.has(one)));

type Known = readonly [key: string, schema: Schema, isRequired: boolean];

/** Required keys first, then the others in the schema's order. */
function decided({ properties = {}, required = [] }: Schema = {}): Known[] {
  const keys = Object.keys(properties).filter((key) => key !== "$schema");
  const first = keys.filter((key) => required.includes(key));
  const others = keys.filter((key) => !required.includes(key));
  return [...first, ...others].map((key) => [key, resolved(properties[key] ?? {}), required.includes(key)]);
}

/** While the variant is open: the keys that would decide it, and those that all variants have. */
function undecided(schema: Schema, all: readonly Schema[]): Known[] {
  const [first] = all;
  if (!first) return [];
  const deciding = new Set(all.length > 1 ? decidingKeys(schema, all) : []);
  const shared = Object.keys(first.properties ?? {}).filter((key) =>
    all.every((branch) => propertySchema(branch, key)),
  );
  return [...deciding, ...shared.filter((key) => !deciding.has(key))].flatMap((key): Known[] => {
    const owner = all.find((branch) => propertySchema(branch, key));
    const property = owner && propertySchema(owner, key);
    return property ? [[key, property, deciding.has(key)]] : [];
  });
}

/** The tags and keys that distinguish the variants, those of nested unions included. */
function decidingKeys(schema: Schema, possible: readonly Schema[]): string[] {
  return branches(schema).flatMap(({ schema, selector }) => {
    const isOpen = possible.includes(schema) || schema.oneOf !== undefined;
    const own = selector.by === "type" || !isOpen ? [] : [selector.key];
    return schema.oneOf ? [...own, ...decidingKeys(schema, possible)] : own;
  });
}

/** All but the one being typed. */
const presentKeys = (object: Node | undefined, typedAt: number): ReadonlySet<string> =>
  new Set(
    properties(object)
      .filter(({ offset, length, children = [] }) => {
        const key = children[0] ?? { offset, length };
        return key.offset !== typedAt && !(key.offset < typedAt && typedAt < endOf(key));
      })
      .map(keyOf),
  );

function choice(
  key: string,
  schema: Schema,
  { isRequired, hasColon }: { readonly isRequired: boolean; readonly hasColon: boolean },
): Choice {
  const isTag = schema.const !== undefined;
  const value = isTag ? `"${stops()("")}"` : skeleton(schema, stops());
  return {
    label: key,
    kind: kindOf.Property,
    detail: [isRequired ? "required" : undefined, isTag ? undefined : facts(schema).at(-1)]
      .filter((part) => part !== undefined)
      .join(" · ")
      .replaceAll("`", ""),
    documentation: documentation(isTag ? {} : schema),
    ...(hasColon
      ? { text: JSON.stringify(key) }
      : {
          text: `${JSON.stringify(key)}: ${value}`,
          isSnippet: true,
          goesOn: isTag || schema.path !== undefined,
        }),
  };
}
