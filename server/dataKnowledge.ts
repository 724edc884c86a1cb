import { dirname, resolve } from "node:path";
import type { JSONPath } from "jsonc-parser";
import { brightest } from "./data/augment.ts";
import { doubtfulColumns } from "./data/doubtfulColumns.ts";
import { FileChanged } from "./data/fileRows.ts";
import { distinctLeaks, type Leak, leaksOf, seenBy } from "./data/leaks.ts";
import { normalizedSamples } from "./data/normalizedSamples.ts";
import { sentence } from "./data/problem.ts";
import { statsOf } from "./data/reading.ts";
import type { Samples } from "./data/samples.ts";
import type { AnySource } from "./data/sources/options.ts";
import { sourceFiles, sourceParts } from "./data/sources/sources.ts";
import { type PreparedData, prepareData, remarksOf, teacherSamples } from "./engine/train/prepare.ts";
import { recordedSamples } from "./engine/train/recordedSamples.ts";
import { openStored, sourceKeys } from "./engine/train/teachers/outputs.ts";
import { readExperimentText } from "./experimentChain.ts";
import { type DataSpec, dataKey, dataSpecOf, dataSpecs } from "./language/dataSpec.ts";
import type { DataFault, DataKnowledge, KnownData, StoredFinding } from "./language/facts.ts";
import { type Parsed, parse } from "./language/parse.ts";
import type { Problem } from "./problem.ts";
import { runData } from "./runs/runData.ts";
import { openRun } from "./runs/runDirectory.ts";
import { RunError } from "./runs/runError.ts";

/**
 * Reads the samples of an experiment with the trainer's own code, so that both report the same. Only where all files are small;
 * larger ones are left to the trainer.
 */
export async function knownDataOf(parsed: Parsed, baseDirectory: string): Promise<KnownData> {
  const known = new Map<string, DataKnowledge>();
  // Sequentially, so that only one experiment's samples are in memory.
  for (const spec of dataSpecs(parsed)) {
    const found = await readData(spec, baseDirectory);
    if (found !== undefined) known.set(dataKey(spec), found);
  }
  return (spec) => known.get(dataKey(spec));
}

/** The trainer's findings about the samples; undefined where they take too long to be read interactively. */
export async function readData(spec: DataSpec, baseDirectory: string): Promise<DataKnowledge | undefined> {
  if (!(await areSmall(spec, baseDirectory))) return undefined;
  try {
    return await readSmall(spec, baseDirectory);
  } catch (error) {
    if (error instanceof FileChanged) return undefined; // It is read again as it is now.
    throw error;
  }
}

async function readSmall(spec: DataSpec, baseDirectory: string): Promise<DataKnowledge | undefined> {
  const textTime = { left: mostTextMs };
  const options = { baseDirectory, seed: spec.seed ?? 0, task: spec.task, textTime };
  const data = await prepareData(spec.data, options);
  if ("problem" in data && data.problem.code === "too-slow") return undefined;
  if ("problem" in data) return { problem: faultOf(data.problem, spec, baseDirectory) };
  const teacher = await teacherSamples(spec.teacher, { train: data.train, baseDirectory, textTime });
  if ("problem" in teacher && teacher.problem.code === "too-slow") return undefined;
  if ("problem" in teacher) return { problem: faultOf(teacher.problem, spec, baseDirectory) };
  const leaks = [...leaksOf({ ...data, teacher }), ...(await earlierLeaks(spec, data, baseDirectory))];
  const remarks = [...data.remarks, ...(teacher === data.train ? [] : remarksOf("teacher", teacher))];
  const doubtful = doubtfulColumns(data.train);
  const stored = await storedFindings(spec, data, baseDirectory);
  return {
    facts: {
      ...(data.train.task === undefined && { classCounts: classCountsOf(data) }),
      ...(data.train.task === undefined && data.train.targets && { areSoft: true }),
      areNamed: data.train.classNames?.some((name) => Number.isNaN(Number(name))) ?? false,
      ...(data.train.tokens && { padding: data.train.tokens.padding }),
      normalize: data.normalize,
      shape: data.train.shape,
      ...(leaks.length > 0 && { leaks }),
      ...(remarks.length > 0 && { remarks }),
      ...(doubtful.length > 0 && { doubtful, columns: columnsOf(data.train) }),
      ...(stored.length > 0 && { stored }),
      ...(spec.isLookedUp && { range: rangeOf(data) }),
      ...(spec.areColours && { areColours: brightest((data.pool ?? data.train).values) !== undefined }),
    },
  };
}

