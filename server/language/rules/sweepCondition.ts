import type { Node } from "jsonc-parser";
import { quoted } from "../../parameters/words.ts";
import { acceptedValue, accepts, type Condition, type Conditions, valuesAt } from "../../sweep/conditions.ts";
import { rangeOf } from "../../sweep/range.ts";
import { error, fix, replace, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { items, numberOf, textOf } from "../model/values.ts";
import { dataOf, keyOf, parse, properties } from "../parse.ts";
import { placeAt } from "../schema/choose.ts";
import { oneLine } from "../skeleton.ts";
import { spelling, suggestion } from "../suggest.ts";
import { type SweptConditions, sweptConditions } from "../sweptConditions.ts";
import { parsePath } from "../valuePath.ts";
import type { Rule } from "./rule.ts";

/** A condition of a sweep that never holds, always does, or is about what the sweep does not vary. */
export const sweepCondition: Rule = {
  code: "sweep-condition",
  *check({ root, at, parsed: { text } }) {
    const swept = sweptConditions(root);
    const paths = swept.parameters.map(([path]) => path);
    for (const property of properties(at("sweep", "conditions"))) {
      const path = keyOf(property);
      if (!paths.includes(path)) {
        yield notSwept(property, { paths, text, why: "so that nothing waits for this" });
        continue;
      }
      for (const own of properties(property.children?.[1])) {
        const condition = swept.conditions.get(path)?.find((one) => one.path === keyOf(own));
        if (condition?.of !== undefined) yield* ofCondition(own, { path, condition, swept, text });
        else if (condition !== undefined)
          yield notSwept(own, {
            paths: paths.filter((other) => other !== path),
            text,
            why: "and has one value in all runs",
          });
      }
    }
  },
};

interface Found {
  /** Of the parameter that waits. */
  readonly path: string;
  readonly condition: Condition;
  readonly swept: SweptConditions;
  readonly text: string;
}

/** Findings about a condition on a parameter of the sweep. */
function* ofCondition(property: Node, { path, condition, swept, text }: Found): Generator<Uncoded> {
  const { of = "" } = condition;
  const { parameters, conditions } = swept;
  const remove = fix(`Remove ${quoted(condition.path)}`, removeItem(text, property));
  if (waitsFor(of, path, conditions)) {
    const words =
      of === path ? "waits for itself" : `waits for ${quoted(condition.path)}, which waits for it`;
    yield error(keyNode(property), `${quoted(path)} ${words}: it is never tried.`, remove);
    return;
  }
  const tried = parameters.find(([other]) => other === of)?.[1];
  const unmet = unmetValues(property, { condition, tried, text });
  yield* unmet;
  const isAlways =
    unmet.length === 0 &&
    Array.isArray(tried) &&
    tried.every((value) => accepts(condition, value)) &&
    !conditions.has(of) &&
    isInFile(path, text);
  if (isAlways)
    yield warning(
      keyNode(property),
      `This holds for every value that the sweep tries for ${quoted(of)}.`,
      remove,
    );
}

const keyNode = (property: Node): Node => property.children?.[0] ?? property;

function notSwept(
  property: Node,
  { paths, text, why }: { readonly paths: readonly string[]; readonly text: string; readonly why: string },
): Uncoded {
  const written = keyOf(property);
  const key = keyNode(property);
  const better = suggestion(written, paths);
  const hint = better === undefined ? "" : ` Did you mean ${quoted(better)}?`;
  return error(
    key,
    `${quoted(written)} is not among the \`parameters\` of the sweep, ${why}.${hint}`,
    ...(better === undefined ? [] : [spelling(written, better, { span: key, among: paths })]),
    fix(`Remove ${quoted(written)}`, removeItem(text, property)),
  );
}

/** Whether a parameter is another one, or waits for it, at once or over others. */
function waitsFor(path: string, other: string, conditions: Conditions): boolean {
  const seen = new Set<string>();
  const visit = (from: string): boolean => {
    if (from === other) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (conditions.get(from) ?? []).some(({ of }) => of !== undefined && visit(of));
  };
  return visit(path);
}

/** Whether the text has a value without the sweep. In the tree of one of its runs it may be there by another value. */
const isInFile = (path: string, text: string): boolean =>
  placeAt(parse(text).root, parsePath(path) ?? []) !== undefined;

interface Asked {
  readonly condition: Condition;
  /** What the sweep gives the parameter that the condition is about. */
  readonly tried: unknown;
  readonly text: string;
}

/** Values, or bounds, that the parameter does not have. */
function unmetValues(property: Node, { condition, tried, text }: Asked): Uncoded[] {
  const value = property.children?.[1];
  const has = (accepted: unknown) => acceptedValue([{ ...condition, accepted }], tried) !== undefined;
  if (value?.type === "object")
    return has(condition.accepted)
      ? []
      : [
          error(
            keyNode(property),
            `${quoted(condition.path)} is never within these bounds: ${triedText(condition, tried)}.`,
          ),
        ];
  const all = items(value);
  return all
    .filter((item) => !has([dataOf(item)]))
    .map((item) => {
      const bounded = boundsInstead(item, tried);
      const never = `${quoted(condition.path)} is never ${oneLine(dataOf(item))}`;
      if (bounded !== undefined)
        return error(
          item,
          `${never}, or by chance: ${triedText(condition, tried)}. Give bounds.`,
          fix(`Change to ${bounded}`, replace(value ?? item, bounded)),
        );
      const written = textOf(item) ?? "";
      const words = valuesAt(condition, tried).filter((one) => typeof one === "string");
      const better = suggestion(written, words);
      const hint = better === undefined ? "" : ` Did you mean ${quoted(better)}?`;
      return error(
        item,
        `${never}: ${triedText(condition, tried)}.${hint}`,
        ...(better === undefined ? [] : [spelling(written, better, { span: item, among: words })]),
        ...(all.length > 1 ? [fix("Remove it", removeItem(text, item))] : []),
      );
    });
}

/** A number of a range of real numbers is drawn hardly once. */
function boundsInstead(item: Node, tried: unknown): string | undefined {
  const range = rangeOf(tried);
  const value = numberOf(item);
  if (range === undefined || range.integer || value === undefined) return undefined;
  return value >= range.min && value <= range.max ? `{ "min": ${value} }` : undefined;
}

/** "the sweep tries "kd", "dkd"". */
function triedText(condition: Condition, tried: unknown): string {
  const range = rangeOf(tried);
  if (range !== undefined)
    return `${quoted(condition.of ?? "")} is drawn from the ${range.integer ? "whole " : ""}numbers from ${range.min} to ${range.max}`;
  const values = valuesAt(condition, tried);
  if (values.length === 0) return `no value of ${quoted(condition.of ?? "")} has it`;
  const more = values.length > mostNamed ? ", …" : "";
  return `the sweep tries ${values
    .slice(0, mostNamed)
    .map((value) => oneLine(value))
    .join(", ")}${more}`;
}

const mostNamed = 6;
