import { counted, grouped } from "../../grouped.ts";
import { error, fix, replace, type Uncoded, warning } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { Model } from "../model/model.ts";
import type { Rule } from "./rule.ts";

/** A batch that is larger than the data, and an epoch without a single step. */
export const batchTooLarge: Rule = {
  code: "batch-too-large",
  *check({ at, data }): Iterable<Uncoded> {
    const { train, trainCount, batchSize, accumulate } = data;
    if (!train || !trainCount || batchSize * accumulate <= trainCount) return;
    if (batchSize <= trainCount) {
      yield* stepTooLarge({ at, data });
      return;
    }
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

/** The batches of a step are more than there are. */
function* stepTooLarge({ at, data }: Pick<Model, "at" | "data">): Generator<Uncoded> {
  const given = at("training", "accumulate");
  const { trainCount = 1, batchSize, accumulate, dropRemainder } = data;
  if (!given) return;
  const most = dropRemainder ? Math.floor(trainCount / batchSize) : Math.ceil(trainCount / batchSize);
  if (accumulate <= most) return;
  const message = `A step has ${grouped(accumulate)} batches of ${grouped(batchSize)}, and the training data (${counted(trainCount, "sample")}) has ${grouped(most)}`;
  const change = fix(`Change to ${most}`, replace(given, String(most)));
  yield dropRemainder
    ? error(given, `${message}, so that \`dropRemainder\` leaves no step.`, change)
    : warning(given, `${message}.`, change);
}