/** What students of other runs, as teachers or as a start, were or will be trained on, as far as that is quickly read. */
async function earlierLeaks(
  spec: DataSpec,
  data: PreparedData,
  baseDirectory: string,
): Promise<readonly Leak[]> {
  const leaks: Leak[] = [];
  for (const { which, own } of await earlierOf(spec, baseDirectory)) {
    if (own === undefined || !(await areSmall(own, own.baseDirectory))) continue;
    const samples = await own.samples();
    if (samples !== undefined) leaks.push(...seenBy(which, samples, data));
  }
  return distinctLeaks(leaks);
}

interface Earlier extends Pick<DataSpec, "data"> {
  readonly baseDirectory: string;
  /** Those that it trains on; undefined where they cannot be had (any more). */
  readonly samples: () => Promise<Samples | undefined>;
}

/** The experiments and runs whose students teach or are gone on from, and what these read. */
function earlierOf({ assistants = [], start }: DataSpec, baseDirectory: string) {
  const named = [
    ...assistants.map((path) => ({ which: "earlierTeacher", path }) as const),
    ...(start === undefined ? [] : [{ which: "start", path: start } as const]),
  ];
  return Promise.all(
    named.map(async ({ which, path }) => {
      const file = resolve(baseDirectory, path);
      const stats = await statsOf(file);
      const own = stats?.isFile() ? await ofExperiment(file) : stats && (await ofRun(file));
      return { which, file, own };
    }),
  );
}

async function ofExperiment(file: string): Promise<Earlier | undefined> {
  const text = await readExperimentText(file);
  const own = typeof text === "string" ? dataSpecOf(parse(text).root) : undefined;
  if (own === undefined) return undefined;
  const { data, seed = 0, task } = own;
  const baseDirectory = dirname(file);
  const textTime = { left: mostTextMs };
  return {
    data,
    baseDirectory,
    async samples() {
      const read = await prepareData(data, { baseDirectory, seed, task, textTime });
      return "problem" in read ? undefined : read.train;
    },
  };
}

/** A run that cannot be read is reported at its path. */
async function ofRun(folder: string): Promise<Earlier | undefined> {
  try {
    const { data, recorded, ...options } = await runData(await openRun(folder));
    const samples = () => recordedSamples(data, recorded, { ...options, textTime: { left: mostTextMs } });
    return { data, baseDirectory: options.baseDirectory, samples };
  } catch (error) {
    if (error instanceof RunError) return undefined;
    throw error;
  }
}

/** The files that are read, as absolute paths, and the folders that more of them may come into. */
export async function filesOf(spec: DataSpec, baseDirectory: string): Promise<string[]> {
  const parts = await Promise.all(sourcesOf(spec).map((source) => sourceParts(source, baseDirectory)));
  const earlier = await earlierOf(spec, baseDirectory);
  const others = await Promise.all(
    earlier.map(async ({ file, own }) => [
      file,
      ...(own ? await filesOf({ data: own.data }, own.baseDirectory) : []),
    ]),
  );
  return [
    ...pathsOf(spec).map((path) => resolve(baseDirectory, path)),
    ...parts.flatMap(({ folders = [] }) => folders),
    ...others.flat(),
  ];
}

/**
 * Limits in bytes, read in about 0.15 s: numbers, text, which takes four times as long, and compressed data, which may expand
 * tenfold.
 */
const mostBytes = 16e6;

/** Texts take a second for a million characters; with patterns that are made to take long, minutes. */
const mostTextMs = 6000;

function costOf(file: string, bytes: number): number {
  if (/\.(gz|npz)$/i.test(file)) return 8 * bytes;
  return /\.(csv|tsv|txt|jsonl|ndjson)$/i.test(file) ? 4 * bytes : bytes;
}

/** 2,000 small images take about a second, in threads of their own, so that typing is not blocked. */
const imageCost = 8_000;

