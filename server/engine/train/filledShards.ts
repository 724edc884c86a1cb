import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Problem } from "../../problem.ts";
import { keptParts } from "./computeTeacherOutputs.ts";
import { trainingsOf } from "./fitConfig.ts";
import { type FilledShard, fillShard, type Shard } from "./teacherOutputs.ts";
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
 * shares the cache; the run joins them to the bits that it would have computed, and computes what is missing.
 */
export function filledShards(
  experiment: ResolvedExperiment,
  shard: Shard,
  context: WithTeacherContext & { readonly cacheDirectory: string },
): Promise<readonly SplitShard[] | { readonly problem: Problem }> {
  return withTeacher(experiment, context, async ({ teacher, data, options }) => {
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
    const parts = keptParts(teacher, { experiment, data: learned, views });
    const filled: SplitShard[] = [];
    for (const { name, split, view } of [
      ...parts.learned.map((part) => ({ name: "train" as const, view: undefined, ...part })),
      { name: "validation" as const, split: parts.validation, view: undefined },
      { name: "test" as const, split: parts.test, view: undefined },
    ]) {
      if (split === undefined) continue;
      const { cacheDirectory } = context;
      const found = await fillShard(teacher, split, { ...options, cacheDirectory, view, shard });
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
