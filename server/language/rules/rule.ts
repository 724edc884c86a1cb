import type { Uncoded } from "../finding.ts";
import type { Model } from "../model/model.ts";

/**
 * A check of an experiment beyond the schema. It reports nothing where facts are missing: a rule never guesses.
 */
export interface Rule {
  readonly code: string;
  /** A finding may override the rule's code. */
  check(model: Model): Iterable<Uncoded & { readonly code?: string }>;
}
