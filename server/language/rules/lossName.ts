import { error, fix, opening, type Uncoded } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import type { LossModel } from "../model/losses.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Two losses with the same name would share a curve, and in a stage their own weights. */
export const lossName: Rule = {
  code: "loss-name",
  *check({ stages, parsed: { text } }) {
    for (const losses of new Set(stages.map((stage) => stage.losses))) yield* repeated(losses, text);
  },
};

function* repeated(losses: readonly LossModel[], text: string): Generator<Uncoded> {
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
          : [fix(`Name it "${other}"`, insertProperty(text, node, "name", JSON.stringify(other)))]),
      );
    }
    taken.add(name);
  }
}
