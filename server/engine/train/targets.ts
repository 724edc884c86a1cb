import { ownVersions } from "../../data/augmentations/ownAugmentations.ts";
import { type ResolvedNormalize, renormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples } from "../../data/samples.ts";
import {
  cacheKey,
  createTeacherOutputs,
  fromMemory,
  openTeacherOutputs,
  type TeacherOutputs,
} from "../../data/teacherCache.ts";
import { viewedBatches } from "../../data/views.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import { type Problem, problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import { inBatches } from "./evaluation.ts";
import { hashOfSeen, type SeenSamples, seenBy } from "./seenBy.ts";
import type { OutputsOptions, Teacher, TeacherNet } from "./teacher.ts";

/** Source of the teacher's outputs for a training batch. */
export interface TeacherTargets {
  /** Shapes of its layers' outputs, of one sample, by name; absent where only its logits are known. */
  readonly features?: Readonly<Record<string, Shape>>;
  /**
   * @param rows of the training samples
   * @param studentInput the student's input, normalised and augmented, [rows, ...sample]
   * @param out for each of `features` in its layer, [rows, ...feature]
   * @param view of the samples
   */
  fill(rows: Int32Array, studentInput: Float32Array, out: TargetFeeds, view: number): Promise<void>;
  /** Its outputs for all samples; absent where it runs in each step. */
  all?(): TargetFeeds;
  /** The teacher that runs in each step, where it can be a part of it. */
  readonly inStep?: TeacherInStep;
}

export interface TeacherInStep extends TeacherNet {
  /** Its own preprocessing of the raw sample, in place of the student's. */
  readonly normalize?: ResolvedNormalize | undefined;
}

export interface TargetFeeds {
  readonly logits: Float32Array; // [rows, classes]
  readonly features: Readonly<Record<string, Float32Array>>;
}

/**
 * The teacher's logits for samples without augmentation or for one view of them, computed once and cached under a hash of the
 * data, the teacher, the preprocessing and the view. Undefined when stopped; a problem when a logit is not finite.
 */
export async function teacherOutputs(
  teacher: Teacher,
  samples: Samples,
  options: OutputsOptions,
): Promise<TeacherOutputs | { readonly problem: Problem } | undefined> {
  if (teacher.outputSource !== undefined) return teacher.outputSource.outputs(samples, options);
  const { cacheDirectory, normalize, report, view, exclusively } = options;
  // A view is made of the student's samples, as in a step.
  const seen = view ? samples : await seenBy(teacher, samples);
  if ("problem" in seen) return seen;
  const { count } = seen;
  const preprocessing = teacher.normalize ?? normalize;
  if (cacheDirectory === undefined) {
    const logits = new Float32Array(count * teacher.classes);
    let start = 0;
    const written = await runTeacher(teacher, seen, options, async (part) => {
      logits.set(part, start);
      start += part.length;
    });
    return written === "whole" ? fromMemory(logits, count, teacher.classes) : written;
  }
  const versions = ownVersions(view?.augment ?? []);
  const own = versions.length === 0 ? {} : { own: versions };
  const key = cacheKey({
    data: hashOfSeen(seen, samples),
    teacher: teacher.hash,
    preprocessing: JSON.stringify(
      view ? { preprocessing, normalize, view, version: 1, ...own } : preprocessing,
    ),
  });
  const kept = () =>
    openTeacherOutputs(cacheDirectory, key, {
      count,
      damagedAt: (path) =>
        report({
          type: "warning",
          code: "cache-damaged",
          message: `${path} is damaged. The teacher's outputs are computed again.`,
        }),
    });
  const compute = async () => {
    const writer = await createTeacherOutputs(cacheDirectory, key, { count, classes: teacher.classes });
    try {
      const written = await runTeacher(teacher, seen, options, (logits) => writer.append(logits));
      return written === "whole" ? await writer.finish() : written;
    } finally {
      await writer.abandon();
    }
  };
  const found = await kept();
  if (found !== undefined || exclusively === undefined) return found ?? compute();
  return exclusively(
    key,
    "asks the same teacher about the same samples",
    async () => (await kept()) ?? compute(),
  );
}

