import { viewsMixed } from "../../nets/augmentable.ts";
import { error, fix, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { blending } from "../model/augmentations.ts";
import type { Rule } from "./rule.ts";

/** Fixed forms of the samples: without augmentation all are one, and what mixes samples has none. */
export const views: Rule = {
  code: "views-unused",
  *check({ at, data, parsed }) {
    const given = at("data", "views");
    if (!given?.parent) return;
    const removal = fix("Remove `views`", removeItem(parsed.text, given.parent));
    if (data.augment.length === 0)
      yield warning(given, "Without `augment` a sample has one form: `views` does nothing.", removal);
    const blend = blending(data.augment);
    if (blend) yield { ...error(given, viewsMixed(blend.type), removal), code: "views-mixed" };
  },
};
