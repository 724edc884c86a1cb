import type { Uncoded } from "../finding.ts";
import type { Model } from "../model/model.ts";

/**
 * One thing that can be wrong, or odd, about an experiment that the schema has nothing against. It says nothing
 * where what it would need to know is missing: a rule never guesses.
 */
export interface Rule {
  readonly code: string;
  /** A finding may have a code of its own, in place of the rule's. */
  check(model: Model): Iterable<Uncoded & { readonly code?: string }>;
}
