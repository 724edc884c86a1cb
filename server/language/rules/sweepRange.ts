import type { Node } from "jsonc-parser";
import { rangeOf, sizeOfRange } from "../../sweep/range.ts";
import { error, fix, replace, type Uncoded, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { member, numberOf } from "../model/values.ts";
import { dataOf, keyOf, properties } from "../parse.ts";
import { placeAt } from "../schema/choose.ts";
import { rootWhere } from "../sweptConditions.ts";
import { parsePath } from "../valuePath.ts";
import type { Rule } from "./rule.ts";

/** A range that nothing can be drawn from, and a grid of one. */
export const sweepRange: Rule = {
  code: "sweep-range",
  *check({ root, at, parsed }) {
    const sweep = at("sweep");
    const ranges = properties(member(sweep, "parameters")).flatMap((property) => {
      const range = property.children?.[1];
      return range?.type === "object" ? [{ path: keyOf(property), range }] : [];
    });
    for (const { range } of ranges) yield* ofRange(range);
    for (const { path, range } of ranges)
      if (isOfNumbers(path, root)) yield* withFewNumbers(range, parsed.text);
    const [first] = ranges;
    if (first === undefined || sweep === undefined) return;
    const method = member(sweep, "method");
    const message = `A grid has a list of values for each parameter; \`${first.path}\` has a range, which is drawn from.`;
    if (method === undefined)
      yield error(
        headOf(first.range),
        message,
        fix('Add "method": "random"', insertProperty(parsed.text, sweep, "method", '"random"')),
      );
    else if (dataOf(method) === "grid")
      yield error(method, message, fix('Change to "random"', replace(method, '"random"')));
  },
};

function* ofRange(range: Node): Generator<Uncoded> {
  const [least, greatest] = [member(range, "min"), member(range, "max")];
  const [min, max] = [numberOf(least), numberOf(greatest)];
  if (least === undefined || min === undefined || max === undefined) return;
  if (min > max) {
    yield error(least, `The least number comes first: found ${min} as \`min\` and ${max} as \`max\`.`);
    return;
  }
  if (dataOf(member(range, "log")) === true && min <= 0) {
    yield error(least, `With \`log\`, numbers are above 0; found ${min}.`);
    return;
  }
  const found = rangeOf(dataOf(range));
  if (found !== undefined && sizeOfRange(found) === 0)
    yield error(least, `There is no whole number from ${min} to ${max}.`);
}

/** Whether the value at a path may have digits behind the point. */
function isOfNumbers(path: string, root: Node): boolean {
  const target = parsePath(path);
  const types = (target && placeAt(rootWhere(path, root), target)?.branches.map(({ type }) => type)) ?? [];
  return types.includes("number") && !types.includes("integer");
}

/** Of 0 to 1, whole bounds leave both alone. */
function* withFewNumbers(range: Node, text: string): Generator<Uncoded> {
  const found = rangeOf(dataOf(range));
  if (found === undefined || member(range, "integer") !== undefined || sizeOfRange(found) !== 2) return;
  yield warning(
    headOf(range),
    `Both bounds are whole, so only ${found.min} and ${found.max} are drawn.`,
    fix(
      'Add "integer": false, which draws what is between them',
      insertProperty(text, range, "integer", "false"),
    ),
  );
}
