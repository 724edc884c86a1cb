import type { RunSummary } from "../../server/protocol.ts";

/** A run that may have a student to evaluate, export and report on: a sweep has none of its own, and one that is damaged is refused. */
export const isExaminable = ({ state, sweep }: RunSummary): boolean =>
  state !== "running" && state !== "unreadable" && sweep === undefined;
