import { warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** What the trainer tells of a split that can be used as it is. */
export const remarks: Rule = {
  code: "remark",
  *check({ samples, at, root }) {
    for (const { code, of, message } of samples?.facts?.remarks ?? []) {
      const source = of === "teacher" ? at("teacher", "train", "data") : at("data", of);
      yield { ...warning(headOf(source ?? root), message), code };
    }
  },
};
