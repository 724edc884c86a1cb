import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import type { LayerSpec } from "./nets/shapes.ts";
import type { Problem } from "./problem.ts";

/** Argument of a trainer that times nets for the process that started it, and asks it by a message. */
export const timingArgument = "--time";

/** Nets to time, by a process of its own, so that the engine's memory goes with it. */
export interface TimingRequest {
  readonly engine: Pick<ResolvedExperiment, "engine" | "device"> &
    Pick<ResolvedExperiment["training"], "precision">;
  readonly threads: number;
  /** `shape` is that of a sample. */
  readonly nets: readonly { readonly layers: readonly LayerSpec[]; readonly shape: readonly number[] }[];
}

/** Of each net the median of a prediction in milliseconds; null where its layers do not fit together. */
export type TimingAnswer = { readonly ms: readonly (number | null)[] } | { readonly problem: Problem };
