import { isDeepStrictEqual } from "node:util";
import { linked } from "../../server/language/documentation.ts";
import { definitionName, experimentSchema, resolved } from "../../server/language/schema/schema.ts";
import { branches, type Selector } from "../../server/language/schema/union.ts";
import { expectation } from "../../server/language/schema/words.ts";
import { oneLine, skeleton } from "../../server/language/skeleton.ts";
import { startingPoints } from "../../server/language/startingPoints.ts";
import type { Schema } from "../../server/parameters/schema.ts";
import { oneOf, quoted } from "../../server/parameters/words.ts";

/** The reference page: a section per object, a line per key. What the variants of a choice share is listed once. */
export function experimentReference(): string {
  const sections = [sectionOf("Experiment", experimentSchema), ...topics.map(topicSection)];
  return `${[
    "<!-- Generated from experiment.schema.json by scripts/generate.ts. Do not edit. -->",
    "# The experiment file, key by key",
    "A `*.distill.json` file is JSON with comments and trailing commas. Paths in it start at its own folder. A complete example:",
    fenced("jsonc", startingPoints[0]?.text.trimEnd() ?? ""),
    "Keys in **bold** are required. For the others the tables give the default.",
    sections.flatMap(entry).join("\n"),
    ...sections.flatMap((section) => written(section)),
  ].join("\n\n")}\n`;
}

/** An object, or a choice between objects. */
interface Section {
  readonly title: string;
  readonly schema: Schema;
  /** Of a choice, the keys that all variants share. */
  readonly properties: readonly Property[];
  readonly variants: readonly Variant[];
}

type Property = readonly [key: string, schema: Schema];

interface Variant {
  /** The word that selects it, and its text, as in `"type": "kd"`. */
  readonly name: string;
  readonly choice: string;
  readonly section: Section;
}

const definitions = experimentSchema.definitions ?? {};

const isChoice = ({ oneOf }: Schema): boolean =>
  oneOf?.every((branch) => definitionName(branch) !== undefined) === true;

/** Most values in a line. */
const isLongList = (schema: Schema): boolean => (schema.enum?.length ?? 0) > 4;

const isTopic = (name: string, schema: Schema): boolean =>
  schema.type === "object" || isChoice(schema) || (isLongList(schema) && sameList(schema) === name);

/** The first of the definitions with these values. */
const sameList = ({ enum: values }: Schema): string | undefined =>
  values && Object.keys(definitions).find((name) => isDeepStrictEqual(definitions[name]?.enum, values));

const variantNames = new Set(
  Object.values(definitions)
    .filter(isChoice)
    .flatMap(({ oneOf = [] }) => oneOf.map(definitionName)),
);

/** Definitions with a section of their own; short ones are described in the line of their key. */
const topics = Object.entries(definitions)
  .filter(([name, schema]) => isTopic(name, schema) && !variantNames.has(name))
  .map(([name]) => name);

const topicSection = (name: string): Section => sectionOf(words(name), definitions[name] as Schema);

