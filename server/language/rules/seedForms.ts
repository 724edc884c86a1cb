import { error, fix } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { headOf } from "../mistakes/place.ts";
import type { Rule } from "./rule.ts";

/** `seeds` replaces `seed`; with both, the single one would be ignored. */
export const seedForms: Rule = {
  code: "seed-forms",
  *check({ at, parsed }) {
    const [seed, seeds] = [at("seed"), at("seeds")];
    if (!seed?.parent || !seeds?.parent) return;
    yield error(
      headOf(seed),
      "`seed` cannot be combined with `seeds`, which has the seed of every run.",
      fix('Remove "seed"', removeItem(parsed.text, seed.parent)),
      fix('Remove "seeds"', removeItem(parsed.text, seeds.parent)),
    );
  },
};
