import type { RunStage } from "../protocol.ts";

/** The last stage that has begun, as in `kd (2 of 2)`; undefined where a run has no stages, or none has begun. */
export function stageWords(stages: readonly RunStage[] | undefined): string | undefined {
  const index = stages?.findLastIndex(({ step }) => step !== undefined) ?? -1;
  return index < 0 ? undefined : `${stages?.[index]?.name} (${index + 1} of ${stages?.length})`;
}
