import type { Schema } from "../parameters/schema.ts";
import { quoted } from "../parameters/words.ts";
import { branches, type Selector } from "./schema/union.ts";
import { expectation } from "./schema/words.ts";

/**
 * Documentation of a key or a value, as Markdown: meaning, formula, values, unit, default, example.
 * @param pages address of the folder with the pages that explain more; absent: none is linked
 */
export function documentation(schema: Schema, pages?: string): string {
  const { description, formula, paper, guide } = schema;
  return [
    description,
    formula && `\`${formula}\``,
    paper && linked(paper),
    facts(schema).join(" · "),
    variants(schema),
    guide && pages && `[Read more](${pages}/${guide}.md)`,
  ]
    .filter((part) => part)
    .join("\n\n");
}

/** "an integer ≥ 1 · in samples · default 128". */
export function facts(schema: Schema): string[] {
  const { unit, usual, default: fallback, as } = schema;
  const hasValues = schema.const === undefined && schema.type !== "object" && !isUnionOfObjects(schema);
  return [
    hasValues ? code(expectation(schema)) : undefined,
    unit ? `in ${unit}` : undefined,
    usual ? `usually ${usual[0]} – ${usual[1]}` : undefined,
    defaultText(fallback, as),
  ].filter((fact) => fact !== undefined);
}

function defaultText(fallback: unknown, as: string | undefined): string | undefined {
  if (as) return `default as \`${as}\``;
  if (fallback === undefined || JSON.stringify(fallback) === "{}") return undefined;
  return `default \`${JSON.stringify(fallback)}\``;
}

/** The names are quoted, so that Markdown does not interpret them. */
const code = (text: string): string => text.replaceAll(/"[^"]*"/g, (name) => `\`${name}\``);

const isUnionOfObjects = (schema: Schema): boolean =>
  schema.oneOf !== undefined && branches(schema).some(({ selector }) => selector.by !== "type");

/** One line per variant: what each `type` means. Long lists are left to completion. */
function variants(schema: Schema): string {
  if (!isUnionOfObjects(schema)) return "";
  const all = branches(schema);
  if (all.length > 24) return "";
  return all
    .map(({ schema, selector }) => `- \`${nameOf(selector)}\`: ${schema.description ?? ""}`)
    .join("\n");
}

function nameOf(selector: Selector): string {
  switch (selector.by) {
    case "tag":
      return selector.values.map(quoted).join(", ");
    case "key":
      return selector.key;
    case "module":
      return '"./….ts"';
    case "type":
      return "";
  }
}

/** "Hinton et al. 2015, Title, https://…" with the title as the link. */
export function linked(paper: string): string {
  const address = /,?\s*(https:\S+)$/.exec(paper);
  return address ? `[${paper.slice(0, address.index)}](${address[1]})` : paper;
}
