import type { ModuleKind, Schema } from "../parameters/schema.ts";
import type { ModuleProblem } from "./moduleProblem.ts";

/** What is known of a module once it has been run in a process of its own. */
export interface ExaminedModule {
  readonly kind: ModuleKind;
  /** The keys that it declares. */
  readonly schema: Schema;
  /** From the module's folder: the module, and what it imports. */
  readonly files: readonly string[];
  /** The declaration is whole, but what it computes cannot be trained with. */
  readonly problem?: ModuleProblem;
}

/** What stands before the answer of that process on standard output, where the module may have written, too. */
export const answerMark = "distillery-module:";