/** Gives the logits of all samples in their order, a batch at a time. Undefined and a problem as above. */
async function runTeacher(
  teacher: Teacher,
  samples: SeenSamples & Pick<Samples, "tokens">,
  { normalize, view, batch, stopRequested, onProgress }: OutputsOptions,
  give: (logits: Float32Array) => Promise<void>,
): Promise<"whole" | { readonly problem: Problem } | undefined> {
  const size = sizeOf(samples.shape);
  const input = new Float32Array(batch * size);
  const fill = view
    ? viewedBatches(samples, view, { normalize, own: teacher.normalize })
    : (rows: Int32Array) => fillBatch(samples, rows, teacher.normalize ?? normalize, input);
  for (const rows of inBatches(samples.count, batch)) {
    if (stopRequested()) return undefined;
    fill(rows, input);
    const logits = await teacher.logits(input.subarray(0, rows.length * size), rows.length, samples.shape);
    const bad = unlearnable(logits, { classes: teacher.classes, first: rows[0] as number });
    if (bad !== undefined) return bad;
    await give(logits);
    onProgress((rows.at(-1) as number) + 1);
  }
  return "whole";
}

/** The first logit that is not finite. @param first the index of their first sample */
export function unlearnable(
  logits: Float32Array,
  { classes, first }: { readonly classes: number; readonly first: number },
): { readonly problem: Problem } | undefined {
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad < 0) return undefined;
  return problem(
    "teacher-not-finite",
    `The teacher gives ${logits[bad]} for sample ${first + Math.floor(bad / classes)}.`,
    "Check its input: data.normalize or teacher.normalize, and teacher.layout.",
  );
}

/** Logits looked up by row, for samples without augmentation. */
export const cachedTargets = (outputs: TeacherOutputs): TeacherTargets => ({
  ...viewedTargets([outputs]),
  all() {
    const { count, classes } = outputs;
    const logits = new Float32Array(count * classes);
    outputs.gather(
      Int32Array.from({ length: count }, (_, row) => row),
      logits,
    );
    return { logits, features: {} };
  },
});

/** The same for samples with views. */
export const viewedTargets = (views: readonly TeacherOutputs[]): TeacherTargets => ({
  async fill(rows, _seen, out, view) {
    views[view]?.gather(rows, out.logits);
  },
});

/** The same targets for losses that read these layers only. */
export function ofLayers(targets: TeacherTargets, layers: readonly string[]): TeacherTargets {
  const { features, all } = targets;
  const read = <T>(named: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(named).filter(([layer]) => layers.includes(layer)));
  return {
    ...targets,
    ...(features ? { features: read(features) } : {}),
    ...(all
      ? {
          all() {
            const { logits, features: kept } = all();
            return { logits, features: read(kept) };
          },
        }
      : {}),
  };
}

/**
 * The teacher runs on each batch: it has to see augmented samples, or its outputs do not fit in memory.
 */
export function liveTargets(
  teacher: Teacher,
  normalize: ResolvedNormalize,
  shape: readonly number[],
): TeacherTargets {
  const own = teacher.normalize;
  const channels = shape.at(-1) ?? 1;
  return {
    features: teacher.features,
    ...(teacher.inStep ? { inStep: { ...teacher.inStep, normalize: own } } : {}),
    async fill(rows, studentInput, out) {
      let input = studentInput;
      if (own !== undefined) {
        input = new Float32Array(studentInput.length);
        renormalize(studentInput, { from: normalize, to: own, channels, out: input });
      }
      const { logits, features } = await teacher.forward(input, rows.length);
      out.logits.set(logits);
      for (const [layer, values] of Object.entries(features)) out.features[layer]?.set(values);
    },
  };
}
