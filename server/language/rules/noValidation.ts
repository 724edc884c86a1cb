import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** Without validation samples nothing tells the best checkpoint from the last. */
export const noValidation: Rule = {
  code: "no-validation",
  *check({ at, parsed }) {
    const data = at("data");
    if (data?.type !== "object" || at("data", "validation")) return;
    yield warning(
      propertyOf(data)?.children?.[0] ?? data,
      "There is no `validation`: nothing tells the best checkpoint from the last one, and `test` must not.",
      fix(
        "Hold out a tenth of the training samples",
        insertProperty(parsed.text, data, "validation", '{ "split": 0.1 }'),
      ),
    );
  },
};
