import { isDeepStrictEqual } from "node:util";
import frame from "../../schemas/experiment.frame.json" with { type: "json" };
import { augmentationKind } from "../../server/data/augmentations/augmentations.ts";
import { imagesKind, unlabelledImagesKind } from "../../server/data/sources/images.ts";
import { sourceKind, unlabelledSourceKind } from "../../server/data/sources/sources.ts";
import { textKind, unlabelledTextKind } from "../../server/data/sources/text.ts";
import { labelLossKind, lossKind } from "../../server/engine/distill/losses/losses.ts";
import { optimizerKind } from "../../server/engine/distill/optimizers/optimizers.ts";
import { scheduleKind } from "../../server/engine/distill/schedules/schedules.ts";
import { trainedTeacherKind } from "../../server/engine/train/teachers/described.ts";
import { teacherKind } from "../../server/engine/train/teachers/open.ts";
import { layerKind } from "../../server/nets/layerTypes.ts";
import { studentKind } from "../../server/nets/students.ts";
import { type Entry, entryName, isKind, type Kind, kindName } from "../../server/parameters/kind.ts";
import { constant, modulePath, nameOfDefinition, type Parameter } from "../../server/parameters/parameter.ts";
import type { Schema } from "../../server/parameters/schema.ts";

/** Kinds of which an experiment chooses an entry from a table in the code; the frame names each under `definitions`. */
export const kinds: readonly Kind[] = [
  augmentationKind,
  imagesKind,
  textKind,
  labelLossKind,
  layerKind,
  lossKind,
  optimizerKind,
  scheduleKind,
  sourceKind,
  studentKind,
  teacherKind,
  trainedTeacherKind,
  unlabelledImagesKind,
  unlabelledTextKind,
  unlabelledSourceKind,
];

/** The schema of the experiment file: the frame, completed from the tables. */
export function experimentSchemaText(): string {
  const definitions = Object.entries(
    frame.definitions as unknown as Readonly<Record<string, Schema>>,
  ).flatMap(([name, schema]) => {
    const kind = kinds.find((kind) => kindName(kind) === name);
    return kind ? [...entriesOf(kind), [name, { ...schema, ...choiceOf(kind) }]] : [[name, schema]];
  });
  return `${printed({ ...frame, definitions: Object.fromEntries(definitions) })}\n`;
}

/** The keys that several entries of a kind share, then each entry. */
function entriesOf(kind: Kind): (readonly [name: string, schema: Schema])[] {
  if (kind.partOf !== undefined) return [];
  const entries = Object.entries(kind.entries).flatMap(([type, entry]) =>
    isKind(entry) ? [] : [[type, entry] as const],
  );
  const shared = entries.flatMap(([, { parameters }]) =>
    Object.values(parameters).flatMap(({ schema, definition }) => [
      ...(definition ? [[definition.name, inner(definition.schema)] as const] : []),
      ...definitionsIn(schema),
    ]),
  );
  const own = entries.map(
    ([type, entry]) => [entryName(kind, type), entrySchema(kind, type, entry)] as const,
  );
  const { module } = kind;
  return [...shared, ...own, ...(module ? [[entryName(kind, "module"), moduleSchema(module)] as const] : [])];
}

const choiceOf = (kind: Kind): Schema => ({
  oneOf: [
    ...Object.entries(kind.entries).map(([type, entry]) =>
      isKind(entry) ? kindName(entry) : entryName(kind.partOf ?? kind, type),
    ),
    ...(kind.module ? [entryName(kind, "module")] : []),
  ].map((name) => ({ $ref: reference(name) })),
  ...(kind.chosenBy === "keys" ? {} : { discriminator: "type" }),
});

function entrySchema(kind: Kind, type: string, entry: Entry): Schema {
  const { description, hint = description, facts } = entry;
  const tag = kind.chosenBy === "keys" ? {} : { type: constant(type, hint) };
  const keys = Object.entries({ ...tag, ...entry.parameters });
  return {
    description,
    type: "object",
    additionalProperties: false,
    required: keys.filter(([, { required }]) => required).map(([key]) => key),
    properties: Object.fromEntries(keys.map(([key, parameter]) => [key, propertySchema(parameter)])),
    ...facts,
  };
}

/** Of a module whatever keys it declares may be there: what they are, only it can say. */
function moduleSchema({ description, kind, parameters, facts }: NonNullable<Kind["module"]>): Schema {
  const type = modulePath(kind);
  const keys = Object.entries({ type, ...parameters });
  return {
    description,
    type: "object",
    additionalProperties: true,
    required: ["type"],
    properties: Object.fromEntries(keys.map(([key, parameter]) => [key, propertySchema(parameter)])),
    ...facts,
  };
}

/** A reference to the definition and the keys that differ; the whole schema where the definition has more keys. */
function propertySchema({ schema, definition }: Parameter<unknown>): Schema {
  if (!definition || Object.keys(definition.schema).some((key) => !(key in schema))) return inner(schema);
  const common: Readonly<Record<string, unknown>> = { ...definition.schema };
  const other = Object.entries(schema).filter(([key, value]) => !isDeepStrictEqual(common[key], value));
  return { $ref: reference(definition.name), ...inner(Object.fromEntries(other)) };
}

/** The same, with references in place of definitions within it. */
const inner = (schema: Schema): Schema => ({
  ...schema,
  ...(schema.items && { items: referred(schema.items) }),
  ...(schema.oneOf && { oneOf: schema.oneOf.map(referred) }),
});

function referred(schema: Schema): Schema {
  const name = nameOfDefinition(schema);
  return name === undefined ? inner(schema) : { $ref: reference(name) };
}

function definitionsIn({ items, oneOf = [] }: Schema): (readonly [name: string, schema: Schema])[] {
  return [...(items ? [items] : []), ...oneOf].flatMap((schema) => {
    const name = nameOfDefinition(schema);
    return [...(name === undefined ? [] : [[name, inner(schema)] as const]), ...definitionsIn(schema)];
  });
}

const reference = (name: string): string => `#/definitions/${name}`;

/** JSON with everything that fits on one line on one line, so that a change shows in few lines. */
function printed(value: unknown, indent = ""): string {
  const isList = Array.isArray(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const parts = (indent: string) =>
    Object.entries(value).map(
      ([key, part]) => `${isList ? "" : `${JSON.stringify(key)}: `}${printed(part, indent)}`,
    );
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const space = isList ? "" : " ";
  const line = `${open}${space}${parts("").join(", ")}${space}${close}`;
  const isShort = !line.includes("\n") && (indent + line).length <= 110;
  if (isShort && indent !== "") return line;
  return `${open}\n${parts(inner)
    .map((part) => `${inner}${part}`)
    .join(",\n")}\n${indent}${close}`;
}
