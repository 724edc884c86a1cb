import { identityNormalize, isIdentity, type ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { Answers } from "../../tasks/task.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { guessWords, lead, scoresOf, scoreWords } from "./answerScores.ts";
import { accumulatorFor, labelsAt } from "./evaluation.ts";
import { seenBy } from "./seenBy.ts";
import type { Teacher } from "./teacher.ts";

/** Run in parts of this size, until the result is clear. */
const part = 250;
const mostParts = 4;

/**
 * A teacher from a file, fed as it was trained. Undeclared, its input is the student's, or raw samples where it is clearly more
 * accurate on these: a forest trained on raw values, or a model that scales them itself, silently guesses at random on
 * normalised samples.
 * @param samples labelled samples outside of the test split
 * @param shared what the student sees
 */
export async function fedAsTrained(
  teacher: Teacher,
  samples: Samples,
  shared: ResolvedNormalize,
): Promise<Teacher> {
  if (teacher.normalize !== undefined || isIdentity(shared)) return teacher;
  const found = await tried(teacher, samples, { given: shared, other: identityNormalize });
  if (!found.isOtherBetter) return teacher;
  const words = (scores: readonly number[]) =>
    `${scoreWords(scores, samples.task)} ${found.triedRows.length}`;
  const raw = `It is fed raw samples: so it is ${words(found.otherwise)} training samples, and ${words(found.asFed)} normalised.`;
  return {
    ...teacher,
    normalize: identityNormalize,
    reading: teacher.reading === undefined ? raw : `${teacher.reading} ${raw}`,
  };
}

/**
 * Detects a teacher from a file with the wrong normalisation: compares its scores on some labelled samples as it is fed and as it
 * could be fed, raw or normalised as for the student.
 * @param samples labelled samples outside of the test split
 * @param shared what the student sees
 */
export async function teacherDoubts(
  teacher: Teacher,
  samples: Samples,
  shared: ResolvedNormalize,
): Promise<readonly Problem[]> {
  // Stored outputs were checked when they were opened.
  if (teacher.outputSource !== undefined) return [];
  const given = teacher.normalize ?? shared;
  const isRaw = isIdentity(given);
  const other = isRaw ? shared : identityNormalize;
  const { triedRows, asFed, otherwise, isOtherBetter } = await tried(teacher, samples, { given, other });
  const count = triedRows.length;
  if (isOtherBetter) {
    const [now, then, fix] = isRaw
      ? ["raw", "normalised as for the student", "Remove `normalize` from the teacher."]
      : ["normalised", "raw", 'Give the teacher "normalize": { "scale": 1 }: it then sees the raw samples.'];
    return [
      {
        code: "teacher-preprocessing",
        message: `Fed ${now} samples, the teacher is ${scoreWords(asFed, samples.task)} ${count} training samples; fed ${then}, ${scoreWords(otherwise, samples.task)} them. ${fix}`,
      },
    ];
  }
  const guess = guessWords(asFed, samples, triedRows);
  if (guess === undefined) return [];
  return [
    {
      code: "teacher-chance",
      message: `The teacher is ${scoreWords(asFed, samples.task)} ${count} training samples; ${guess}. Check its input, \`normalize\` and \`layout\`, and its order of ${taskOf(samples.task).output[1]}.`,
    },
  ];
}

interface Tried {
  /** Rows of the samples that were tried. */
  readonly triedRows: readonly number[];
  /** Its score on each, fed as given and fed the other way; the latter is empty where both are the same. */
  readonly asFed: readonly number[];
  readonly otherwise: readonly number[];
  readonly isOtherBetter: boolean;
}

async function tried(
  teacher: Teacher,
  samples: Samples,
  { given, other }: { readonly given: ResolvedNormalize; readonly other: ResolvedNormalize },
): Promise<Tried> {
  // Without normalisation there is nothing to compare, and one part shows whether it is better than guessing.
  const isSame = isIdentity(given) && isIdentity(other);
  const triedRows: number[] = [];
  const asFed: number[] = [];
  const otherwise: number[] = [];
  for (const rows of partsOf(samples.count).slice(0, isSame ? 1 : mostParts)) {
    triedRows.push(...rows);
    asFed.push(...(await goodOf(teacher, samples, rows, given)));
    if (isSame) break;
    // A wrong input may be refused: a table of tokens has no row for a fraction.
    const worst = samples.task === undefined ? 0 : Number.NEGATIVE_INFINITY;
    const good = await goodOf(teacher, samples, rows, other).catch(() => Array.from(rows, () => worst));
    otherwise.push(...good);
    if (Math.abs(lead(otherwise, asFed)) > clear) break;
  }
  return { triedRows, asFed, otherwise, isOtherBetter: lead(otherwise, asFed) > clear };
}

export interface Answered {
  readonly split: string;
  readonly samples:
    | (Pick<Samples, "task" | "labels" | "targets"> & Partial<Pick<Samples, "classes">>)
    | undefined;
  readonly student: { readonly answers: Answers } | undefined;
  readonly baseline: { readonly answers: Answers } | undefined;
  readonly teacher: { readonly answers: Answers } | undefined;
}

/** A teacher worse than the student or the baseline. */
export function worseThanStudent({
  split,
  samples,
  student,
  baseline,
  teacher,
}: Answered): readonly Problem[] {
  const pupil = baseline ?? student;
  if (samples === undefined || teacher === undefined || pupil === undefined) return [];
  const [pupilScores, teacherScores] = [pupil, teacher].map(({ answers }) => scoresOf(answers, samples)) as [
    number[],
    number[],
  ];
  if (lead(pupilScores, teacherScores) <= clear) return [];
  const who = baseline === undefined ? "the student" : "the student alone";
  return [
    {
      code: "teacher-worse",
      message: `The teacher is ${scoreWords(teacherScores, samples.task)} the ${split} samples, ${who} ${scoreWords(pupilScores, samples.task)} them: check the teacher's input, or use another.`,
    },
  ];
}

/** In standard deviations. */
const clear = 3;

/** Each part has rows from all over the data: files are often sorted by class. */
function partsOf(count: number): Int32Array[] {
  const total = Math.min(count, part * mostParts);
  const parts = Math.ceil(total / part);
  const rows = Array.from({ length: total }, (_, i) => Math.floor((i * count) / total));
  return Array.from({ length: parts }, (_, k) => Int32Array.from(rows.filter((_, i) => i % parts === k)));
}

async function goodOf(
  teacher: Teacher,
  samples: Samples,
  rows: Int32Array,
  normalize: ResolvedNormalize,
): Promise<number[]> {
  const found = await seenBy(teacher, samples);
  // Errors of images are reported where all of them are read.
  const seen = "problem" in found ? samples : found;
  const values = new Float32Array(rows.length * sizeOf(seen.shape));
  fillBatch(seen, rows, normalize, values);
  const logits = await teacher.logits(values, rows.length, seen.shape);
  const answers = accumulatorFor(samples, teacher.classes).add({ logits, ...labelsAt(samples, rows) });
  return scoresOf(answers, samples, rows);
}
