import type { ProfiledStep } from "./profile.ts";

/** Steps under a profiler, and milliseconds of the same steps without it. */
export interface Measured {
  readonly plain: readonly number[];
  readonly profiled: readonly ProfiledStep[];
}

/** With and without the profiler in turn, so that slow moments of the machine affect both. */
export const rounds = 6;
