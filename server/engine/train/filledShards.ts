import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import type { View } from "../../data/views.ts";
import type { Problem } from "../../problem.ts";
import { keptParts } from "./computeTeacherOutputs.ts";
import { trainingsOf } from "./fitConfig.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";
import { type FilledShard, fillShard, missingShards, type Shard } from "./teacherOutputs.ts";
import { mixtureOf } from "./unlabelled.ts";
import { viewsOf } from "./views.ts";
import { type WithTeacherContext, withTeacher } from "./withTeacher.ts";

/** A shard of one split, or of one of its views. */
export interface SplitShard extends FilledShard {
  readonly split: "train" | "validation" | "test";
  /** Number of the view, from 0. */
  readonly view?: number;
  /** Samples of the whole split. */
  readonly count: number;
}

/**
 * Fills one shard of what a run of the experiment keeps of its teacher's outputs. Shards are filled in any order, by any process that
 * shares the cache; the last one joins them to the bits that a run would have computed, which computes what is missing.
 */
export function filledShards(
  experiment: ResolvedExperiment,
  shard: Shard,
  context: CachingContext,
): Promise<readonly SplitShard[] | { readonly problem: Problem }> {
  return withKeptParts(experiment, context, async ({ teacher, parts, options }) => {
    const filled: SplitShard[] = [];
    for (const { name, split, view } of parts) {
      const found = await fillShard(teacher, split, { ...options, view, shard });
      if (found === undefined) throw new Error("Nobody asked for a stop.");
      if ("problem" in found) return found;
      const { number } = view ?? {};
      filled.push({
        split: name,
        ...(number === undefined ? {} : { view: number }),
        count: split.count,
        ...found,
      });
    }
    return filled;
  });
}

/** Numbers of the shards, of so many, that {@link filledShards} has yet to fill, rising. */
export function missingOf(
  experiment: ResolvedExperiment,
  of: number,
  context: CachingContext,
): Promise<readonly number[] | { readonly problem: Problem }> {
  return withKeptParts(experiment, context, async ({ teacher, parts, options }) => {
    const missing = new Set<number>();
    for (const { split, view } of parts) {
      const found = await missingShards(teacher, split, { ...options, view, of });
      if ("problem" in found) return found;
      for (const index of found) missing.add(index);
    }
    return [...missing].sort((a, b) => a - b);
  });
}

type CachingContext = WithTeacherContext & { readonly cacheDirectory: string };

/** What a run keeps of a teacher's outputs. */
interface KeptParts {
  readonly teacher: Teacher;
  readonly parts: readonly {
    readonly name: SplitShard["split"];
    readonly split: Samples;
    readonly view: View | undefined;
  }[];
  readonly options: OutputsOptions & { readonly cacheDirectory: string };
}

function withKeptParts<T>(
  experiment: ResolvedExperiment,
  context: CachingContext,
  work: (kept: KeptParts) => Promise<T>,
): Promise<T | { readonly problem: Problem }> {
  return withTeacher(experiment, context, ({ teacher, data, options }) => {
    const learned = { ...data, train: data.pool ?? data.train };
    const { augment, views: viewCount, batchSize, dropRemainder } = experiment.data;
    const views = viewsOf(
      trainingsOf(experiment).map((training) => ({
        ...mixtureOf(experiment, data),
        train: learned.train,
        augment,
        views: viewCount,
        batchSize,
        dropRemainder,
        training,
        seed: experiment.seed,
      })),
    );
    const {
      learned: ofTraining,
      validation,
      test,
    } = keptParts(teacher, { experiment, data: learned, views });
    const parts = [
      ...ofTraining.map((part) => ({ name: "train" as const, view: undefined, ...part })),
      { name: "validation" as const, split: validation, view: undefined },
      { name: "test" as const, split: test, view: undefined },
    ].flatMap(({ split, ...part }) => (split === undefined ? [] : [{ ...part, split }]));
    const { cacheDirectory } = context;
    return work({ teacher, parts, options: { ...options, cacheDirectory } });
  });
}
