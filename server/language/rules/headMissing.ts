import { noHead } from "../../nets/head.ts";
import { error } from "../finding.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A head that is to be replaced in a model that has none. */
export const headMissing: Rule = {
  code: "head-missing",
  *check({ student }) {
    const head = member(student?.node, "head");
    if (head === undefined || textOf(head) !== "replace") return;
    if (student?.file?.knowledge?.facts?.hasHead !== false) return;
    yield error(head, `The student cannot get a new head: ${noHead}.`);
  },
};
