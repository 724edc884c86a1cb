import type { ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";

/** A teacher that is one, or those that several are made of, in their order. */
export const membersOf = (spec: ResolvedTeacher): readonly ResolvedTeacher[] =>
  spec.type === "ensemble" ? spec.teachers.flatMap(membersOf) : [spec];
