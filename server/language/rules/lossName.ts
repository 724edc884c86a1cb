import { error, fix, opening } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Two losses with the same name would share a curve. */
export const lossName: Rule = {
  code: "loss-name",
  *check({ losses, parsed }) {
    const taken = new Set<string>();
    for (const { name, node } of losses) {
      if (node && taken.has(name)) {
        const given = member(node, "name");
        const other = `${name}${[2, 3, 4, 5, 6, 7, 8, 9].find((count) => !taken.has(`${name}${count}`)) ?? "Again"}`;
        yield error(
          given ?? member(node, "type") ?? opening(node),
          `Another loss is already logged as "${name}": give each its own \`name\`.`,
          ...(given
            ? []
            : [fix(`Name it "${other}"`, insertProperty(parsed.text, node, "name", JSON.stringify(other)))]),
        );
      }
      taken.add(name);
    }
  },
};
