import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { Subject } from "../../schemas/run-event.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { Samples } from "../data/samples.ts";
import { type Numbers, spaceFor } from "../data/sampleValues.ts";
import { loadOnnxRuntime } from "../engine/native/onnxruntime.ts";
import { type AssessOptions, assess } from "../engine/train/assess.ts";
import { prepareData } from "../engine/train/prepare.ts";
import type { InspectedSample, InspectOverview, InspectQuery, SampleOrder } from "../protocol.ts";
import { readAnswers } from "../runs/answers.ts";
import { awaitStudent } from "../runs/awaitStudent.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import { type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import { assertStudentWhole, modelFile } from "../runs/student.ts";
import { cacheFolder } from "../runs/trainedTeachers.ts";
import { networks } from "../statistics/networkWords.ts";
import { type SplitAnswers, withNetworksInOrder } from "../statistics/splitAnswers.ts";
import type { Answers } from "../tasks/task.ts";
import { assessedTeacher } from "./assessedTeacher.ts";
import { type Inspector, rowsInOrder, setSizes } from "./inspector.ts";
import { inspectors } from "./inspectors.ts";
import { type Previews, previewsOf } from "./previews.ts";

/** Predictions of a run's networks for each sample of the split that compares them. */
export interface Inspection {
  readonly overview: InspectOverview;
  /** The samples of a query, with what is known of them by now. */
  page(
    query: InspectQuery,
  ): Promise<{ readonly total: number; readonly samples: readonly InspectedSample[] }>;
  /** Resolves when previews are there, or with why there are none. */
  readonly samples: Promise<{ readonly note?: string }>;
  /** Raw values of samples by their numbers, [rows, values of one]. Throws where {@link samples} have a note. */
  values(rows: readonly number[]): Promise<Numbers>;
}

/** A run with all that its data depend on. */
interface Inspected {
  readonly run: RunDirectory;
  readonly job: Job;
  readonly experiment: ResolvedExperiment;
  readonly manifest: Manifest | undefined;
}

/**
 * From the stored predictions, at once; a run of an earlier version has none, or no probabilities: then the networks are asked again, as
 * `distill evaluate` does. Throws a RunError where there is nothing to inspect.
 */
export async function openInspection(run: RunDirectory): Promise<Inspection> {
  const [job, manifest] = await Promise.all([readJob(run), readManifest(run)]);
  if (job.members !== undefined)
    throw new RunError(
      "no-predictions",
      `${run.id} is a sweep, which has no predictions.`,
      "Name one of its runs.",
    );
  const its: Inspected = { run, job, manifest, experiment: await trainedExperiment(run) };
  const stored = await readAnswers(run.path);
  const of = inspectors[stored?.task ?? manifest?.samples?.task ?? its.experiment.task ?? "classification"];
  const data = readSamples(its, stored);
  const answers =
    stored !== undefined && of.isWhole(stored) ? stored : await completed(its, stored, await data);
  const inspector = of.open(answers, manifest?.samples?.classNames);
  const { labels } = answers;
  let previews: Previews | undefined;
  const samples = data.then(({ samples, note }) => {
    if (samples !== undefined)
      previews = previewsOf(samples, { data: its.experiment.data, range: manifest?.samples?.range });
    return note === undefined ? {} : { note };
  });
  let last: { readonly key: string; readonly rows: Int32Array } | undefined;
  return {
    overview: overviewOf(answers, inspector),
    samples,
    async values(rows) {
      const { samples: found, note } = await data;
      if (found === undefined) throw new RunError("no-samples", note ?? "", "Put the run's data back.");
      const raw = spaceFor(found.values, rows.length);
      found.values.read(rows, raw);
      return raw;
    },
    async page({ show, cell, output, order, from, count }) {
      const key = JSON.stringify([show, cell, output, order]);
      if (last?.key !== key) {
        const holds = cell === undefined ? inspector.sets(output)[show] : inspector.inCell(cell, output);
        const rank = inspector.ranks({ ...(cell && { cell }), ...(output !== undefined && { output }) })[
          order
        ];
        last = { key, rows: rowsInOrder(labels.length, { holds: holds ?? (() => false), rank }) };
      }
      const shown = [...last.rows.subarray(from, from + count)];
      const seen = await previews?.(shown);
      const samples = shown.map((row, i): InspectedSample => {
        const preview = seen?.[i];
        return { number: row, ...inspector.said(row, output), ...(preview === undefined ? {} : { preview }) };
      });
      return { total: last.rows.length, samples };
    },
  };
}

