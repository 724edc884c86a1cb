import { distinctLeaks, type Leak, seenBy } from "../../data/leaks.ts";
import type { OpenedNet } from "./nets.ts";
import type { PreparedData } from "./prepare.ts";
import type { Teacher } from "./teacher.ts";

type HeldOut = Partial<Pick<PreparedData, "validation" | "test">>;
type Taught = Pick<Teacher, "learnedFrom" | "members">;

/** What teachers that other runs trained have seen of the samples that they and the student are measured by. */
export const earlierLeaks = async (teacher: Taught, heldOut: HeldOut): Promise<readonly Leak[]> =>
  distinctLeaks(await leaksOfAll(teacher, heldOut));

async function leaksOfAll({ learnedFrom, members = [] }: Taught, heldOut: HeldOut): Promise<readonly Leak[]> {
  const samples = await learnedFrom?.();
  const own = samples === undefined ? [] : seenBy("earlierTeacher", samples, heldOut);
  const others = await Promise.all(members.map(({ teacher }) => leaksOfAll(teacher, heldOut)));
  return [...own, ...others.flat()];
}

/** What the run that the student goes on from has seen of them. */
export async function startLeaks(
  { learnedFrom }: Pick<OpenedNet, "learnedFrom">,
  heldOut: HeldOut,
): Promise<readonly Leak[]> {
  const samples = await learnedFrom?.();
  return samples === undefined ? [] : seenBy("start", samples, heldOut);
}
