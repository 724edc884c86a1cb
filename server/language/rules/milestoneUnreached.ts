import type { Node } from "jsonc-parser";
import { quoted } from "../../parameters/words.ts";
import { type Uncoded, warning } from "../finding.ts";
import { type Duration, stageDuration, teacherDuration } from "../model/duration.ts";
import { countOf, items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A milestone at or after the end of training, the student's or the teacher's. */
export const milestoneUnreached: Rule = {
  code: "milestone-unreached",
  *check({ at, data, stages, teacher }) {
    for (const stage of stages)
      yield* unreached(stage.at("schedule"), stageDuration(stage, at, data), stage.name);
    if (teacher) yield* unreached(at("teacher", "train", "schedule"), teacherDuration(teacher, data));
  },
};

function* unreached(
  schedule: Node | undefined,
  { epochs }: Partial<Duration> = {},
  stage?: string,
): Generator<Uncoded> {
  if (epochs === undefined) return;
  const length = Number(epochs.toPrecision(3));
  for (const node of items(member(schedule, "milestones"))) {
    const milestone = countOf(node);
    if (milestone === undefined || milestone < epochs) continue;
    yield warning(
      node,
      `${stage === undefined ? "Training" : `The stage ${quoted(stage)}`} ends after ${length} ${epochs === 1 ? "epoch" : "epochs"}: the learning rate does not change at ${milestone}.`,
    );
  }
}
