import type { Node } from "jsonc-parser";
import { type Uncoded, warning } from "../finding.ts";
import { type Duration, teacherDuration } from "../model/duration.ts";
import { countOf, items, member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A milestone at or after the end of training, the student's or the teacher's. */
export const milestoneUnreached: Rule = {
  code: "milestone-unreached",
  *check({ at, data, duration, teacher }) {
    yield* unreached(at("schedule"), duration);
    if (teacher) yield* unreached(at("teacher", "train", "schedule"), teacherDuration(teacher, data));
  },
};

function* unreached(schedule: Node | undefined, { epochs }: Partial<Duration> = {}): Generator<Uncoded> {
  if (epochs === undefined) return;
  const length = Number(epochs.toPrecision(3));
  for (const node of items(member(schedule, "milestones"))) {
    const milestone = countOf(node);
    if (milestone === undefined || milestone < epochs) continue;
    yield warning(
      node,
      `Training ends after ${length} ${epochs === 1 ? "epoch" : "epochs"}: the learning rate does not change at ${milestone}.`,
    );
  }
}
