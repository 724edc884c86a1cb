import type { RunStage } from "../protocol.ts";
import type { Border } from "./svg.ts";

/** Where the later stages of a run begin, in steps. */
export const stageBorders = (stages: readonly RunStage[] = []): Border[] =>
  stages.slice(1).flatMap(({ name, step }) => (step === undefined ? [] : [{ x: step, label: name }]));
