import type { DataProblem } from "./data/problem.ts";

/** A problem in the user's files that keeps the experiment from running: data, not an exception. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** What to do about it, as a sentence. */
  readonly hint?: string;
  /** Where a data file is at fault: which, and where in it. */
  readonly file?: DataProblem;
}

export const problem = (code: string, message: string, hint?: string): { readonly problem: Problem } => ({
  problem: hint === undefined ? { code, message } : { code, message, hint },
});
