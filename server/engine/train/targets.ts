import { type ResolvedNormalize, renormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples, sizeOf } from "../../data/samples.ts";
import {
  cacheKey,
  createTeacherOutputs,
  openTeacherOutputs,
  type TeacherOutputs,
} from "../../data/teacherCache.ts";
import type { Teacher } from "./teacher.ts";

/** Where the teacher's logits of a training batch come from. */
export interface TeacherTargets {
  /**
   * @param rows of the training samples
   * @param seen what the student sees of them, normalised and augmented, [rows, ...sample]
   * @param out [rows, classes]
   */
  fill(rows: Int32Array, seen: Float32Array, out: Float32Array): Promise<void>;
}

export interface OutputsOptions {
  readonly cacheDirectory: string;
  /** The student's preprocessing, which the teacher shares unless it has its own. */
  readonly normalize: ResolvedNormalize;
  readonly onProgress: (done: number) => void;
  readonly stopRequested: () => boolean;
}

/** Samples that a teacher is asked about at once. */
export const teacherBatch = 256;

/**
 * The teacher's logits for samples as they are, each computed once ever: they are kept under a name made of the data,
 * the teacher and the preprocessing. Undefined when a stop was asked for on the way.
 */
export async function teacherOutputs(
  teacher: Teacher,
  samples: Samples,
  { cacheDirectory, normalize, onProgress, stopRequested }: OutputsOptions,
): Promise<TeacherOutputs | undefined> {
  const { count } = samples;
  const preprocessing = teacher.normalize ?? normalize;
  const key = cacheKey({
    data: samples.contentHash,
    teacher: teacher.hash,
    preprocessing: JSON.stringify(preprocessing),
  });
  const kept = await openTeacherOutputs(cacheDirectory, key, { count });
  if (kept !== undefined) return kept;

  const writer = await createTeacherOutputs(cacheDirectory, key, { count, classes: teacher.classes });
  try {
    const size = sizeOf(samples.shape);
    const input = new Float32Array(teacherBatch * size);
    for (let start = 0; start < count; start += teacherBatch) {
      if (stopRequested()) return undefined;
      const rows = Int32Array.from({ length: Math.min(teacherBatch, count - start) }, (_, i) => start + i);
      fillBatch(samples, rows, preprocessing, input);
      await writer.append(await teacher.logits(input.subarray(0, rows.length * size), rows.length));
      onProgress(start + rows.length);
    }
    return await writer.finish();
  } finally {
    await writer.abandon();
  }
}

/** Logits looked up by row: for samples that no augmentation changes. */
export const cachedTargets = (outputs: TeacherOutputs): TeacherTargets => ({
  async fill(rows, _seen, out) {
    outputs.gather(rows, out);
  },
});

/** The teacher asked anew for each batch: it has to see what augmentation made of the samples. */
export function liveTargets(
  teacher: Teacher,
  normalize: ResolvedNormalize,
  shape: readonly number[],
): TeacherTargets {
  const own = teacher.normalize;
  const channels = shape.at(-1) ?? 1;
  return {
    async fill(rows, seen, out) {
      let input = seen;
      if (own !== undefined) {
        input = new Float32Array(seen.length);
        renormalize(seen, { from: normalize, to: own, channels, out: input });
      }
      out.set(await teacher.logits(input, rows.length));
    },
  };
}

/** The logits of all samples, [count, classes]. */
export function allOutputs(outputs: TeacherOutputs): Float32Array {
  const out = new Float32Array(outputs.count * outputs.classes);
  outputs.gather(
    Int32Array.from({ length: outputs.count }, (_, row) => row),
    out,
  );
  return out;
}
