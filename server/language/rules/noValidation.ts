import { points, type Sweeping } from "../../sweep/expand.ts";
import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { dataOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Without validation samples, neither the best checkpoint nor the best combination of a sweep can be selected. */
export const noValidation: Rule = {
  code: "no-validation",
  *check({ root, at, parsed }) {
    const data = at("data");
    if (data?.type !== "object" || at("data", "validation")) return;
    yield warning(
      headOf(data),
      points(dataOf(root) as Sweeping, { most: 2 }).length > 1
        ? "Without `validation` no combination of the sweep can be selected; `test` must not be used for it."
        : "Without `validation` the best checkpoint cannot be selected; `test` must not be used for it.",
      fix(
        "Hold out a tenth of the training samples",
        insertProperty(parsed.text, data, "validation", '{ "split": 0.1 }'),
      ),
    );
  },
};
