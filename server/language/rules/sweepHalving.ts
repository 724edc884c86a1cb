import { error, fix, type Uncoded, warning } from "../finding.ts";
import { insertProperty, removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { member } from "../model/values.ts";
import { dataOf, propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Successive halving without anything to compare by, and its keys where nothing is halved. */
export const sweepHalving: Rule = {
  code: "sweep-halving",
  *check({ at, parsed }): Iterable<Uncoded> {
    const sweep = at("sweep");
    const method = member(sweep, "method");
    const data = at("data");
    if (method !== undefined && dataOf(method) === "halving") {
      if (data?.type !== "object" || at("data", "validation")) return;
      yield error(
        method,
        "`halving` compares combinations on validation, and `data` has none.",
        fix(
          "Hold out a tenth of the training samples",
          insertProperty(parsed.text, data, "validation", '{ "split": 0.1 }'),
        ),
      );
      return;
    }
    for (const key of ["eta", "rung"]) {
      const value = member(sweep, key);
      const property = value && propertyOf(value);
      if (property)
        yield warning(
          headOf(value),
          `\`${key}\` counts only with \`"method": "halving"\`.`,
          fix(`Remove "${key}"`, removeItem(parsed.text, property)),
        );
    }
  },
};
