import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** An exported model normalises its samples itself; `normalize` would do it a second time. */
export const teacherNormalize: Rule = {
  code: "teacher-normalize",
  *check({ teacher, parsed }) {
    const given = member(teacher?.node, "normalize");
    if (!given?.parent || !teacher?.file?.knowledge?.facts?.card?.normalizes) return;
    const neutral = { scale: 1, mean: 0, std: 1 };
    const isNeutral = Object.entries(neutral).every(([key, value]) => {
      const found = member(given, key);
      return (
        found === undefined ||
        found.value === value ||
        (items(found).length > 0 && items(found).every((item) => item.value === value))
      );
    });
    if (isNeutral) return;
    yield error(
      given,
      "The model normalises its samples itself, and this would do it a second time.",
      fix("Remove `normalize`", removeItem(parsed.text, given.parent)),
    );
  },
};
