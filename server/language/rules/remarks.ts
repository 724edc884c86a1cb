import type { RemarkFacts } from "../facts.ts";
import { type Fix, fix, warning } from "../finding.ts";
import { endOf, insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** What the trainer tells of a split that can be used as it is. */
export const remarks: Rule = {
  code: "remark",
  *check(model) {
    const { samples, at, root } = model;
    const left = at("data", "exclude")?.children?.map((item) => textOf(item)) ?? [];
    for (const { code, of, message, classes } of samples?.facts?.remarks ?? []) {
      const doubted = classes?.filter((name) => !left.includes(name));
      if (doubted?.length === 0) continue; // The samples are from before.
      const source = of === "teacher" ? at("teacher", "train", "data") : at("data", of);
      yield { ...warning(headOf(source ?? root), message, ...fixesOf(doubted, model)), code };
    }
  },
};

function fixesOf(classes: RemarkFacts["classes"], { at, parsed }: Model): Fix[] {
  const data = at("data");
  if (classes === undefined || data === undefined) return [];
  const names = classes.map((name) => JSON.stringify(name)).join(", ");
  const last = at("data", "exclude")?.children?.at(-1);
  const edit =
    last === undefined
      ? insertProperty(parsed.text, data, "exclude", `[${names}]`)
      : { offset: endOf(last), length: 0, text: `, ${names}` };
  return [fix(`Leave out ${names}`, edit)];
}
