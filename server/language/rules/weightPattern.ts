import { matches, patternKeys, unmatchedText } from "../../nets/weightPatterns.ts";
import { error, fix, replace } from "../finding.ts";
import type { NetModel } from "../model/net.ts";
import { stageNodes } from "../model/stages.ts";
import { items, member, textOf } from "../model/values.ts";
import { properties } from "../parse.ts";
import { suggestion } from "../suggest.ts";
import type { Rule } from "./rule.ts";

/** A pattern of names that matches no weight of the student. */
export const weightPattern: Rule = {
  code: "weight-pattern",
  *check({ student, root }) {
    const names = student?.weights;
    if (student === undefined || names === undefined || names.length === 0) return;
    const ofStages = stageNodes(root).flatMap((stage) => items(member(stage, "trainable")));
    for (const node of [...patternNodes(student), ...ofStages]) {
      const pattern = textOf(node) ?? "";
      if (pattern.trim() === "" || names.some((name) => matches(pattern, name))) continue;
      const text = unmatchedText(pattern, names);
      const meant = suggestion(pattern, [...names, ...groupsOf(names)]);
      yield error(
        node,
        `${text.charAt(0).toUpperCase()}${text.slice(1)}`,
        ...(meant === undefined
          ? []
          : [fix(`Change to ${JSON.stringify(meant)}`, replace(node, JSON.stringify(meant)))]),
      );
    }
  },
};

/** The strings of lists, and the keys of objects. */
const patternNodes = ({ node }: NetModel) =>
  patternKeys.flatMap((key) => {
    const value = member(node, key);
    return value?.type === "array"
      ? items(value)
      : properties(value).flatMap((property) => property.children?.[0] ?? []);
  });

/** Patterns for all weights below each part of a name: `layer4.*`, `layer4.0.*`. */
export const groupsOf = (names: readonly string[]): readonly string[] => [
  ...new Set(
    names.flatMap((name) => {
      const parts = name.split(".");
      return parts.slice(0, -1).map((_, i) => `${parts.slice(0, i + 1).join(".")}.*`);
    }),
  ),
];