async function areSmall(
  spec: Pick<DataSpec, "data" | "teacher" | "stored">,
  baseDirectory: string,
): Promise<boolean> {
  const files = pathsOf(spec).map((path) => resolve(baseDirectory, path));
  const costs = await Promise.all(
    // A missing file takes no time.
    files.map(async (file) => costOf(file, (await statsOf(file))?.size ?? 0)),
  );
  const images = await Promise.all(
    sourcesOf(spec).map(async (source) => {
      const { bytes = 0, images = 0, imageBytes = 0 } = await sourceParts(source, baseDirectory);
      return bytes + images * imageCost + imageBytes;
    }),
  );
  return [...costs, ...images].reduce((sum, cost) => sum + cost, 0) <= mostBytes;
}

/** Of all samples that outputs are stored of, as the trainer looks at them. */
async function storedFindings(
  { stored = [] }: DataSpec,
  { train, pool = train, validation, test }: PreparedData,
  baseDirectory: string,
): Promise<StoredFinding[]> {
  const findings: StoredFinding[] = [];
  for (const { teacher: spec, at } of stored) {
    const keyOf = ({ file }: Problem) =>
      sourceKeys.find((key) => resolve(baseDirectory, spec[key] ?? "") === file?.file);
    const placeOf = (it: Problem): JSONPath => [...at, keyOf(it)].filter((part) => part !== undefined);
    const pathOf = (it: Problem): string => spec[keyOf(it) ?? "train"] ?? spec.train;
    const found = ({ severity, ...it }: Problem & Pick<StoredFinding, "severity">): StoredFinding => ({
      code: it.code,
      severity,
      message: it.file
        ? sentence({ ...it.file, file: pathOf(it) })
        : [it.message, it.hint].filter(Boolean).join(" "),
      at: placeOf(it),
    });
    const opened = await openStored(spec, { train, baseDirectory });
    if ("problem" in opened) {
      findings.push(found({ ...opened.problem, severity: "error" }));
      continue;
    }
    findings.push(...opened.warnings.map((warning) => found({ ...warning, severity: "warning" })));
    for (const samples of [pool, validation, test]) {
      if (samples === undefined || (samples !== pool && !opened.outputSource?.knows(samples))) continue;
      const outputs = await opened.of(samples);
      if ("problem" in outputs) findings.push(found({ ...outputs.problem, severity: "error" }));
    }
  }
  return findings;
}

const sourcesOf = ({ data, teacher }: DataSpec): AnySource[] =>
  [...Object.values(data), teacher].filter(
    (value): value is AnySource => typeof value === "object" && value !== null && "type" in value,
  );

const pathsOf = (spec: DataSpec): string[] => [
  ...sourcesOf(spec).flatMap((source) => sourceFiles(source).map(([, path]) => path)),
  ...(spec.stored ?? []).flatMap(({ teacher }) => sourceKeys.flatMap((key) => teacher[key] ?? [])),
];

function faultOf({ code, message, hint, file }: Problem, spec: DataSpec, baseDirectory: string): DataFault {
  if (file === undefined) return { code, message: [message, hint].filter(Boolean).join(" ") };
  // An array is in an archive, an image below a folder.
  const path = pathsOf(spec).find((path) => `${file.file}/`.startsWith(`${resolve(baseDirectory, path)}/`));
  if (path === undefined) return { code, message: sentence(file) };
  // The path as in the experiment: an absolute one would differ between machines.
  const written = `${path}${file.file.slice(resolve(baseDirectory, path).length)}`;
  return { code, message: sentence({ ...file, file: written }), path };
}

const columnsOf = ({ columns, featureNames = [] }: Samples) =>
  columns?.map(({ name, as }) => ({ name, as })) ?? featureNames.map((name) => ({ name, as: "number" }));

function classCountsOf({ train, heldBack, ...splits }: PreparedData): number[] {
  const counts = Array.from({ length: train.classes }, () => 0);
  for (const split of [train, ...heldBack.map((of) => splits[of])])
    for (const label of split?.labels ?? []) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function rangeOf({ train, pool = train, validation, test, normalize }: PreparedData): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const split of [pool, validation, test]) {
    if (split === undefined) continue;
    for (const sample of normalizedSamples(split, normalize))
      for (const value of sample) {
        if (value < least) least = value;
        if (value > most) most = value;
      }
  }
  return [least, most];
}
