import type { Node } from "jsonc-parser";
import { type Fix, fix, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { items, member } from "../model/values.ts";
import { featureList, mostNamed } from "./remarks.ts";
import type { Rule } from "./rule.ts";

/** Columns of the training samples that say the label, or have a number in place of missing values. */
export const doubtfulColumns: Rule = {
  code: "doubtful-column",
  *check(model) {
    const { samples, at, root } = model;
    for (const { code, column, message } of samples?.facts?.doubtful ?? []) {
      const named = featureOf(column, model);
      yield {
        ...warning(named ?? headOf(at("data", "train") ?? root), message, ...fixesOf(column, model)),
        code,
      };
    }
  },
};

const featureOf = (column: string, { at }: Model) =>
  items(at("data", "train", "features")).find((item) => nameOf(member(item, "column") ?? item) === column);

const nameOf = ({ value }: Node): string => String(value);

function fixesOf(column: string, model: Model): Fix[] {
  const { at, data, parsed, samples } = model;
  const title = `Leave out ${JSON.stringify(column)}`;
  const named = featureOf(column, model);
  if (named !== undefined)
    return items(at("data", "train", "features")).length < 2
      ? []
      : [fix(title, removeItem(parsed.text, named))];
  const source = at("data", "train");
  const others = (samples?.facts?.columns ?? []).filter(({ name }) => name !== column);
  if (
    source?.type !== "object" ||
    member(source, "features") ||
    others.length === 0 ||
    others.length > mostNamed
  )
    return [];
  return [fix(title, insertProperty(parsed.text, source, "features", featureList(others, data)))];
}
