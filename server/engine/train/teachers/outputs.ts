import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { ResolvedOutputsTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { KeepUse } from "../../../data/cache/keptSamples.ts";
import { noLabel } from "../../../data/labels.ts";
import type { OutputsTable as AnyOutputs } from "../../../data/outputs/outputsTable.ts";
import { readOutputs } from "../../../data/outputs/readOutputs.ts";
import { type DataProblem, isProblem as isDataProblem } from "../../../data/problem.ts";
import { hashValues, type Place, type Samples } from "../../../data/samples.ts";
import type { SampleValues } from "../../../data/sampleValues.ts";
import type { TeacherOutputs } from "../../../data/teacherCache.ts";
import type { SourceKey } from "../../../fileQuery.ts";
import { grouped } from "../../../grouped.ts";
import { columnOrder } from "../../../nets/columnOrder.ts";
import { choice, file, optional, text } from "../../../parameters/parameter.ts";
import { type Problem, problem } from "../../../problem.ts";
import { taskOf } from "../../../tasks/tasks.ts";
import { guessWords, scoresOf, scoreWords } from "../answerScores.ts";
import { failedBy } from "../context.ts";
import { accumulatorFor, labelsAt } from "../evaluation.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { classMismatch } from "./classes.ts";
import { formatOf, logitRows, readFormat, type StoredFormat } from "./storedLogits.ts";
import type { TeacherType } from "./teacherType.ts";

const stored = (of: string, example: string, absent = "") =>
  file(
    `The teacher's outputs for ${of}: an .npy file, an .npz archive, a safetensors file, or a table (delimited values, JSON Lines, Parquet), with one row a sample in the order of the source's own file and one number a class, a label or a number; or the likeliest classes of each sample and their probabilities, as arrays or columns \`indices\` and \`values\`. What these leave of 1 is spread evenly over the other classes.${absent}`,
    [".npz", ".npy", ".safetensors", ".parquet", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".gz"],
    example,
  );

const unmeasured = " Absent: the teacher is not measured there.";

/** In the order in which they are read. */
export const sourceKeys = [
  "train",
  "validation",
  "test",
  "unlabelled",
] as const satisfies readonly SourceKey[];

export const outputsTeacher: TeacherType<ResolvedOutputsTeacher> = {
  description:
    "Outputs of a teacher that were stored before: no network is run. `distill teacher` writes such files. Samples that are augmented, and losses that look at layers, need a network.",
  hint: "Outputs that were stored before.",
  parameters: {
    train: stored(
      "the samples of `data.train`, those that `data.validation` and `data.test` hold back among them",
      "teacher-train.npz",
    ),
    validation: optional(
      stored(
        "the samples of `data.validation`, where that is a source of its own",
        "teacher-validation.npz",
        unmeasured,
      ),
    ),
    test: optional(
      stored("the samples of `data.test`, where that is a source of its own", "teacher-test.npz", unmeasured),
    ),
    unlabelled: optional(
      stored("the samples of `data.unlabelled`", "teacher-more.npz", " Absent: there are no such samples."),
    ),
    array: optional(
      text(
        "Name of the array in .npz archives and safetensors files, or of a table's column with lists. Absent: the one that is called as the source is (`train`), or `logits`, `probabilities`, `outputs`; else the only one, or all columns of a table.",
        { pattern: "\\S", examples: ["logits"] },
      ),
    ),
    id: optional(
      text(
        "Column, or array of numbers, that says which sample a row is of: in the outputs and, by the same name, in the table or archive of the samples. Images of a folder are known by their paths in it. Absent: rows are in the order of the samples.",
        { pattern: "\\S", examples: ["id"] },
      ),
    ),
    outputs: choice(
      "What is stored: `logits`, `probabilities`, or `logProbabilities`. Of probabilities the logarithm is taken, at least that of 10⁻³⁰, so that a temperature works on them as on logits. `auto` takes rows from 0 to 1 that sum to 1 for probabilities.",
      ["auto", "logits", "probabilities", "logProbabilities"],
      { default: "auto", examples: ["probabilities"] },
    ),
  },
  isOfLayers: false,
  async open(spec, { train, classes, storage = "auto" }, { baseDirectory, cacheDirectory }) {
    const teacher = await openStored(spec, { train, baseDirectory, storage, cacheDirectory });
    if ("problem" in teacher) return failedBy(teacher);
    const unequal = classMismatch(teacher.classes, train, { student: classes });
    return unequal === undefined ? { ending: "completed", result: teacher } : failedBy(unequal);
  },
};

type OutputsTable = AnyOutputs & { readonly columns: number };

/** A source's outputs as logits. */
interface StoredSource extends OutputsTable {
  readonly format: StoredFormat;
}

/** Stored outputs, once they are read. */
interface StoredTeacher extends Teacher {
  readonly of: (samples: Samples) => Promise<TeacherOutputs | { readonly problem: Problem }>;
}

/** Reads all stored outputs and checks numbers, forms, counts, and accuracy on labelled samples. */
export async function openStored(
  spec: ResolvedOutputsTeacher,
  { train, baseDirectory, ...use }: KeepUse & { readonly train: Samples; readonly baseDirectory: string },
): Promise<StoredTeacher | { readonly problem: Problem }> {
  const sources: Partial<Record<SourceKey, StoredSource>> = {};
  const warnings: Problem[] = [];
  const hash = createHash("sha256");
  for (const source of sourceKeys) {
    const path = spec[source];
    if (path === undefined) continue;
    const query = { array: spec.array, id: spec.id, source };
    const table = await readOutputs(resolve(baseDirectory, path), query, {
      classes: train.classes,
      outputs: spec.outputs,
      ...use,
    });
    if (isDataProblem(table)) return asProblem(table);
    const given = train.places?.find((place) => place.source === source);
    const misplaced = given && table.ids === undefined ? rowsByPlace(table, given) : undefined;
    if (misplaced && "code" in misplaced) return asProblem(misplaced);
    const unequal = classMismatch(table.columns, train);
    if (unequal !== undefined) return unequal;
    const first = sources.train?.columns ?? table.columns;
    if (table.columns !== first) return otherClasses(table, first);
    if (source === "train" && table.areShares && train.task !== undefined)
      return asProblem({
        code: "no-distribution",
        message: `Of ${taskOf(train.task).output[1]} the likeliest alone do not tell the others. Store all of them.`,
        file: table.file,
      });
    if (source === "train" && spec.outputs === "logits" && formatOf(table, train.task) === "probabilities")
      warnings.push(likeProbabilities);
    const format = readFormat(table, table.areShares ? "probabilities" : spec.outputs, train.task);
    if (typeof format === "object") return asProblem(format);
    const order = columnOrder(table.columnNames, train);
    if ("problem" in order) return order;
    if (order.warning && source === "train") warnings.push(order.warning);
    const values = logitRows(table, { format, columns: order.columns, task: train.task });
    sources[source] = { ...table, values, format };
    hash.update(JSON.stringify([source, table.rows, table.columns, table.ids]));
    hashValues(hash, values);
  }
  const { columns: classes, format, rows } = sources.train as StoredSource;
  const rowsById = new Map<SourceKey, Promise<Int32Array | DataProblem>>();
  const rowsOf = (place: Place, table: StoredSource) => {
    const found = rowsById.get(place.source) ?? rowsByIds(table, place, spec.id);
    rowsById.set(place.source, found);
    return found;
  };
  const of = (samples: Samples) => storedOutputs(sources, classes, samples, rowsOf);
  const ofTrain = await of(train);
  if ("problem" in ofTrain) return ofTrain;
  for (const found of rowsById.values()) {
    const rows = await found;
    if (!("code" in rows)) hash.update(rows);
  }
  const labelCheck = checkAgainstLabels(ofTrain, train);
  return {
    classes,
    hash: hash.digest("hex"),
    reading: `Stored ${train.task === "regression" ? "numbers" : formatNames[format]} of ${grouped(rows)} samples${labelCheck.right === undefined ? "" : `, ${labelCheck.right} ${grouped(labelCheck.count)} training samples`}.`,
    warnings: [...warnings, ...labelCheck.doubts],
    features: {},
    outputSource: {
      knows: ({ places = [] }) =>
        places.length > 0 && places.every(({ source }) => sources[source] !== undefined),
      outputs: async (samples) => of(samples),
    },
    of,
    forward: noNetwork,
    logits: noNetwork,
    async assertUntouched() {},
    async dispose() {},
  };
}

const formatNames = {
  logits: "logits",
  probabilities: "probabilities",
  logProbabilities: "log-probabilities",
} as const satisfies Record<StoredFormat, string>;

const noNetwork = (): never => {
  throw new Error("Stored outputs are looked up by sample, and no network is there to be asked.");
};

const likeProbabilities: Problem = {
  code: "teacher-probabilities",
  message:
    'The stored outputs are not negative and have the same sum for each sample: these are probabilities, not logits. Give the teacher "outputs": "probabilities".',
};

function otherClasses({ file, columns }: OutputsTable, expected: number): { readonly problem: Problem } {
  const message = "The array has another number of classes than that of the training samples.";
  return asProblem({ code: "shape-mismatch", message, file, expected, found: columns });
}

/** Outputs of samples, by their places in their sources. */
async function storedOutputs(
  sources: Readonly<Partial<Record<SourceKey, StoredSource>>>,
  classes: number,
  { count, places = [] }: Samples,
  rowsOf: (place: Place, table: StoredSource) => Promise<Int32Array | DataProblem>,
): Promise<TeacherOutputs | { readonly problem: Problem }> {
  const rowIn = new Int32Array(count);
  const tables: SampleValues[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const place of places) {
    const table = sources[place.source];
    if (table === undefined)
      return problem(
        "teacher-silent",
        `The teacher's stored outputs have none for the samples of data.${place.source}.`,
        `Name their file: "${place.source}": "…", beside "train" in the teacher.`,
      );
    const found = table.ids ? await rowsOf(place, table) : rowsByPlace(table, place);
    if ("code" in found) return asProblem(found);
    rowIn.set(
      place.rows.map((row) => found[row] as number),
      end,
    );
    end += place.rows.length;
    tables.push(table.values);
    ends.push(end);
  }
  if (end !== count)
    return problem(
      "teacher-silent",
      "The samples are not those of the experiment, of which the outputs are stored.",
    );
  return {
    count,
    classes,
    gather(rows, out) {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        const table = tables[ends.findIndex((end) => row < end)] as SampleValues;
        table.read([rowIn[row] as number], out.subarray(i * classes, (i + 1) * classes));
      }
    },
    async close() {},
  };
}

