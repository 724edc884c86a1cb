import { moduleEndings } from "../../parameters/parameter.ts";
import type { Schema } from "../../parameters/schema.ts";
import { quoted } from "../../parameters/words.ts";
import { error, type Finding, type Fix, replace, sureFix } from "../finding.ts";
import { branches } from "../schema/union.ts";
import { expectation } from "../schema/words.ts";
import { spelling, suggestion } from "../suggest.ts";
import { foreignType } from "./foreignTypes.ts";
import { type Mistaken, valueSpan, written } from "./place.ts";

/**
 * Not one of the known values.
 *
 * @param values none where only a module of one's own can stand
 * @param others keys that may stand in the place of this one
 */
export function unknownValue(
  mistaken: Mistaken,
  values: readonly string[],
  others: readonly string[] = [],
): Finding {
  const { node } = mistaken;
  if (values.length > 0 && (node.type === "object" || node.type === "array")) {
    const message = `Expected ${expectation({ enum: values })}; found ${written(mistaken)}.`;
    return { code: "wrong-type", ...error(valueSpan(node), message) };
  }
  const own = ownModule(mistaken);
  if (own !== undefined)
    return {
      code: "unknown-value",
      ...error(
        valueSpan(node),
        `Unknown value ${written(mistaken)}. The path of a module of your own begins with "./".`,
        sureFix(`Change to ${quoted(own)}`, replace(node, quoted(own))),
      ),
    };
  if (values.length === 0) {
    const instead =
      others.length === 0 ? "" : `, or one of the keys ${others.map(quoted).join(", ")} in its place`;
    return {
      code: "unknown-value",
      ...error(
        valueSpan(node),
        `Unknown value ${written(mistaken)}. Expected the path of a module of your own, which begins with "./"${instead}.`,
      ),
    };
  }
  const foreign = foreignType(node.value);
  const better =
    typeof node.value === "string" && foreign === undefined ? suggestion(node.value, values) : undefined;
  const hint = foreign !== undefined ? `${foreign} ` : better ? `Did you mean ${quoted(better)}? ` : "";
  return {
    code: "unknown-value",
    ...error(
      valueSpan(node),
      `Unknown value ${written(mistaken)}. ${hint}Expected ${expectation({ enum: values })}.`,
      ...(better ? [spelling(node.value, better, { span: node, among: values })] : []),
    ),
  };
}

/** The path that was meant by the name of a module's file; undefined where no module can stand. */
function ownModule({ node: { value }, schema }: Mistaken): string | undefined {
  if (typeof value !== "string" || !schema.oneOf || !moduleEndings.some((ending) => value.endsWith(ending)))
    return undefined;
  const takesModules = branches(schema).some(({ selector }) => selector.by === "module");
  return takesModules && !value.startsWith("/") ? `./${value}` : undefined;
}

/** A value of the wrong type: a string for a number, a number for a list. */
export function wrongType(mistaken: Mistaken): Finding {
  const message = `Expected ${expectation(mistaken.schema)}; found ${written(mistaken)}.`;
  return { code: "wrong-type", ...error(valueSpan(mistaken.node), message, ...conversions(mistaken)) };
}

function conversions({ node, schema, text }: Mistaken): Fix[] {
  const accepts = (type: Schema["type"]) =>
    schema.type === type || schema.oneOf?.some((branch) => branch.type === type) === true;
  const content = String(node.value).trim();
  const unquotes =
    (numberPattern.test(content) && (accepts("number") || accepts("integer"))) ||
    (/^(true|false)$/.test(content) && accepts("boolean"));
  if (node.type === "string" && unquotes) return [sureFix(`Change to ${content}`, replace(node, content))];
  if (node.type === "null" || schema.type !== "array") return [];
  return [
    sureFix("Put it in a list", replace(node, `[${text.slice(node.offset, node.offset + node.length)}]`)),
  ];
}

const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export function wrongLength({ node, schema }: Mistaken): Finding {
  const list = schema.oneOf?.find((branch) => branch.type === "array") ?? schema;
  const count = node.children?.length ?? 0;
  const { minItems: least = 0, maxItems: most } = list;
  const wanted = least === most ? `${least}` : count < least ? `at least ${least}` : `at most ${most}`;
  return { code: "wrong-length", ...error(node, `Expected a list of ${wanted}; found ${count}.`) };
}

/** An empty string, or a name with characters that names cannot have. */
export function wrongText(mistaken: Mistaken): Finding {
  const { node, schema } = mistaken;
  const isEmpty = String(node.value ?? "").trim() === "";
  const about = schema.description ? ` ${schema.description}` : "";
  const message = isEmpty
    ? `This must not be empty.${about}`
    : `Expected a name; found ${written(mistaken)}.${about}`;
  return { code: "wrong-text", ...error(node, message) };
}

export function outOfRange(mistaken: Mistaken): Finding {
  const schema = mistaken.branches[0] ?? mistaken.schema;
  const unit = schema.unit ? ` (${schema.unit})` : "";
  return {
    code: "out-of-range",
    ...error(mistaken.node, `Expected ${expectation(schema)}${unit}; found ${written(mistaken)}.`),
  };
}
