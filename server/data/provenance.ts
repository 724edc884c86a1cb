import { createHash } from "node:crypto";
import { grouped } from "../grouped.ts";
import type { ResolvedNormalize } from "./normalize.ts";
import { arrayName, hashInPieces, hashValues, type Samples } from "./samples.ts";
import type { TableHashes } from "./tables/fittedColumn.ts";

/** What one source of an experiment holds. Hashes are SHA-256, as hex. */
export interface SourceRecord {
  /** Of the split that is made of it, as it names what caches keep. */
  readonly hash: string;
  /** Of the whole source, before anything is held back from it; absent in what earlier versions wrote. */
  readonly samples?: number;
  readonly labels?: string;
  /** Of what is to be predicted, where that is no single class. */
  readonly targets?: string;
  readonly values?: string;
  /** Of a table whose values depend on the training samples, and with them on the seed. */
  readonly asRead?: TableHashes;
}

/** What a run learns from, by content: settings say which files, this says what was in them. */
export interface Provenance {
  /** By the source's key in `data`: train, validation, test. */
  readonly data?: Readonly<Record<string, SourceRecord>>;
  /** `file`: of a model that was there before; `trained`: of one that settings, data and engine decide. */
  readonly teacher?: { readonly hash: string; readonly from?: "file" | "trained" };
  /** What the student begins with, where it is not drawn: weights of a file, a saved network, the student of a run. */
  readonly student?: { readonly hash: string };
  readonly normalize?: ResolvedNormalize;
  /** Hashes of the person's own modules, by the path that the experiment names each by. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** One thing that is not the same, in words, and the first thing to differ as hashes. */
export interface Change {
  readonly of: "data" | "teacher" | "student" | "normalize" | "module";
  /** As in `other training data: 900 of 1,000 samples`. */
  readonly words: string;
  readonly before: string;
  readonly now: string;
}

/** @param source as its files give it @param split what is trained or measured on of it */
export function sourceRecord(source: Samples, split: Samples = source): SourceRecord {
  return {
    hash: split.contentHash,
    samples: source.count,
    labels: hashOf(source.labels),
    ...(source.targets && { targets: hashOf(source.targets) }),
    values: valuesHash(source),
    ...(source.asRead && { asRead: source.asRead }),
  };
}

/** What differs between two records, in that order; what one of them does not know is left out. */
export function changes(before: Provenance, now: Provenance): readonly Change[] {
  const data = dataChanges(before.data, now.data);
  const [from, to] = [before.normalize, now.normalize].map((it) => JSON.stringify(it));
  // Fitted to the data, it follows from them.
  const normalize: Change[] =
    data.length === 0 && from !== undefined && to !== undefined && from !== to
      ? [{ of: "normalize", words: "other normalisation", before: from, now: to }]
      : [];
  return [
    ...data,
    ...networkChange("teacher", "other teacher", [before.teacher, now.teacher]),
    ...networkChange("student", "other starting weights", [before.student, now.student]),
    ...normalize,
    ...moduleChanges(before.modules, now.modules),
  ];
}

function networkChange(
  of: "teacher" | "student",
  words: string,
  [a, b]: readonly [{ readonly hash: string } | undefined, { readonly hash: string } | undefined],
): Change[] {
  return a && b && a.hash !== b.hash ? [{ of, words, before: short(a.hash), now: short(b.hash) }] : [];
}

/**
 * Reasons besides settings for which results of two runs can differ. Settings cover normalisation, and trained teachers.
 */
export const differences = (before: Provenance, now: Provenance): readonly string[] =>
  changes(before, now)
    .filter(({ of }) => of !== "normalize" && (of !== "teacher" || now.teacher?.from === "file"))
    .map(({ words }) => words);

/** What runs are compared by beside their settings, in words: `training data` → `1,000 samples · 3f2a9c1b4d5e`. */
export function sourceWords({
  data = {},
  teacher,
  student,
  modules = {},
}: Provenance): Readonly<Record<string, string>> {
  const words: Record<string, string> = {};
  // What an earlier version wrote cannot be told from the same data of now.
  for (const [key, { samples, labels, targets = "", values, asRead }] of Object.entries(data))
    if (samples !== undefined && labels !== undefined && values !== undefined)
      words[nameOf(key)] = `${grouped(samples)} samples · ${short(
        createHash("sha256")
          .update(labels + targets + (asRead?.values ?? values))
          .digest("hex"),
      )}`;
  for (const [path, hash] of Object.entries(modules)) words[`module ${path}`] = short(hash);
  if (teacher?.from === "file") words["teacher file"] = short(teacher.hash);
  if (student !== undefined) words["starting weights"] = short(student.hash);
  return words;
}

/** One that only one of them names is a difference of their settings. */
const moduleChanges = (before: Provenance["modules"] = {}, now: Provenance["modules"] = {}): Change[] =>
  Object.entries(before).flatMap(([path, was]) => {
    const is = now[path];
    return is === undefined || is === was
      ? []
      : [{ of: "module", words: `other module ${path}`, before: short(was), now: short(is) }];
  });

function dataChanges(before: Provenance["data"], now: Provenance["data"]): Change[] {
  if (before === undefined || now === undefined) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [a, b] = [before[key], now[key]];
    const name = nameOf(key);
    if (a === undefined && b === undefined) return [];
    if (b === undefined) return [change(`no ${name}`, a?.hash, undefined)];
    if (a === undefined) return [change(`${name}, where there were none`, undefined, b.hash)];
    return sourceChange(name, a, b);
  });
}

