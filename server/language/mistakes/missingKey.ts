import type { Node } from "jsonc-parser";
import type { Schema } from "../../parameters/schema.ts";
import { quoted } from "../../parameters/words.ts";
import { error, type Finding, fix } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { keyOf, properties } from "../parse.ts";
import { matching } from "../schema/choose.ts";
import { propertySchema } from "../schema/schema.ts";
import { branches, type Selector } from "../schema/union.ts";
import { expectation } from "../schema/words.ts";
import { skeleton } from "../skeleton.ts";
import { spelling, suggestion } from "../suggest.ts";
import type { KnownValue } from "./knownValue.ts";
import { headOf, type Mistaken, nameOf } from "./place.ts";
import { unknownValue } from "./wrongValue.ts";

/** @param known what a file says of it */
export function missingKey(key: string, mistaken: Mistaken, known?: KnownValue): Finding {
  const { node, text, branches } = mistaken;
  const schema = (branches[0] && propertySchema(branches[0], key)) ?? {};
  const about = schema.description ? `: ${schema.description}` : ".";
  const told = known === undefined ? "" : ` ${known.words}`;
  const value = known === undefined ? skeleton(schema) : String(known.value);
  return {
    code: "missing-key",
    ...error(
      headOf(node),
      `${quoted(key)} is missing in ${nameOf(mistaken)}${about}${told}`,
      fix(`Add ${quoted(key)}`, insertProperty(text, node, key, value)),
    ),
  };
}

/** An object of unknown variant: its `type` is unknown, misspelled or missing. */
export function undecided(mistaken: Mistaken): Finding {
  const { node, text } = mistaken;
  const schema = innermost(mistaken.schema, node);
  const selectors = branches(schema).map(({ selector }) => selector);
  const keys = [...new Set(selectors.flatMap((selector) => (selector.by === "type" ? [] : [selector.key])))];
  for (const key of keys) {
    const value = properties(node).find((property) => keyOf(property) === key)?.children?.[1];
    if (!value) continue;
    const others = keys.filter((other) => other !== key);
    return unknownValue({ ...mistaken, node: value }, tagValues(selectors, key), others);
  }
  return misspelledTag(mistaken, keys) ?? missingTag();

  function missingTag(): Finding {
    const [key, ...others] = keys;
    const values = key === undefined || others.length > 0 ? [] : tagValues(selectors, key);
    const fixes = values
      .slice(0, 8)
      .map((value) =>
        fix(`Add ${key}: ${quoted(value)}`, insertProperty(text, node, key ?? "", quoted(value), "first")),
      );
    const missing = others.length === 0 && key ? `${quoted(key)} is missing in ${nameOf(mistaken)}. ` : "";
    return {
      code: "missing-key",
      ...error(headOf(node), `${missing}Expected ${expectation(schema)}.`, ...fixes),
    };
  }
}

/** In `"type": "layers"` without layers and preset the inner union is undecided. */
function innermost(union: Schema, node: Node): Schema {
  const branch = matching(branches(union), node);
  return branch?.schema.oneOf ? innermost(branch.schema, node) : union;
}

function misspelledTag({ node }: Mistaken, keys: readonly string[]): Finding | undefined {
  for (const property of properties(node)) {
    const better = suggestion(keyOf(property), keys);
    const key = property.children?.[0];
    if (!better || !key) continue;
    return {
      code: "unknown-key",
      ...error(
        key,
        `Unknown key ${quoted(keyOf(property))}. Did you mean ${quoted(better)}?`,
        spelling(keyOf(property), better, { span: key, among: keys }),
      ),
    };
  }
  return undefined;
}

const tagValues = (selectors: readonly Selector[], key: string): readonly string[] =>
  selectors.flatMap((selector) => (selector.by === "tag" && selector.key === key ? selector.values : []));
