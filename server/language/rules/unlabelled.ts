import { counted } from "../../grouped.ts";
import { error, type Span, type Uncoded } from "../finding.ts";
import { headOf } from "../mistakes/place.ts";
import { blending } from "../model/augmentations.ts";
import { type LossModel, lossDefault } from "../model/losses.ts";
import type { Model } from "../model/model.ts";
import { member, numberOf, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Samples without labels, and no loss that can learn from them. */
export const unlabelled: Rule = {
  code: "unlabelled-unused",
  *check(model) {
    const { losses } = model;
    const found = lacking(model);
    if (!found) return;
    if (losses.length > 0 && losses.every(({ needsLabels }) => needsLabels))
      yield error(
        found.place,
        `${found.words}, and every loss needs labels. Add a loss that compares with the teacher, such as \`kd\`, or remove them.`,
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
        `A share of ${share} of a batch of ${batchSize} gives no sample ${inBatch === 0 ? "without" : "with"} a label. Use another share, or a larger batch.`,
      ),
      code,
    };
  const drawing = losses.find(({ type }) => lossDefault(type, "negatives") !== undefined);
  if (drawing && inBatch > 0 && inBatch < batchSize)
    yield {
      ...error(
        given,
        `\`${drawing.type}\` needs each sample at most once in a batch, and with a share one may be in it twice. Remove \`share\`.`,
      ),
      code,
    };
}

/** Samples without labels, in their own source or among those with labels. */
function lacking({ at, data: { train } }: Model): { place: Span; words: string } | undefined {
  const own = at("data", "unlabelled");
  if (own) return { place: headOf(own), words: "These samples have no labels" };
  if (!train?.unlabelled) return undefined;
  const { unlabelled: count, files, node } = train;
  const words = `${counted(count, "sample")} ${count === 1 ? "has" : "have"} no label`;
  return { place: files.at(-1)?.reference.node ?? node, words };
}

function* blended({ data }: Model): Generator<Uncoded & { code: string }> {
  const blend = blending(data.augment);
  if (!blend) return;
  yield {
    ...error(
      blend.at,
      `\`${blend.type}\` blends the labels of two samples, and some training samples have none. Remove \`${blend.type}\`.`,
    ),
    code: "unlabelled-mixup",
  };
}

function* amongOtherClasses({ type, node }: LossModel): Generator<Uncoded & { code: string }> {
  const from = member(node, "negativesFrom");
  if (!node || (textOf(from) ?? lossDefault<string>(type, "negativesFrom")) !== "otherClasses") return;
  yield {
    ...error(
      from ?? member(node, "type") ?? node,
      `\`${type}\` compares each sample with samples of other classes, and some training samples have no label. Set \`negativesFrom\` to \`otherSamples\`.`,
    ),
    code: "no-negatives",
  };
}