/** The row of each sample of a source, by what its table calls it. */
async function rowsByIds(
  { file, ids = [] }: StoredSource,
  { source, count, ids: sampleIds }: Place,
  column = "",
): Promise<Int32Array | DataProblem> {
  const own = await sampleIds?.ask(column);
  if (own === undefined) throw new Error(`The samples of ${source} are of no source.`);
  if ("code" in own) return own as DataProblem;
  const rows = new Map<string, number>();
  for (const [row, id] of ids.entries()) {
    const before = rows.get(id);
    if (before !== undefined)
      return { code: "count-mismatch", message: `The id "${id}" stands in rows ${before} and ${row}.`, file };
    rows.set(id, row);
  }
  const absent = own.filter((id) => !rows.has(id));
  const [first] = absent;
  if (first === undefined) return Int32Array.from(own, (id) => rows.get(id) as number);
  return {
    code: "count-mismatch",
    message: `There is no row for ${grouped(absent.length)} of the ${grouped(count)} samples of data.${source}, the first of which has the id "${first}".`,
    file,
  };
}

/** The row of each sample of a source: there is one per sample of it, or per sample of its file, of which it uses a part. */
function rowsByPlace(
  { file, rows, columns }: OutputsTable,
  { source, count, within }: Place,
): Int32Array | DataProblem {
  if (rows === count) return Int32Array.from({ length: count }, (_, row) => row);
  if (rows === within?.total)
    return within.rows ?? Int32Array.from({ length: count }, (_, row) => within.first + row);
  const whole = within && within.total !== count ? `, or for the ${grouped(within.total)} of its file` : "";
  const isTransposed = columns === count || columns === within?.total;
  const heldBackNote =
    source === "train" ? " Those that are held back for validation or test have a row, too." : "";
  return {
    code: "count-mismatch",
    message: isTransposed
      ? `The array is [${rows}, ${columns}], with the samples last. Store its transpose: outputs.T.`
      : `There are ${grouped(rows)} rows for the ${grouped(count)} samples of data.${source}${whole}. Give one row per sample, in their order.${heldBackNote}`,
    file,
    expected: count,
    found: rows,
  };
}

