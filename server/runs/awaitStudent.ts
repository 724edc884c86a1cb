import { trainerOf } from "./spawn.ts";

/** What to do about a run that has no student: one that has ended has none to wait for. */
export const awaitStudent = (runDirectory: string): string =>
  trainerOf(runDirectory) === undefined ? "Resume it: it has ended before it had one." : "Wait for its end.";
