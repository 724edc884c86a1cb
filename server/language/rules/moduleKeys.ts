import type { Node } from "jsonc-parser";
import { accepts } from "../../parameters/accepts.ts";
import { entryName } from "../../parameters/kind.ts";
import type { ModuleKind, Schema } from "../../parameters/schema.ts";
import { error, type Finding, type Uncoded } from "../finding.ts";
import { missingKey } from "../mistakes/missingKey.ts";
import type { Mistaken } from "../mistakes/place.ts";
import { unknownKey } from "../mistakes/unknownKey.ts";
import { outOfRange, unknownValue, wrongLength, wrongText, wrongType } from "../mistakes/wrongValue.ts";
import { dataOf, keyOf, properties } from "../parse.ts";
import { choices } from "../schema/modules.ts";
import { experimentSchema, propertySchema } from "../schema/schema.ts";
import type { Rule } from "./rule.ts";

/** What a module cannot be taken for, or keys and values beside it that it does not declare. */
export const moduleKeys: Rule = {
  code: "module",
  *check({ files, parsed: { text } }) {
    for (const { reference, knowledge } of files) {
      const found = knowledge?.facts?.module;
      if (reference.module === undefined || found === undefined) continue;
      const { node } = reference;
      if (found.kind !== reference.module) {
        yield error(node, `${reference.path} declares a ${found.kind}; here is a ${reference.module}.`);
        continue;
      }
      if (found.problem) yield { ...error(node, found.problem.message), code: found.problem.code } as Uncoded;
      const owner = node.parent?.parent;
      if (owner?.type === "object") yield* mistakes(owner, { ...found, text });
    }
  },
};

const commonKeys = (kind: ModuleKind): ReadonlySet<string> =>
  new Set(
    Object.keys(
      experimentSchema.definitions?.[entryName({ name: choices[kind] }, "module")]?.properties ?? {},
    ),
  );

interface Declared {
  readonly kind: ModuleKind;
  readonly schema: Schema;
  readonly text: string;
}

function* mistakes(node: Node, { kind, schema, text }: Declared): Generator<Finding> {
  const common = commonKeys(kind);
  const whole: Mistaken = { node, text, schema, branches: [schema] };
  const present = new Set<string>();
  for (const property of properties(node)) {
    const key = keyOf(property);
    const value = property.children?.[1];
    const own = propertySchema(schema, key);
    if (own === undefined && !present.has(key)) yield* unknownKey(key, whole);
    present.add(key);
    // What modules of a kind have in common is in the schema, and checked there.
    if (own === undefined || value === undefined || common.has(key)) continue;
    if (!accepts(own, dataOf(value))) yield mistake({ node: value, text, schema: own, branches: [own] });
  }
  for (const key of schema.required ?? []) if (!present.has(key)) yield missingKey(key, whole);
}

/** Why a value is not accepted. */
function mistake(mistaken: Mistaken): Finding {
  const { node, schema } = mistaken;
  if (schema.oneOf) return wrongType(mistaken);
  if (schema.enum) return unknownValue(mistaken, schema.enum.map(String));
  const isOfType = schema.type === node.type || (schema.type === "integer" && node.type === "number");
  if (!isOfType || (schema.type === "integer" && !Number.isInteger(node.value))) return wrongType(mistaken);
  if (schema.type === "string") return wrongText(mistaken);
  return schema.type === "array" && schema.items && isListOf(node, schema.items)
    ? wrongLength(mistaken)
    : schema.type === "array"
      ? wrongType(mistaken)
      : outOfRange(mistaken);
}

const isListOf = (node: Node, items: Schema): boolean =>
  (node.children ?? []).every((item) => accepts(items, dataOf(item)));
