import type { Anchor, RunStage, Series } from "../../server/protocol.ts";
import type { RunCurves } from "./curves.ts";

/** The curve at a place of the text: of a stage its own part; undefined where there is none. */
export function curveAtAnchor(
  { series, stage }: Pick<Anchor, "series" | "stage">,
  curves: RunCurves,
  stages: readonly RunStage[] = [],
): Series | undefined {
  const whole = curves[series];
  if (whole === undefined || stage === undefined) return whole;
  // The text may have other stages than the run.
  const from = stages[stage]?.step;
  if (from === undefined) return undefined;
  const until = stages[stage + 1]?.step ?? Number.POSITIVE_INFINITY;
  // A point stands for the step behind it: the first one of a stage is the one after its border.
  const isOf = (_: unknown, i: number) => (whole.step[i] ?? 0) > from && (whole.step[i] ?? 0) <= until;
  const part = {
    step: whole.step.filter(isOf),
    min: whole.min.filter(isOf),
    max: whole.max.filter(isOf),
    last: whole.last.filter(isOf),
    time: whole.time.filter(isOf),
    epoch: whole.epoch.filter(isOf),
  };
  return part.step.length === 0 ? undefined : part;
}
