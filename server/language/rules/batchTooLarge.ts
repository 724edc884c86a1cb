import { grouped } from "../../grouped.ts";
import { error, fix, replace, type Uncoded, warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import { counted } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** A batch that is larger than the data, and an epoch without a single step. */
export const batchTooLarge: Rule = {
  code: "batch-too-large",
  *check({ at, data }): Iterable<Uncoded> {
    const { train, trainCount, batchSize } = data;
    if (!train || !trainCount || batchSize <= trainCount) return;
    const given = at("data", "batchSize");
    const place = given ?? headOf(train.node);
    const message = `The batch (${grouped(batchSize)}) is larger than the training data (${counted(trainCount, "sample")})`;
    const fixes = given ? [fix(`Change to ${trainCount}`, replace(given, String(trainCount)))] : [];
    yield data.dropRemainder
      ? error(
          place,
          `${message}, and \`dropRemainder\` drops the only one: there would be no steps.`,
          ...fixes,
        )
      : warning(place, `${message}.`, ...fixes);
  },
};
