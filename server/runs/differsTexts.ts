import type { RunSummary } from "../protocol.ts";

/** What a run differs in from an earlier one besides its settings: `differs from 20260101-…: other test data: 80 of 90 samples`. */
export const differsTexts = ({ differs }: Pick<RunSummary, "differs">): string[] =>
  (differs?.words ?? []).map((words) => `differs from ${differs?.from}: ${words}`);
