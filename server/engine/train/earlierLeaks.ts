import { type Leak, teacherLeaks } from "../../data/leaks.ts";
import type { PreparedData } from "./prepare.ts";
import type { Teacher } from "./teacher.ts";

/** What teachers that other runs trained have seen of the samples that they and the student are measured by. */
export async function earlierLeaks(
  { learnedFrom, members = [] }: Pick<Teacher, "learnedFrom" | "members">,
  heldOut: Partial<Pick<PreparedData, "validation" | "test">>,
): Promise<readonly Leak[]> {
  const samples = await learnedFrom?.();
  const own = samples === undefined ? [] : teacherLeaks({ ...heldOut, teacher: samples });
  const others = await Promise.all(members.map(({ teacher }) => earlierLeaks(teacher, heldOut)));
  return [...own, ...others.flat()];
}
