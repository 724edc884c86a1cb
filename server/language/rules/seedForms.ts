import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { propertyOf } from "../parse.ts";
import type { Rule } from "./rule.ts";

/** `seeds` stands in place of `seed`; beside it, the one would say another number than the many. */
export const seedForms: Rule = {
  code: "seed-forms",
  *check({ at, parsed }) {
    const [seed, seeds] = [at("seed"), at("seeds")].map((value) => value && propertyOf(value));
    if (!seed || !seeds) return;
    yield error(
      seed.children?.[0] ?? seed,
      "`seed` cannot stand beside `seeds`, which has the seed of every run.",
      fix('Remove "seed"', removeItem(parsed.text, seed)),
      fix('Remove "seeds"', removeItem(parsed.text, seeds)),
    );
  },
};
