import { counted, grouped } from "../../grouped.ts";
import { fix, opening, replace, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { lossDefault } from "../model/losses.ts";
import { countOf, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** More negatives than other samples: each would be drawn several times, to no benefit. */
export const negativesBeyondData: Rule = {
  code: "negatives-beyond-data",
  *check({ losses, data, parsed }) {
    const { trainCount } = data;
    if (trainCount === undefined || trainCount < 2) return;
    for (const { type, node } of losses) {
      const usual = lossDefault(type, "negatives");
      if (!node || usual === undefined) continue;
      const given = member(node, "negatives");
      const negatives = given ? countOf(given) : usual;
      if (negatives === undefined || negatives < trainCount) continue;
      const most = String(trainCount - 1);
      yield warning(
        given ?? member(node, "type") ?? opening(node),
        `\`${type}\` compares each sample with ${grouped(negatives)} others, but there are only ${counted(trainCount, "training sample")}: some are drawn repeatedly.`,
        fix(
          `Compare with ${most}`,
          given ? replace(given, most) : insertProperty(parsed.text, node, "negatives", most),
        ),
      );
    }
  },
};
