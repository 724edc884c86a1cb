import type { ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";

/** A single teacher, or the members of an ensemble in their order. */
export const membersOf = (spec: ResolvedTeacher): readonly ResolvedTeacher[] =>
  spec.type === "ensemble" ? spec.teachers.flatMap(membersOf) : [spec];
