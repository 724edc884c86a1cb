import type { RunStage } from "../protocol.ts";

/** The last stage that has begun, as in `kd (2 of 2)`; undefined where a run has no stages, or none has begun. */
export function stageWords(stages: readonly RunStage[] | undefined): string | undefined {
  return wordsOf(
    stages,
    stages?.findLastIndex(({ step }) => step !== undefined),
  );
}

/** The stage of that name in the same words; undefined where there is none. */
export const namedStageWords = (
  stages: readonly RunStage[] | undefined,
  name: string | undefined,
): string | undefined =>
  wordsOf(
    stages,
    stages?.findIndex((stage) => stage.name === name),
  );

function wordsOf(stages: readonly RunStage[] = [], index = -1): string | undefined {
  const stage = stages[index];
  return stage && `${stage.name} (${index + 1} of ${stages.length})`;
}
