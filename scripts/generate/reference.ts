import {
  definitionName,
  experimentSchema,
  resolved,
  type Schema,
} from "../../server/language/schema/schema.ts";
import { tags } from "../../server/language/schema/union.ts";
import { expectation } from "../../server/language/schema/words.ts";

/** The reference page: one section an object, one line a key. */
export function experimentReference(): string {
  const definitions = Object.entries(experimentSchema.definitions ?? {});
  const objects = definitions.filter(([, schema]) => schema.type === "object" || isUnion(schema));
  return `${[
    "# The experiment file, key by key",
    "Generated from experiment.schema.json by scripts/generate.ts. Do not edit.",
    "A `*.distill.json` file is JSON with comments and trailing commas. Paths are relative to the file. Keys in **bold** must be there.",
    section("Experiment", experimentSchema),
    ...objects.map(([name, schema]) => section(name, schema)),
  ].join("\n\n")}\n`;
}

/** Of objects; a number or a list is told in the line of its key. */
const isUnion = (schema: Schema): boolean =>
  schema.oneOf?.every((branch) => definitionName(branch) !== undefined) === true;

function section(name: string, schema: Schema): string {
  const { description = "", formula, paper } = schema;
  return [
    `## ${name}`,
    description,
    ...(formula ? [`\`${formula}\``] : []),
    ...(paper ? [paper] : []),
    schema.oneOf ? variants(schema.oneOf) : keys(schema),
  ].join("\n\n");
}

function variants(oneOf: readonly Schema[]): string {
  return oneOf
    .map((branch) => {
      const name = definitionName(branch) ?? "";
      const tag = Object.entries(tags(resolved(branch))).at(-1);
      const written = tag ? `\`"${tag[0]}": ${tag[1].map((value) => `"${value}"`).join(" / ")}\` ` : "";
      return `- ${written}${link(name)}: ${resolved(branch).description ?? ""}`;
    })
    .join("\n");
}

function keys({ properties = {}, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([key, property]) => {
    const name = required.includes(key) ? `**\`${key}\`**` : `\`${key}\``;
    const schema = resolved(property);
    return `| ${[name, type(property), defaultOf(schema), about(schema)].map(cell).join(" | ")} |`;
  });
  return ["| key | value | default | |", "|---|---|---|---|", ...rows].join("\n");
}

function type(property: Schema): string {
  const schema = resolved(property);
  const items = schema.items && typeLink(schema.items);
  if (items) return `list of ${items}`;
  const alternatives = schema.oneOf?.map((branch) => typeLink(branch) ?? expectation(resolved(branch)));
  return typeLink(property) ?? alternatives?.join(" or ") ?? expectation(schema);
}

function typeLink(schema: Schema): string | undefined {
  const name = definitionName(schema);
  const isSection = resolved(schema).type === "object" || isUnion(resolved(schema));
  return name !== undefined && isSection ? link(name) : undefined;
}

const link = (name: string): string => `[${name}](#${name.toLowerCase()})`;

function defaultOf({ default: value, as }: Schema): string {
  if (as) return `as \`${as}\``;
  return value === undefined ? "" : `\`${JSON.stringify(value)}\``;
}

function about({ description = "", unit, examples }: Schema): string {
  const counted = unit ? ` In ${unit}.` : "";
  const example = examples?.[0] === undefined ? "" : ` Example: \`${JSON.stringify(examples[0])}\`.`;
  return `${description}${counted}${example}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
