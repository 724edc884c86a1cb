import { dirname } from "node:path";
import { readManifest } from "./manifest.ts";
import { type RunDirectory, readJob } from "./runDirectory.ts";
import { trainedExperiment } from "./runExperiment.ts";
import { cacheFolder } from "./trainedTeachers.ts";

/** The data of a run as its student takes them, with all that reading them depends on. */
export async function runData(run: RunDirectory) {
  const { data, teacher, seed, task } = await trainedExperiment(run);
  const { baseDirectory, subject } = await readJob(run);
  const manifest = await readManifest(run);
  const normalize =
    (subject === "teacher" && teacher?.type === "layers" ? teacher.normalize : undefined) ?? data.normalize;
  return {
    data: { ...data, normalize },
    baseDirectory,
    cacheDirectory: cacheFolder(dirname(run.path)),
    seed,
    task,
    columns: manifest?.samples?.columns,
    recorded: manifest?.data,
  };
}
