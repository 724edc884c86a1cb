import { points, type Sweeping } from "../../sweep/expand.ts";
import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { dataOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Without validation samples nothing tells the best checkpoint from the last, nor the best combination of a sweep. */
export const noValidation: Rule = {
  code: "no-validation",
  *check({ root, at, parsed }) {
    const data = at("data");
    if (data?.type !== "object" || at("data", "validation")) return;
    yield warning(
      headOf(data),
      points(dataOf(root) as Sweeping, 2).length > 1
        ? "There is no `validation`: no combination of the sweep can be chosen, and `test` must not choose it."
        : "There is no `validation`: nothing tells the best checkpoint from the last one, and `test` must not.",
      fix(
        "Hold out a tenth of the training samples",
        insertProperty(parsed.text, data, "validation", '{ "split": 0.1 }'),
      ),
    );
  },
};