/** Whose hashes of values can be compared: as they were read where both know that. */
function comparable(a: SourceRecord, b: SourceRecord): readonly [string | undefined, string | undefined] {
  if (a.asRead === undefined || b.asRead === undefined) return [a.values, b.values];
  // Which columns are read beside the training samples is fitted, too.
  return a.asRead.columns === b.asRead.columns ? [a.asRead.values, b.asRead.values] : [undefined, undefined];
}

function sourceChange(name: string, a: SourceRecord, b: SourceRecord): Change[] {
  const other = `other ${name}`;
  if (a.labels === undefined || b.labels === undefined)
    return a.hash === b.hash ? [] : [change(other, a.hash, b.hash)];
  const isOtherTarget = a.targets !== b.targets && a.targets !== undefined && b.targets !== undefined;
  const labels = a.labels !== b.labels || isOtherTarget;
  const [valuesBefore, valuesNow] = comparable(a, b);
  const values = valuesBefore !== valuesNow;
  if (!labels && !values) return [];
  const [was, is] = [a.samples ?? 0, b.samples ?? 0];
  const what =
    was !== is
      ? is < was
        ? `${grouped(is)} of ${grouped(was)} samples`
        : `${grouped(is)} samples, not ${grouped(was)}`
      : `other ${[labels ? "labels" : "", values ? "values" : ""].filter(Boolean).join(" and ")}`;
  const differing = values
    ? [valuesBefore, valuesNow]
    : isOtherTarget
      ? [a.targets, b.targets]
      : [a.labels, b.labels];
  return [change(`${other}: ${what}`, differing[0], differing[1])];
}

const change = (words: string, before: string | undefined, now: string | undefined): Change => ({
  of: "data",
  words,
  before: short(before),
  now: short(now),
});

const nameOf = (key: string): string => sourceNames[key] ?? `${key} data`;

const sourceNames: Readonly<Record<string, string>> = {
  train: "training data",
  validation: "validation data",
  test: "test data",
  unlabelled: "unlabelled data",
  teacher: "training data of the teacher",
};

/** Enough to tell two apart, and to be found in the manifest. */
const short = (hash: string | undefined): string => hash?.slice(0, 12) ?? "none";

function hashOf(values: ArrayBufferView): string {
  const hash = createHash("sha256");
  hashInPieces(hash, values);
  return hash.digest("hex");
}

function valuesHash({ shape, values }: Samples): string {
  const hash = createHash("sha256").update(JSON.stringify([shape, arrayName(values)]));
  hashValues(hash, values);
  return hash.digest("hex");
}
