import type { RunSummary } from "../../server/protocol.ts";

/** A run that has ended before its work was done. */
export const isResumable = (run: RunSummary): boolean =>
  run.state === "interrupted" || run.state === "stopped" || run.state === "failed";
