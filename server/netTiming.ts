import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import type { LayerSpec } from "./nets/shapes.ts";
import type { Problem } from "./problem.ts";

/** Argument of a trainer that times nets for the process that started it, and asks it by a message. */
export const timingArgument = "--time";

/** Students to time, by a process of its own, so that the engine's memory goes with it. */
export interface TimingRequest {
  readonly engine: Pick<ResolvedExperiment, "engine" | "device"> &
    Pick<ResolvedExperiment["training"], "precision">;
  readonly threads: number;
  /** Where relative paths start. */
  readonly baseDirectory: string;
  readonly students: readonly TimedStudent[];
}

/** A student whose layers are known, for samples of a shape; any other is opened as a run of it would. */
export type TimedStudent =
  | { readonly layers: readonly LayerSpec[]; readonly shape: readonly number[] }
  | Pick<ResolvedExperiment, "student" | "data" | "seed" | "task">;

/** Of each student the median of a prediction in milliseconds, or why it cannot be opened. */
export type TimingAnswer = { readonly ms: readonly (number | Problem)[] } | { readonly problem: Problem };