const overviewOf = (
  { split, labels, answers }: SplitAnswers,
  { sets, ranks, overview }: Inspector,
): InspectOverview => ({
  split,
  samples: labels.length,
  networks: Object.keys(answers) as Subject[],
  sets: setSizes(sets(), labels.length),
  orders: [...(Object.keys(ranks({})) as SampleOrder[]), "number"],
  ...overview,
});

/** The samples that the predictions are of, if they are still the same; and what evaluates them. */
async function readSamples(
  its: Inspected,
  stored: SplitAnswers | undefined,
): Promise<{ readonly samples?: Samples; readonly note?: string }> {
  const prepared = await prepareData(its.experiment.data, optionsOf(its)).catch((error: Error) => ({
    problem: { code: "unreadable", message: error.message },
  }));
  if ("problem" in prepared) return { note: `The samples cannot be shown: ${prepared.problem.message}` };
  const samples = prepared[stored?.split ?? (prepared.test === undefined ? "validation" : "test")];
  if (samples === undefined)
    return { note: "The samples cannot be shown: their split is not there any more." };
  if (stored !== undefined && samples.contentHash !== stored.samples)
    return {
      note: `The samples cannot be shown: those of the ${stored.split} split are other ones than were evaluated.`,
    };
  return { samples };
}

const optionsOf = ({ run, job, manifest, experiment }: Inspected) => ({
  baseDirectory: job.baseDirectory,
  cacheDirectory: cacheFolder(dirname(run.path)),
  seed: experiment.seed,
  task: experiment.task,
  columns: manifest?.samples?.columns,
});

/** The stored predictions, or those of the networks evaluated again. */
async function completed(
  its: Inspected,
  stored: SplitAnswers | undefined,
  { samples, note }: { readonly samples?: Samples; readonly note?: string },
): Promise<SplitAnswers> {
  if (samples === undefined) {
    if (stored !== undefined && stored.task === undefined) return stored;
    const lacks =
      stored === undefined
        ? "no stored predictions"
        : "kept how wrong its networks are, and not what they predict";
    throw new RunError(
      "no-predictions",
      `${its.run.id} has ${lacks}. ${note ?? ""}`,
      "Put its data back, or run the experiment again.",
    );
  }
  const split = stored?.split ?? (its.experiment.data.test === undefined ? "validation" : "test");
  const found: Record<"answers", Record<string, Answers>> &
    Record<"confidence" | "outputs", Record<string, Float32Array>> = {
    ...{ answers: {}, confidence: {}, outputs: {} },
  };
  for (const subject of networks) {
    const options = await networkOf(its, subject);
    if (options === undefined) continue;
    const given = await assess({ ...optionsOf(its), data: its.experiment.data, split, ...options });
    if ("problem" in given || given.answers === undefined) continue;
    found.answers[subject] = given.answers;
    if (given.confidence !== undefined) found.confidence[subject] = given.confidence;
    if (given.outputs !== undefined) found.outputs[subject] = given.outputs;
  }
  const { labels, classes, contentHash, task, targets, threshold } = samples;
  // Of a network that is not there any more, errors of other tasks say too little.
  const answers = { ...(task === undefined ? stored?.answers : {}), ...found.answers };
  if (answers.student === undefined && answers.teacher === undefined)
    throw new RunError(
      "no-student",
      `${its.run.id} has neither predictions nor a network to ask.`,
      awaitStudent(its.run.path),
    );
  return withNetworksInOrder({
    ...{ split, samples: contentHash, task, classes, labels, answers },
    ...(task === undefined ? { confidence: found.confidence } : {}),
    ...(targets ? { outputs: { targets, given: found.outputs, threshold } } : {}),
  });
}

type Network = Pick<AssessOptions, "model" | "load" | "threads">;

/** A network of the run, to be evaluated; undefined where it is not there any more. */
async function networkOf(
  { run, job, experiment }: Inspected,
  subject: Subject,
): Promise<Network | undefined> {
  const threads = experiment.threads ?? Math.min(availableParallelism(), 8);
  if (subject === "teacher") {
    const { teacher } = experiment;
    if (teacher === undefined) return undefined;
    const places = { baseDirectory: job.baseDirectory, runs: dirname(run.path) };
    const opened = await assessedTeacher({ ...experiment, teacher }, places);
    return "problem" in opened ? undefined : opened;
  }
  const folder = subject === "student" ? run.path : join(run.path, subject);
  const model = await modelFile(folder, "best");
  if (model === undefined) return undefined;
  await assertStudentWhole(folder, "best");
  return { model, load: loadOnnxRuntime, threads };
}
