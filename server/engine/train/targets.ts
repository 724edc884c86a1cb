import { type ResolvedNormalize, renormalize } from "../../data/normalize.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { Teacher, TeacherNet } from "./teacher.ts";

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
