import type { RunSummary } from "../../server/protocol.ts";

/** A run that ended before it was complete. */
export const isResumable = (run: RunSummary): boolean =>
  run.state === "interrupted" || run.state === "stopped" || run.state === "failed";
