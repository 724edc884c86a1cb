import { identityNormalize, isIdentity, type ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples, sizeOf } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import { noMoreThanGuessing, percent } from "./guessing.ts";
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
  const raw = `It is fed raw samples: of ${found.asked.length} training samples it is right for ${percent(found.otherwise)} so, for ${percent(found.asFed)} normalised.`;
  return {
    ...teacher,
    normalize: identityNormalize,
    reading: teacher.reading === undefined ? raw : `${teacher.reading} ${raw}`,
  };
}

/**
 * Detects a teacher from a file with the wrong normalisation: compares its accuracy on some labelled samples as it is fed and
 * as it could be fed, raw or normalised as for the student.
 * @param samples labelled samples outside of the test split
 * @param shared what the student sees
 */
export async function teacherDoubts(
  teacher: Teacher,
  samples: Samples,
  shared: ResolvedNormalize,
): Promise<readonly Problem[]> {
  // What is not fed was looked at when it was opened.
  if (teacher.said !== undefined) return [];
  const given = teacher.normalize ?? shared;
  const isRaw = isIdentity(given);
  const other = isRaw ? shared : identityNormalize;
  const { asked, asFed, otherwise, isOtherBetter } = await tried(teacher, samples, { given, other });
  const count = asked.length;
  if (isOtherBetter) {
    const [now, then, fix] = isRaw
      ? ["raw", "normalised as for the student", "Remove `normalize` from the teacher."]
      : ["normalised", "raw", 'Give the teacher "normalize": { "scale": 1 }: it then sees the raw samples.'];
    return [
      {
        code: "teacher-preprocessing",
        message: `Fed ${now} samples, the teacher is right for ${percent(asFed)} of ${count} training samples; fed ${then}, for ${percent(otherwise)}. ${fix}`,
      },
    ];
  }
  const guess = noMoreThanGuessing(
    asFed,
    asked.map((row) => samples.labels[row] as number),
  );
  if (guess === undefined) return [];
  return [
    {
      code: "teacher-chance",
      message: `The teacher is right for ${percent(asFed)} of ${count} training samples; always predicting the most frequent class gives ${guess}. Check its input, \`normalize\` and \`layout\`, and its order of classes.`,
    },
  ];
}

interface Tried {
  /** Rows of the samples that were tried. */
  readonly asked: readonly number[];
  /** Whether it was right, fed as given and fed the other way; the latter is empty where both are the same. */
  readonly asFed: readonly boolean[];
  readonly otherwise: readonly boolean[];
  readonly isOtherBetter: boolean;
}

async function tried(
  teacher: Teacher,
  samples: Samples,
  { given, other }: { readonly given: ResolvedNormalize; readonly other: ResolvedNormalize },
): Promise<Tried> {
  // Without normalisation there is nothing to compare, and one part shows whether it is better than guessing.
  const isSame = isIdentity(given) && isIdentity(other);
  const asked: number[] = [];
  const asFed: boolean[] = [];
  const otherwise: boolean[] = [];
  for (const rows of partsOf(samples.count).slice(0, isSame ? 1 : mostParts)) {
    asked.push(...rows);
    asFed.push(...(await rightOf(teacher, samples, rows, given)));
    if (isSame) break;
    // A wrong input may be refused: a table of tokens has no row for a fraction.
    const right = await rightOf(teacher, samples, rows, other).catch(() => Array.from(rows, () => false));
    otherwise.push(...right);
    if (Math.abs(lead(otherwise, asFed)) > clear) break;
  }
  return { asked, asFed, otherwise, isOtherBetter: lead(otherwise, asFed) > clear };
}

export interface Answers {
  readonly split: string;
  readonly samples: Pick<Samples, "labels"> | undefined;
  readonly student: { readonly answers: Int32Array } | undefined;
  readonly alone: { readonly answers: Int32Array } | undefined;
  readonly teacher: { readonly answers: Int32Array } | undefined;
}

/** A teacher worse than the student or the baseline. */
export function worseThanStudent({ split, samples, student, alone, teacher }: Answers): readonly Problem[] {
  const pupil = alone ?? student;
  if (samples === undefined || teacher === undefined || pupil === undefined) return [];
  const right = ({ answers }: { readonly answers: Int32Array }) =>
    Array.from(answers, (answer, row) => answer === samples.labels[row]);
  const [taught, teaching] = [right(pupil), right(teacher)];
  if (lead(taught, teaching) <= clear) return [];
  const who = alone === undefined ? "the student" : "the student alone";
  return [
    {
      code: "teacher-worse",
      message: `The teacher is right for ${percent(teaching)} of the ${split} samples, ${who} for ${percent(taught)}: check the teacher's input, or use another.`,
    },
  ];
}

/** In standard deviations. */
const clear = 3;

/** Signed McNemar statistic of `a` over `b` on the same samples, 0 where they agree. */
function lead(a: readonly boolean[], b: readonly boolean[]): number {
  let [onlyA, onlyB] = [0, 0];
  a.forEach((right, i) => {
    if (right && !b[i]) onlyA++;
    if (!right && b[i]) onlyB++;
  });
  return onlyA + onlyB === 0 ? 0 : (onlyA - onlyB) / Math.sqrt(onlyA + onlyB);
}

/** Each part has rows from all over the data: files are often sorted by class. */
function partsOf(count: number): Int32Array[] {
  const total = Math.min(count, part * mostParts);
  const parts = Math.ceil(total / part);
  const rows = Array.from({ length: total }, (_, i) => Math.floor((i * count) / total));
  return Array.from({ length: parts }, (_, k) => Int32Array.from(rows.filter((_, i) => i % parts === k)));
}

async function rightOf(
  teacher: Teacher,
  samples: Samples,
  rows: Int32Array,
  normalize: ResolvedNormalize,
): Promise<boolean[]> {
  const values = new Float32Array(rows.length * sizeOf(samples.shape));
  fillBatch(samples, rows, normalize, values);
  const logits = await teacher.logits(values, rows.length);
  return Array.from(rows, (row, i) => {
    const start = i * teacher.classes;
    let best = 0;
    for (let k = 1; k < teacher.classes; k++)
      if ((logits[start + k] as number) > (logits[start + best] as number)) best = k;
    return best === samples.labels[row];
  });
}
