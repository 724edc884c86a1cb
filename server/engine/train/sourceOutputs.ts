import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import type { SourceKey } from "../../fileQuery.ts";
import { isShare } from "../../heldBack.ts";
import { type Problem, problem } from "../../problem.ts";
import { teacherOutputs } from "./teacherOutputs.ts";
import { type WithTeacherContext, withTeacher } from "./withTeacher.ts";

/** The teacher's logits of all samples of a source, in its order: [rows, classes]. */
export interface SourceOutputs {
  readonly rows: number;
  readonly classes: number;
  readonly logits: Float32Array;
}

/**
 * Outputs of an experiment's teacher for its sources. They are computed as in a run, split by split and in the same batches, so
 * that a run with these outputs in the teacher's place learns from the same bits.
 */
export async function sourceOutputs(
  experiment: ResolvedExperiment,
  requested: readonly SourceKey[],
  context: WithTeacherContext,
): Promise<Partial<Record<SourceKey, SourceOutputs>> | { readonly problem: Problem }> {
  const { data: sources } = experiment;
  const absent = requested.find((source) => sources[source] === undefined || isShare(sources[source]));
  if (absent !== undefined && requested.length === 1)
    return problem(
      "no-split",
      `The experiment has no source of its own in data.${absent}.`,
      isShare(sources[absent]) ? "Its samples are of data.train: --split train." : undefined,
    );
  return withTeacher(experiment, context, async ({ teacher, data, options }) => {
    const found: Partial<Record<SourceKey, SourceOutputs>> = {};
    for (const samples of [data.pool ?? data.train, data.validation, data.test]) {
      if (!samples?.places?.some(({ source }) => requested.includes(source))) continue;
      const outputs = await teacherOutputs(teacher, samples, options);
      if (outputs === undefined) throw new Error("Nobody asked for a stop.");
      if ("problem" in outputs) return outputs;
      const { classes } = outputs;
      for (const [first, { source, rows, count }] of withStarts(samples)) {
        if (!requested.includes(source)) continue;
        found[source] ??= { rows: count, classes, logits: new Float32Array(count * classes) };
        const logits = found[source].logits;
        const row = new Float32Array(classes);
        rows.forEach((to, i) => {
          outputs.gather([first + i], row);
          logits.set(row, to * classes);
        });
      }
      await outputs.close();
    }
    return found;
  });
}

/** The places of samples, each with the number of its first sample among them. */
function* withStarts({ places = [] }: Samples) {
  let first = 0;
  for (const place of places) {
    yield [first, place] as const;
    first += place.rows.length;
  }
}
