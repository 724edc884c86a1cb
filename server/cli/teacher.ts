import { existsSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { checkExperiment, findingLine } from "../api/checkExperiment.ts";
import { npyBytes, npzBytes } from "../data/formats/writeNpz.ts";
import { openEngine } from "../engine/native/openEngine.ts";
import { filledShards, missingOf, type SplitShard } from "../engine/train/filledShards.ts";
import { type SourceOutputs, sourceOutputs } from "../engine/train/sourceOutputs.ts";
import type { Shard } from "../engine/train/teacherOutputs.ts";
import { foundTeacher, type TeacherFit } from "../engine/train/teachers/trained.ts";
import { defaultThreads } from "../executors/executor.ts";
import { executorOf } from "../executors/executors.ts";
import { foundStudent } from "../experimentStudent.ts";
import type { SourceKey } from "../fileQuery.ts";
import { haveEngine } from "../haveEngine.ts";
import { storedSplits } from "../optionValues.ts";
import { oneOf } from "../parameters/words.ts";
import type { Problem } from "../problem.ts";
import { makeFolders } from "../runs/durable.ts";
import { assertOutput, keptBy, writeOutput } from "../runs/outputPlace.ts";
import { RunError } from "../runs/runError.ts";
import { damaged } from "../runs/sealedFolder.ts";
import { cacheFolder, trainedTeachers } from "../runs/trainedTeachers.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { fillShards } from "./teacherShards.ts";

export interface TeacherOptions {
  /** Ends in .npz, or of one source in .npy. */
  readonly out?: string;
  readonly replace?: boolean;
  readonly split?: string;
  /** `K/N`: fills a part of the cache instead of writing a file. */
  readonly shard?: string;
  /** Number of such parts, all of which are to be filled. */
  readonly shards?: string;
  /** Where and how many at once. */
  readonly executor?: "local" | "slurm";
  readonly jobs?: string;
  readonly json?: boolean;
  readonly runsDirectory?: string;
}

/** A file of outputs, as `--json` tells of it. */
interface StoredJson {
  /** Absolute. */
  readonly path: string;
  /** By source. */
  readonly logits: Readonly<Partial<Record<SourceKey, { readonly shape: readonly [number, number] }>>>;
  /** As another experiment takes it; absent without outputs for training samples. */
  readonly teacher?: object;
}

/** A part of the cache, as `--json` tells of it. */
interface ShardJson {
  /** Absolute. */
  readonly cache: string;
  readonly filled: readonly SplitShard[];
}

const sourceKeys = Object.keys(storedSplits) as SourceKey[];

/** The sizes in a zip archive are numbers of 32 bits. */
const mostBytes = 2 ** 32 - 2 ** 20;

/**
 * `distill teacher FILE --out outputs.npz` stores the outputs for all samples, which another experiment can take as its teacher.
 * `distill teacher FILE --shard 3/8` computes an eighth of those that a run needs, for the run to find in the cache; `--shards 8` has
 * all of them computed.
 */
export async function storeTeacher(
  file: string,
  options: TeacherOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { json = false } = options;
  const task = taskOf(options);
  if ("wrong" in task) return refuse(terminal, [task.wrong]);
  const { findings, experiment } = await checkExperiment(file);
  if (experiment === undefined) {
    complain(terminal, ...findings.map(findingLine));
    return exit.wrongFile;
  }
  if (experiment.teacher === undefined) return refuse(terminal, [`${shown(file)} has no teacher.`]);
  await haveEngine((line) => complain(terminal, line));
  const engine = await openEngine(experiment);
  if ("problem" in engine) return refuse(terminal, wordsOf(engine.problem));

  const baseDirectory = dirname(resolve(file));
  const inputs = keptBy(experiment, resolve(file));
  // Before a large teacher is asked.
  const place = { kept: inputs, replace: options.replace };
  if ("out" in task) await assertOutput({ ...place, path: resolve(task.out) });
  const runs = resolve(options.runsDirectory ?? join(baseDirectory, ".distill", "runs"));
  const cache = cacheFolder(runs);
  const kept = {
    baseDirectory,
    engine: engine.engine,
    trainedTeachers: trainedTeachers(cache, refuseTeacher),
  };
  const { load } = engine;
  const threads = experiment.threads ?? defaultThreads();
  const context = {
    baseDirectory,
    load,
    threads,
    studentOf: (path: string) => foundStudent(path, { runsDirectory: runs, baseDirectory, load, threads }),
    learn: (fit: TeacherFit) => foundTeacher(fit, kept),
    report: (event: NewEvent) => {
      if (event.type === "warning") complain(terminal, `warning: ${event.message} [${event.code}]`);
    },
  };
  if ("shards" in task) {
    makeFolders(cache);
    const { shards: of, executor, jobs } = task;
    const findMissing = async () => {
      const missing = await missingOf(experiment, of, { ...context, cacheDirectory: cache });
      if (!("problem" in missing)) return missing;
      const { code, message, hint = "" } = missing.problem;
      throw new RunError(code, message, hint);
    };
    return fillShards(
      executorOf({ executor }),
      { file: resolve(file), runs, of, jobs, findMissing },
      { json, cache },
      terminal,
    );
  }
  if ("shard" in task) {
    makeFolders(cache);
    const filled = await filledShards(experiment, task.shard, { ...context, cacheDirectory: cache });
    if ("problem" in filled) return refuse(terminal, wordsOf(filled.problem));
    if (json) printJson(terminal, { cache, filled } satisfies ShardJson);
    else if (filled.length === 0) print(terminal, `A run of ${shown(file)} keeps no outputs of its teacher.`);
    else print(terminal, ...filled.map(shardLine));
    return exit.done;
  }
  const { selected, out, ending } = task;
  const found = await sourceOutputs(experiment, selected, {
    ...context,
    ...(existsSync(cache) ? { cacheDirectory: cache } : {}),
  });
  if ("problem" in found) return refuse(terminal, wordsOf(found.problem));
  const sources = selected.flatMap((source) => (found[source] ? [[source, found[source]] as const] : []));
  if (sources.reduce((bytes, [, { logits }]) => bytes + logits.byteLength, 0) > mostBytes)
    return refuse(terminal, ["The outputs take 4 GB and more. Store one split a file: --split train."]);
  const target = resolve(out);
  await writeOutput({ ...place, path: target }, bytesOf(sources, ending));
  const path = relative(baseDirectory, target).replaceAll("\\", "/");
  const files = Object.fromEntries(sources.map(([source]) => [source, path]));
  const teacher = found.train && { type: "outputs", ...files, outputs: "logits" };
  const shapes = sources.map(([source, { rows, classes }]) => [source, [rows, classes]] as const);
  if (json) {
    const logits = Object.fromEntries(shapes.map(([source, shape]) => [source, { shape }]));
    printJson(terminal, { path: target, logits, ...(teacher && { teacher }) } satisfies StoredJson);
  } else
    print(
      terminal,
      `${shown(target)}  logits of ${shapes.map(([source, shape]) => `${source} [${shape.join(", ")}]`).join(", ")}`,
      ...(teacher ? [`"teacher": ${inOneLine(teacher)}`] : []),
    );
  return exit.done;
}

/** What the options ask for: a shard of the cache, or a file. */
function taskOf({
  out,
  split,
  shard,
  shards,
  executor,
  jobs,
}: TeacherOptions):
  | { readonly wrong: string }
  | { readonly shard: Shard }
  | { readonly shards: number; readonly executor: "slurm" | undefined; readonly jobs: number | undefined }
  | { readonly selected: readonly SourceKey[]; readonly out: string; readonly ending: string } {
  if (shards !== undefined) {
    const of = countOf(shards);
    if (of === undefined) return { wrong: `--shards is "${shards}"; expected a number of parts, such as 8.` };
    const atOnce = jobs === undefined ? undefined : countOf(jobs);
    if (jobs !== undefined && atOnce === undefined)
      return { wrong: `--jobs is "${jobs}"; expected how many parts are computed at once, such as 2.` };
    return { shards: of, executor: executor === "slurm" ? executor : undefined, jobs: atOnce };
  }
  if (shard !== undefined) {
    const [, index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(shard) ?? []).map(Number);
    return index !== undefined && of !== undefined && index >= 1 && index <= of
      ? { shard: { index, of } }
      : { wrong: `--shard is "${shard}"; expected K/N with 1 ≤ K ≤ N, such as 3/8.` };
  }
  if (out === undefined)
    return {
      wrong:
        "Give --out outputs.npz to store the outputs, --shards N to fill the cache, or --shard K/N for a part of it.",
    };
  const selected = sourceKeys.filter((source) => split === undefined || source === split);
  const ending = extname(out).toLowerCase();
  if (selected.length === 0) return { wrong: `--split is "${split}"; expected ${oneOf(sourceKeys)}.` };
  if (ending !== ".npz" && ending !== ".npy")
    return { wrong: `--out is "${out}"; expected a name that ends in .npz or .npy.` };
  if (ending === ".npy" && split === undefined)
    return { wrong: "An .npy file holds one array: name its samples with --split, or end --out in .npz." };
  return { selected, out, ending };
}

const inOneLine = (value: object): string => JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");

const countOf = (text: string): number | undefined =>
  /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;

function shardLine({ split, view, start, end, count, wasThere }: SplitShard): string {
  const of = `${split}${view === undefined ? "" : `, view ${view + 1}`}`;
  const samples = start === end ? `none of ${count} samples` : `samples ${start} to ${end - 1} of ${count}`;
  return `${of}: ${samples}${wasThere && start < end ? ", in the cache already" : ""}`;
}

function bytesOf(sources: readonly (readonly [SourceKey, SourceOutputs])[], ending: string): Uint8Array {
  const arrays = sources.map(
    ([source, { rows, classes, logits }]) => [source, { shape: [rows, classes], values: logits }] as const,
  );
  const [first] = arrays;
  return ending === ".npy" && first ? npyBytes(first[1]) : npzBytes(Object.fromEntries(arrays));
}

const refuseTeacher = (why: string): never => {
  throw damaged(why, "Train it again: distill run FILE --teacher-only");
};

const wordsOf = ({ message, hint }: Problem): readonly string[] => [
  message,
  ...(hint === undefined ? [] : [hint]),
];

function refuse(terminal: Terminal, lines: readonly string[]): ExitCode {
  complain(terminal, ...lines);
  return exit.failed;
}
