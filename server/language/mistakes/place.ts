import type { Node } from "jsonc-parser";
import { quoted } from "../../parameters/words.ts";
import { opening, type Span } from "../finding.ts";
import { keyOf, propertyOf } from "../parse.ts";
import type { Place } from "../schema/choose.ts";

/** A value that does not match its schema. */
export interface Mistaken extends Place {
  readonly node: Node;
  readonly text: string;
}

/** Place of a finding about a whole object: its key, or its opening brace. */
export const headOf = (node: Node): Span => propertyOf(node)?.children?.[0] ?? opening(node);

/** The value itself, or the opening bracket of a longer one. */
export const valueSpan = (node: Node): Span => opening(node);

/** `"student" (mlp)`, `"losses[1]" (kd)`, `the experiment`: how a message names an object. */
export function nameOf({ node, branches }: Mistaken): string {
  const [branch] = branches;
  const tag = branches.length === 1 ? tagOf(branch?.properties ?? {}) : undefined;
  const name = pathName(node);
  return `${name === "" ? "the experiment" : quoted(name)}${tag ? ` (${tag})` : ""}`;
}

/** The last key and the indices behind it: `losses[1]`. */
function pathName(node: Node): string {
  const property = propertyOf(node);
  if (property) return keyOf(property);
  if (node.parent?.type !== "array") return "";
  return `${pathName(node.parent)}[${node.parent.children?.indexOf(node)}]`;
}

/** The last one is the most specific: `"type": "layers", "preset": "mlp"`. */
const tagOf = (properties: Readonly<Record<string, { readonly const?: string }>>): string | undefined =>
  Object.values(properties)
    .map((property) => property.const)
    .findLast((value) => value !== undefined);

/** As written, shortened if it is long. */
export function written({ node, text }: Pick<Mistaken, "node" | "text">): string {
  if (node.type === "object") return "an object";
  if (node.type === "array") return "a list";
  const own = text.slice(node.offset, node.offset + node.length);
  return own.length > 40 ? `${own.slice(0, 40)}…` : own;
}
