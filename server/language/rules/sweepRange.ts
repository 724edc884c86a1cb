import type { Node } from "jsonc-parser";
import { rangeOf, sizeOfRange } from "../../sweep/range.ts";
import { error, fix, replace, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { member, numberOf } from "../model/values.ts";
import { dataOf, keyOf, properties } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** A range that nothing can be drawn from, and a grid of one. */
export const sweepRange: Rule = {
  code: "sweep-range",
  *check({ at, parsed }) {
    const sweep = at("sweep");
    const ranges = properties(member(sweep, "parameters")).flatMap((property) => {
      const range = property.children?.[1];
      return range?.type === "object" ? [{ path: keyOf(property), range }] : [];
    });
    for (const { range } of ranges) yield* ofRange(range);
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
