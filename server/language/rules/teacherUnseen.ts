import type { Node } from "jsonc-parser";
import { isModulePath } from "../../parameters/moduleName.ts";
import { error, fix } from "../finding.ts";
import { blanksBefore } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import { items, member, textOf } from "../model/values.ts";
import { variantOf } from "../schema/union.ts";
import type { Rule } from "./rule.ts";

/** A teacher that no loss uses. */
export const teacherUnseen: Rule = {
  code: "teacher-unseen",
  *check({ at, losses, stages, parsed, files }) {
    const list = stages.at(-1)?.list;
    const [first] = items(list);
    if (!at("teacher") || !list || !first) return;
    if (stages.some((stage) => stage.losses.length < items(stage.list).length)) return;
    if (losses.some(({ seesTeacher }) => seesTeacher)) return;
    // A module that cannot be read may see it, and so may what a misspelled type means.
    const read = files.flatMap(({ reference, knowledge }) =>
      knowledge?.facts?.module ? [reference.node] : [],
    );
    const isUnknown = (type: Node | undefined) => {
      const name = textOf(type) ?? "";
      return isModulePath(name) ? !read.some((node) => node === type) : !variantOf("Loss", name);
    };
    if (losses.some(({ node }) => isUnknown(member(node, "type")))) return;
    const blanks = blanksBefore(parsed.text, first) || " ";
    yield error(
      headOf(list),
      "No loss uses the teacher: the student would learn from labels only. Add `kd`, or remove the teacher.",
      fix("Add kd", {
        offset: first.offset,
        length: 0,
        text: `{ "type": "kd", "temperature": 3 },${blanks}`,
      }),
    );
  },
};
