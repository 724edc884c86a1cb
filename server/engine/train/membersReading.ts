import type { Samples } from "../../data/samples.ts";
import { grouped } from "../../grouped.ts";
import type { Problem } from "../../problem.ts";
import type { Answers } from "../../tasks/task.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { evaluateTeacher } from "./evaluation.ts";
import { asPercent } from "./guessing.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";
import { teacherOutputs } from "./teacherOutputs.ts";

/** How the members of an ensemble compare, on the same samples. */
export interface MembersReading {
  readonly reading: string;
  /** In the order of the experiment. */
  readonly members: readonly { readonly name: string; readonly accuracy: number }[];
  /** Share of the samples for which two members predict the same class, [members][members]. Empty in other tasks. */
  readonly agreement: readonly (readonly number[])[];
}

/**
 * Accuracy of each of several teachers, and how often they agree. Undefined for a single one, or when stopped. @param split what
 * the samples are, in words
 */
export async function membersReading(
  teacher: Teacher,
  { split, samples }: { readonly split: string; readonly samples: Samples },
  options: OutputsOptions,
): Promise<MembersReading | { readonly problem: Problem } | undefined> {
  if (teacher.members === undefined) return undefined;
  const all: { readonly name: string; readonly measured: number; readonly answers: Answers }[] = [];
  const { key } = taskOf(samples.task);
  for (const { name, teacher: one } of [...teacher.members, { name: "together", teacher }]) {
    const outputs = await teacherOutputs(one, samples, options);
    if (outputs === undefined || "problem" in outputs) return outputs;
    const { metrics, answers } = evaluateTeacher(outputs, samples);
    await outputs.close();
    all.push({ name, measured: metrics[key] ?? Number.NaN, answers });
  }
  const members = all.slice(0, -1);
  if (samples.task !== undefined) {
    const each = all.map(({ name, measured }) => `${name} ${Number(measured.toPrecision(4))}`).join(", ");
    const reading = `${members.length} teachers, ${key}: ${each} on ${grouped(samples.count)} ${split} samples.`;
    return { reading, members: [], agreement: [] };
  }
  const agreement = members.map((a) =>
    members.map((b) => shareOf(samples.count, (i) => a.answers[i] === b.answers[i])),
  );
  const unanimous = shareOf(samples.count, (i) =>
    members.every(({ answers }) => answers[i] === members[0]?.answers[i]),
  );
  const each = all.map(({ name, measured }) => `${name} ${asPercent(measured)}`).join(", ");
  return {
    reading: `${members.length} teachers, right for: ${each} of ${grouped(samples.count)} ${split} samples; all say the same of ${asPercent(unanimous)}.`,
    members: members.map(({ name, measured }) => ({ name, accuracy: measured })),
    agreement,
  };
}

function shareOf(count: number, isSo: (sample: number) => boolean): number {
  let found = 0;
  for (let sample = 0; sample < count; sample++) if (isSo(sample)) found++;
  return found / Math.max(1, count);
}
