import { fillBatch, type Samples } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import { inBatches } from "./evaluation.ts";
import { seenBy } from "./seenBy.ts";
import type { TeacherTargets } from "./targets.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";
import { unlearnable } from "./teacherOutputs.ts";

/** Most bytes of memory for a teacher's outputs. */
export const mostRemembered = 2 ** 28;

/** Whether a teacher's outputs for these samples, layers and logits, fit in that. */
export const canRemember = ({ classes, features }: Pick<Teacher, "classes" | "features">, count: number) =>
  4 * count * Object.values(features).reduce((sum, shape) => sum + sizeOf(shape), classes) <= mostRemembered;

/**
 * The teacher's outputs for samples without augmentation, of its layers and as logits, computed once per process. Batches do
 * not depend on the step, so that a resumed run trains on the same bits. Undefined when stopped.
 */
export async function rememberedTargets(
  teacher: Teacher,
  samples: Samples,
  { normalize, onProgress, stopRequested, batch }: Omit<OutputsOptions, "cacheDirectory" | "report">,
): Promise<TeacherTargets | { readonly problem: Problem } | undefined> {
  const seen = await seenBy(teacher, samples);
  if ("problem" in seen) return seen;
  const { count, shape } = seen;
  const size = sizeOf(shape);
  const input = new Float32Array(batch * size);
  const logits = table(count, [teacher.classes]);
  const features = Object.entries(teacher.features).map(
    ([layer, shape]) => [layer, table(count, shape)] as const,
  );
  for (const rows of inBatches(count, batch)) {
    if (stopRequested()) return undefined;
    const [first = 0] = rows;
    fillBatch(seen, rows, teacher.normalize ?? normalize, input);
    const outputs = await teacher.forward(input.subarray(0, rows.length * size), rows.length, shape);
    const bad = unlearnable(outputs.logits, { classes: teacher.classes, first });
    if (bad !== undefined) return bad;
    logits.put(outputs.logits, first);
    for (const [layer, kept] of features) kept.put(outputs.features[layer] ?? new Float32Array(0), first);
    onProgress(first + rows.length);
  }
  return {
    features: teacher.features,
    all: () => ({
      logits: logits.values,
      features: Object.fromEntries(features.map(([layer, { values }]) => [layer, values])),
    }),
    async fill(rows, _seen, out) {
      logits.gather(rows, out.logits);
      for (const [layer, kept] of features)
        if (out.features[layer] !== undefined) kept.gather(rows, out.features[layer]);
    },
  };
}

/** Rows of one shape, in one array. */
function table(count: number, shape: readonly number[]) {
  const size = sizeOf(shape);
  const values = new Float32Array(count * size);
  return {
    values,
    put: (rows: Float32Array, first: number) => values.set(rows, first * size),
    gather(rows: Int32Array, out: Float32Array): void {
      rows.forEach((row, i) => {
        out.set(values.subarray(row * size, (row + 1) * size), i * size);
      });
    },
  };
}
