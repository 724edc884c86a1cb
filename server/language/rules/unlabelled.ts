import { error, type Uncoded } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import type { LossModel } from "../model/losses.ts";
import type { Model } from "../model/model.ts";
import { member, numberOf, textOf } from "../model/values.ts";
import { counted } from "../numbers.ts";
import type { Rule } from "./rule.ts";

/** Samples without labels, and nothing that can be learned from them. */
export const unlabelled: Rule = {
  code: "unlabelled-unused",
  *check(model) {
    const { at, data, losses } = model;
    const own = at("data", "unlabelled");
    const lacking = data.train?.unlabelled ?? 0;
    if (!own && lacking === 0) return;
    const place = own ? headOf(own) : labelsOf(model);
    if (place && losses.length > 0 && losses.every(({ needsLabels }) => needsLabels))
      yield error(
        place,
        `${own ? "These samples have no labels" : `${counted(lacking, "sample")} ${lacking === 1 ? "has" : "have"} no label`}, and every loss is of the labels. Add a loss that compares with the teacher, as \`kd\`, or leave them out.`,
      );
    yield* blended(model);
    for (const loss of losses) yield* amongOtherClasses(loss);
    yield* shared(model);
  },
};

function* shared({ at, data: { batchSize }, losses }: Model): Generator<Uncoded & { code: string }> {
  const given = at("data", "unlabelled", "share");
  const share = numberOf(given);
  if (!given || share === undefined) return;
  const code = "unlabelled-share";
  const inBatch = Math.round(share * batchSize);
  if (inBatch === 0 || inBatch === batchSize)
    yield {
      ...error(
        given,
        `A share of ${share} of a batch of ${batchSize} leaves no sample ${inBatch === 0 ? "without" : "with"} a label. Use another share, or a larger batch.`,
      ),
      code,
    };
  else if (losses.some(({ type }) => type === "crd"))
    yield {
      ...error(
        given,
        "`crd` takes each sample at most once in a batch, and with a share one may be in it twice. Leave `share` out.",
      ),
      code,
    };
}

const labelsOf = ({ data: { train } }: Model) => train?.files.at(-1)?.reference.node ?? train?.node;

function* blended({ data }: Model): Generator<Uncoded & { code: string }> {
  const mixup = data.augment.find((node) => textOf(member(node, "type")) === "mixup");
  if (!mixup) return;
  yield {
    ...error(
      member(mixup, "type") ?? mixup,
      "`mixup` blends the labels of two samples, and some training samples have none. Leave `mixup` out.",
    ),
    code: "unlabelled-mixup",
  };
}

function* amongOtherClasses({ type, node }: LossModel): Generator<Uncoded & { code: string }> {
  if (type !== "crd" || !node) return;
  const from = member(node, "negativesFrom");
  if (from && textOf(from) !== "otherClasses") return;
  yield {
    ...error(
      from ?? member(node, "type") ?? node,
      "`crd` compares samples with others of other classes, and some training samples have no label. Set `negativesFrom` to `otherSamples`.",
    ),
    code: "no-negatives",
  };
}