/** Accuracy of the outputs on labelled samples; in another order than these it is no better than guessing. */
function checkAgainstLabels(
  outputs: TeacherOutputs,
  samples: Samples,
): { readonly right?: string; readonly count: number; readonly doubts: readonly Problem[] } {
  const { count, labels, task } = samples;
  const row = new Float32Array(outputs.classes);
  const accumulator = accumulatorFor(samples, outputs.classes);
  const scores: number[] = [];
  const known: number[] = [];
  for (let sample = 0; sample < count; sample++) {
    if (labels[sample] === noLabel) continue;
    outputs.gather([sample], row);
    const rows = Int32Array.of(sample);
    known.push(sample);
    scores.push(...scoresOf(accumulator.add({ logits: row, ...labelsAt(samples, rows) }), samples, rows));
  }
  if (known.length === 0) return { count: 0, doubts: [] };
  const guess = guessWords(scores, samples, known);
  const doubt = {
    code: "teacher-chance",
    message: `The stored outputs are ${scoreWords(scores, task)} ${grouped(known.length)} training samples; ${guess}. Look at the order of the rows, which is that of the samples in their file, and at the order of the ${taskOf(task).output[1]}.`,
  };
  return { right: scoreWords(scores, task), count: known.length, doubts: guess === undefined ? [] : [doubt] };
}
