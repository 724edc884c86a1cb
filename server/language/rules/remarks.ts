import type { RemarkFacts } from "../facts.ts";
import { type Fix, fix, warning } from "../finding.ts";
import { endOf, insertProperty } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import { textOf } from "../model/values.ts";
import { oneLine } from "../skeleton.ts";
import type { Rule } from "./rule.ts";

/** What the trainer tells of a split that can be used as it is. */
export const remarks: Rule = {
  code: "remark",
  *check(model) {
    const { samples, at, root } = model;
    const left = at("data", "exclude")?.children?.map((item) => textOf(item)) ?? [];
    for (const { code, of, message, classes, columns } of samples?.facts?.remarks ?? []) {
      const doubted = classes?.filter((name) => !left.includes(name));
      if (doubted?.length === 0) continue; // The samples are from before.
      const source = of === "teacher" ? at("teacher", "train", "data") : at("data", of);
      const fixes = columns ? namedColumns(columns, of, model) : fixesOf(doubted, model);
      yield { ...warning(headOf(source ?? root), message, ...fixes), code };
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

/** More columns would be a line that nobody reads. */
export const mostNamed = 100;

/** The columns as they were taken, in the words of the experiment: numbers by name alone, as that is what all of their cells are. */
function namedColumns(
  columns: NonNullable<RemarkFacts["columns"]>,
  of: RemarkFacts["of"],
  { at, data, parsed }: Model,
): Fix[] {
  const source = at("data", "train");
  if (of !== "train" || source?.type !== "object" || columns.length > mostNamed) return [];
  if (at("data", "train", "features")) return [];
  const edit = insertProperty(parsed.text, source, "features", featureList(columns, data));
  return [fix("Name the columns in `features`", edit)];
}

/** As an experiment names them. */
export function featureList(
  columns: NonNullable<RemarkFacts["columns"]>,
  { train }: Pick<Model["data"], "train">,
): string {
  const hasNames = train?.files.some(({ knowledge }) => knowledge?.facts?.columnNames);
  return oneLine(
    columns.map(({ name, as }) => {
      const column = hasNames ? name : Number(name);
      return as === "number" ? column : { column, as };
    }),
  );
}