/** `WeightSchedule` as "Weight schedule". */
const words = (name: string): string =>
  name.replaceAll(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** @param told keys that are listed further up */
function sectionOf(title: string, schema: Schema, told: ReadonlySet<string> = new Set()): Section {
  const isNew = ([key, property]: Property) => !told.has(key) && resolved(property).const === undefined;
  if (!schema.oneOf)
    return { title, schema, properties: Object.entries(schema.properties ?? {}).filter(isNew), variants: [] };
  const properties = shared(leaves(schema)).filter(isNew);
  const toldHere = new Set([...told, ...properties.map(([key]) => key)]);
  const [topic = title] = title.split(/ (?:with )?`/);
  const [choice = title] = title.split(" with `");
  const variants = branches(schema).map(({ schema: branch, selector }) => ({
    name: nameOf(selector),
    choice: choiceOf(selector),
    // Two choices of one topic may share a word: "type": "layers" has a variant with the key "layers", and two have one with "folder".
    section: sectionOf(
      `${selector.by === "key" ? `${choice} with` : topic} ${code(nameOf(selector))}`,
      branch,
      toldHere,
    ),
  }));
  return { title, schema, properties, variants };
}

const leaves = (schema: Schema): readonly Schema[] =>
  schema.oneOf ? schema.oneOf.flatMap((branch) => leaves(resolved(branch))) : [schema];

/** Keys that all of them have, with the same schema. */
const shared = ([first, ...others]: readonly Schema[]): readonly Property[] =>
  Object.entries(first?.properties ?? {}).filter(([key, property]) =>
    others.every((other) => isDeepStrictEqual(other.properties?.[key], property)),
  );

function choiceOf(selector: Selector): string {
  if (selector.by === "tag") return `"${selector.key}": ${selector.values.map(quoted).join(" or ")}`;
  if (selector.by === "module") return `"${selector.key}": "./….ts"`;
  return selector.by === "key" ? `"${selector.key}": …` : selector.type;
}

function nameOf(selector: Selector): string {
  if (selector.by === "tag") return selector.values.join(", ");
  if (selector.by === "module") return "./….ts";
  return selector.by === "key" ? selector.key : selector.type;
}

/** A variant without keys of its own is described in the list of its choice. */
const isWorthASection = ({ section: { schema, properties, variants } }: Variant): boolean =>
  schema.formula !== undefined || properties.length > 0 || variants.length > 0;

// Markdown.

function entry({ title, variants }: Section): string[] {
  const links = variants.filter(isWorthASection).map(({ name, section }) => link(section.title, code(name)));
  return [`- ${link(title)}${links.length > 0 ? `: ${links.join(", ")}` : ""}`];
}

function written(section: Section, level = 2): string[] {
  const { title, schema, properties, variants } = section;
  const { description = "", formula, paper } = schema;
  const hasExample = level > 2 && variants.length === 0;
  return [
    `${"#".repeat(level)} ${title}`,
    description,
    ...(formula ? [fenced("text", formula)] : []),
    ...(paper ? [linked(paper)] : []),
    ...(hasExample ? [fenced("json", skeleton(schema))] : []),
    ...(schema.enum ? [schema.enum.map((value) => code(JSON.stringify(value))).join(", ")] : []),
    ...(variants.length > 0 ? [variants.map(listed).join("\n")] : []),
    ...(variants.length > 0 && properties.length > 0 ? ["All of them take:"] : []),
    ...(properties.length > 0 ? [table(properties, leaves(schema)[0] ?? schema, { hasExample })] : []),
    ...variants.filter(isWorthASection).flatMap((variant) => written(variant.section, level + 1)),
  ];
}

function listed(variant: Variant): string {
  const { title, schema } = variant.section;
  const choice = `\`${variant.choice}\``;
  const name = isWorthASection(variant) ? link(title, choice) : choice;
  return `- ${name}: ${schema.description ?? ""}`;
}

/** @param hasExample whether an example with the required keys stands above the table */
function table(
  properties: readonly Property[],
  { required = [] }: Schema,
  { hasExample }: { readonly hasExample: boolean },
): string {
  const isShown = (key: string) => hasExample && required.includes(key);
  const rows = properties.map(([key, property]) => {
    const name = required.includes(key) ? `**\`${key}\`**` : `\`${key}\``;
    const schema = resolved(property);
    const cells = [name, values(key, property), defaultOf(schema), about(schema, isShown(key))];
    return `| ${cells.map(cell).join(" | ")} |`;
  });
  return ["| key | value | default | |", "|---|---|---|---|", ...rows].join("\n");
}

/** "an integer ≥ 1, in samples, usually 8 – 4096". */
function values(key: string, property: Schema): string {
  const schema = resolved(property);
  const { unit, usual } = schema;
  const items = schema.items && topicLink(schema.items);
  const alternatives = schema.oneOf?.map((branch) => topicLink(branch) ?? inWords(resolved(branch)));
  const what = items
    ? `list of ${items}`
    : (topicLink(property) ?? alternatives?.join(" or ") ?? inWords(schema));
  return [what, unit && unit !== key && `in ${unit}`, usual && `usually ${usual[0]} – ${usual[1]}`]
    .filter((part) => part)
    .join(", ");
}

function inWords(schema: Schema): string {
  if (schema.enum) return oneOf(schema.enum.map((value) => code(JSON.stringify(value))));
  if (schema.type === "string" && schema.const === undefined) return schema.path ? "a path" : "a text";
  return expectation(schema);
}

function topicLink(schema: Schema): string | undefined {
  const name = sameList(resolved(schema)) ?? definitionName(schema);
  return name !== undefined && topics.includes(name) ? link(words(name)) : undefined;
}

/** As GitHub and VS Code name a heading. */
export const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const link = (title: string, text = title): string => `[${text}](#${anchor(title)})`;

function defaultOf({ default: value, as }: Schema): string {
  if (as) return `as \`${as}\``;
  return value === undefined ? "" : code(oneLine(value));
}

/** An example is useful where it is neither the default, nor one of few values, nor shown above. */
function about(
  { description = "", default: value, enum: values, examples = [] }: Schema,
  isShown: boolean,
): string {
  const telling = examples.find((example) => !isDeepStrictEqual(example, value));
  if (values || isShown || telling === undefined) return description;
  return `${description} As in ${code(oneLine(telling))}.`;
}

const code = (text: string): string => `\`${text}\``;

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
