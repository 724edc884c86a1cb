import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { type RunDirectory, readExperiment } from "./runDirectory.ts";
import { damagedFile, problemWith } from "./verifyRun.ts";

/** The experiment of a run; throws a RunError where its experiment.json is not valid. */
export async function trainedExperiment(run: RunDirectory): Promise<ResolvedExperiment> {
  const { resolve } = await import("../language/resolve.ts");
  // Resolved values stay; defaults that an earlier version did not have are filled in.
  return resolve(await sweptExperiment(run));
}

/** Of a sweep: the file's content. The experiment's schema is large, and loaded only for this. */
export async function sweptExperiment(run: RunDirectory): Promise<Experiment> {
  const content: unknown = await readExperiment(run);
  const { validate } = await import("../../schemas/experiment.validate.gen.mjs");
  const problem = problemWith(validate, content);
  if (problem !== undefined) throw damagedFile(run.experiment, problem);
  return content as Experiment;
}
