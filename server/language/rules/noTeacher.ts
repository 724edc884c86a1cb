import { error, fix } from "../finding.ts";
import { endOf } from "../insert.ts";
import { properties } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** A loss that needs a teacher where there is none. */
export const noTeacher: Rule = {
  code: "no-teacher",
  *check({ at, root, losses, parsed }) {
    if (at("teacher")) return;
    const loss = losses.find(({ seesTeacher }) => seesTeacher);
    if (!loss) return;
    const span = loss.node ?? { offset: root.offset, length: 1 };
    const why = loss.node ? "" : " Without `losses` the experiment distils with `kd` and `ce`.";
    const alone = { offset: endOf(root) - 1, length: 0 };
    yield error(
      span,
      `The loss \`${loss.type}\` needs a \`teacher\`, and there is none.${why}`,
      ...(loss.node || parsed.text[alone.offset] !== "}" ? [] : [trainAlone()]),
    );

    function trainAlone() {
      const last = properties(root).at(-1);
      const place = last ? endOf(last) : root.offset + 1;
      const text = `${last ? ", " : ""}"losses": [{ "type": "ce" }]`;
      return fix("Train on the labels alone", { offset: place, length: 0, text });
    }
  },
};
