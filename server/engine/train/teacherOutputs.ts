import { ownVersions } from "../../data/augmentations/ownAugmentations.ts";
import { fillBatch, type Samples } from "../../data/samples.ts";
import {
  cacheKey,
  createTeacherOutputs,
  fromMemory,
  openTeacherOutputs,
  type TeacherOutputs,
} from "../../data/teacherCache.ts";
import {
  areAllThere,
  inTurn,
  openPieces,
  pieceKey,
  type RowRange,
  removePieces,
} from "../../data/teacherPieces.ts";
import { viewedBatches } from "../../data/views.ts";
import { type Problem, problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import { inBatches } from "./evaluation.ts";
import { hashOfSeen, type SeenSamples, seenBy } from "./seenBy.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";

/** One of `of` parts, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** What a shard of some samples is, and whether it was there already. */
export interface FilledShard extends RowRange {
  readonly wasThere: boolean;
}

/**
 * The teacher's logits for samples without augmentation or for one view of them, computed once and cached under a hash of the
 * data, the teacher, the preprocessing and the view. Pieces of them that are in the cache are joined. Undefined when stopped; a
 * problem when a logit is not finite.
 */
export async function teacherOutputs(
  teacher: Teacher,
  samples: Samples,
  options: OutputsOptions,
): Promise<TeacherOutputs | { readonly problem: Problem } | undefined> {
  if (teacher.outputSource !== undefined) return teacher.outputSource.outputs(samples, options);
  const { cacheDirectory, exclusively, onProgress } = options;
  const question = await asked(teacher, samples, options);
  if ("problem" in question) return question;
  const { seen, key } = question;
  const { count } = seen;
  const { classes } = teacher;
  if (cacheDirectory === undefined) {
    const logits = new Float32Array(count * classes);
    let start = 0;
    const written = await runTeacher(teacher, seen, options, async (part) => {
      logits.set(part, start);
      start += part.length;
    });
    return written === "whole" ? fromMemory(logits, count, classes) : written;
  }
  const damagedAt = damageReporter(options);
  const kept = () => openTeacherOutputs(cacheDirectory, key, { count, damagedAt });
  const compute = async () => {
    const writer = await createTeacherOutputs(cacheDirectory, key, { count, classes });
    const pieces = await openPieces(cacheDirectory, key, { count, classes, damagedAt });
    try {
      let start = 0;
      for (const { range, outputs } of [
        ...pieces,
        { range: { start: count, end: count }, outputs: undefined },
      ]) {
        if (range.start < start) continue;
        const before = { start, end: range.start };
        const written = await runTeacher(teacher, seen, options, writer.append, before);
        if (written !== "whole") return written;
        if (outputs !== undefined) {
          await writer.appendAll(outputs);
          onProgress(range.end);
        }
        start = range.end;
      }
      const whole = await writer.finish();
      await removePieces(cacheDirectory, key);
      return whole;
    } finally {
      for (const { outputs } of pieces) await outputs.close();
      await writer.abandon();
    }
  };
  const found = await kept();
  if (found !== undefined || exclusively === undefined) return found ?? compute();
  return exclusively(
    key,
    "computes the same outputs of the teacher",
    async () => (await kept()) ?? compute(),
  );
}

/**
 * Computes a shard of what {@link teacherOutputs} gives, in the same batches, and keeps it in the cache for it, a piece for each
 * network of the teacher. The last one joins them. Undefined when stopped.
 */
export async function fillShard(
  teacher: Teacher,
  samples: Samples,
  { shard, ...options }: OutputsOptions & { readonly cacheDirectory: string; readonly shard: Shard },
): Promise<FilledShard | { readonly problem: Problem } | undefined> {
  if (teacher.members !== undefined) {
    let all: FilledShard | undefined;
    for (const member of teacher.members) {
      const filled = await fillShard(member.teacher, samples, { ...options, shard });
      if (filled === undefined || "problem" in filled) return filled;
      all = { ...filled, wasThere: filled.wasThere && (all?.wasThere ?? true) };
    }
    return all;
  }
  const { cacheDirectory, batch } = options;
  const range = rangeOf(shard, { count: samples.count, batch });
  // Stored outputs are looked up, not computed.
  if (teacher.outputSource !== undefined) return { ...range, wasThere: true };
  const question = await asked(teacher, samples, options);
  if ("problem" in question) return question;
  const { seen, key } = question;
  const { classes } = teacher;
  const damagedAt = damageReporter(options);
  const whole = { directory: cacheDirectory, key, count: samples.count, classes, damagedAt };
  const wasThere = (await isWholeKept(whole)) || (await isPieceKept(whole, range));
  if (!wasThere) {
    const count = range.end - range.start;
    const writer = await createTeacherOutputs(cacheDirectory, pieceKey(key, range), { count, classes });
    try {
      const written = await runTeacher(teacher, seen, options, writer.append, range);
      if (written !== "whole") return written;
      await (await writer.finish()).close();
    } finally {
      await writer.abandon();
    }
  }
  await joinIfWhole(whole);
  return { ...range, wasThere };
}

/** Numbers of the shards, of so many, that the cache lacks of what {@link teacherOutputs} gives. */
export async function missingShards(
  teacher: Teacher,
  samples: Samples,
  { of, ...options }: OutputsOptions & { readonly cacheDirectory: string; readonly of: number },
): Promise<readonly number[] | { readonly problem: Problem }> {
  if (teacher.outputSource !== undefined && teacher.members === undefined) return [];
  const missing = new Set<number>();
  if (teacher.members !== undefined) {
    for (const member of teacher.members) {
      const own = await missingShards(member.teacher, samples, { ...options, of });
      if ("problem" in own) return own;
      for (const index of own) missing.add(index);
    }
    return [...missing];
  }
  const question = await asked(teacher, samples, options);
  if ("problem" in question) return question;
  const { count } = samples;
  const whole = {
    directory: options.cacheDirectory,
    key: question.key,
    count,
    classes: teacher.classes,
    damagedAt: damageReporter(options),
  };
  if (await isWholeKept(whole)) return [];
  for (let index = 1; index <= of; index++)
    if (!(await isPieceKept(whole, rangeOf({ index, of }, { count, batch: options.batch }))))
      missing.add(index);
  // A whole that was joined of them is as good, and one is joined here where the process that was to do it has died.
  await joinIfWhole(whole);
  return [...missing];
}

/** What a cache holds, whole or in pieces. */
interface Whole {
  readonly directory: string;
  readonly key: string;
  readonly count: number;
  readonly classes: number;
  readonly damagedAt: (path: string) => void;
}

const isWholeKept = (whole: Whole): Promise<boolean> => isKept(whole, whole);

const isPieceKept = async (whole: Whole, { start, end }: RowRange): Promise<boolean> =>
  start === end || isKept(whole, { key: pieceKey(whole.key, { start, end }), count: end - start });

async function isKept(
  { directory, damagedAt }: Whole,
  { key, count }: Pick<Whole, "key" | "count">,
): Promise<boolean> {
  const kept = await openTeacherOutputs(directory, key, { count, damagedAt });
  await kept?.close();
  return kept !== undefined;
}

/** Joins the pieces where all are there. Two processes that find so at once write the same. */
async function joinIfWhole({ directory, key, count, classes, damagedAt }: Whole): Promise<void> {
  if (count === 0 || !(await areAllThere(directory, key, count))) return;
  const pieces = await openPieces(directory, key, { count, classes, damagedAt });
  try {
    const parts = inTurn(pieces.map(({ range, outputs }) => ({ ...range, outputs })));
    if (parts.at(-1)?.end !== count) return; // One was damaged, or another process has joined them.
    const writer = await createTeacherOutputs(directory, key, { count, classes });
    try {
      for (const { outputs } of parts) await writer.appendAll(outputs);
      await (await writer.finish()).close();
    } finally {
      await writer.abandon();
    }
    await removePieces(directory, key);
  } finally {
    for (const { outputs } of pieces) await outputs.close();
  }
}

/** Shards are whole batches, so that each batch is the one of an undivided run and gives the same bits. */
function rangeOf(
  { index, of }: Shard,
  { count, batch }: { readonly count: number; readonly batch: number },
): RowRange {
  const batches = Math.ceil(count / batch);
  const bound = (shards: number) => Math.min(count, Math.floor((shards * batches) / of) * batch);
  return { start: bound(index - 1), end: bound(index) };
}

/** What the teacher is asked, and the name of the answer in the cache. */
async function asked(
  teacher: Teacher,
  samples: Samples,
  { normalize, view }: Pick<OutputsOptions, "normalize" | "view">,
): Promise<
  | { readonly seen: SeenSamples & Pick<Samples, "tokens">; readonly key: string }
  | { readonly problem: Problem }
> {
  // A view is made of the student's samples, as in a step.
  const seen = view ? samples : await seenBy(teacher, samples);
  if ("problem" in seen) return seen;
  const preprocessing = teacher.normalize ?? normalize;
  const versions = ownVersions(view?.augment ?? []);
  const own = versions.length === 0 ? {} : { own: versions };
  const key = cacheKey({
    data: hashOfSeen(seen, samples),
    teacher: teacher.hash,
    preprocessing: JSON.stringify(
      view ? { preprocessing, normalize, view, version: 1, ...own } : preprocessing,
    ),
  });
  return { seen, key };
}

const damageReporter =
  ({ report }: Pick<OutputsOptions, "report">) =>
  (path: string): void =>
    report({
      type: "warning",
      code: "cache-damaged",
      message: `${path} is damaged. The teacher's outputs are computed again.`,
    });

/** Gives the logits of the samples in a range in their order, a batch at a time. Undefined and a problem as above. */
async function runTeacher(
  teacher: Teacher,
  samples: SeenSamples & Pick<Samples, "tokens">,
  { normalize, view, batch, stopRequested, onProgress }: OutputsOptions,
  give: (logits: Float32Array) => Promise<void>,
  { start, end }: RowRange = { start: 0, end: samples.count },
): Promise<"whole" | { readonly problem: Problem } | undefined> {
  const size = sizeOf(samples.shape);
  const input = new Float32Array(batch * size);
  const fill = view
    ? viewedBatches(samples, view, { normalize, own: teacher.normalize })
    : (rows: Int32Array) => fillBatch(samples, rows, teacher.normalize ?? normalize, input);
  for (const whole of inBatches(samples.count, batch)) {
    const rows = whole.filter((row) => row >= start && row < end);
    if (rows.length === 0) continue;
    if (stopRequested()) return undefined;
    fill(rows, input);
    const logits = await teacher.logits(input.subarray(0, rows.length * size), rows.length, samples.shape);
    const bad = unlearnable(logits, { classes: teacher.classes, first: rows[0] as number });
    if (bad !== undefined) return bad;
    await give(logits);
    onProgress((rows.at(-1) as number) + 1);
  }
  return "whole";
}

/** The first logit that is not finite. @param first the index of their first sample */
export function unlearnable(
  logits: Float32Array,
  { classes, first }: { readonly classes: number; readonly first: number },
): { readonly problem: Problem } | undefined {
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad < 0) return undefined;
  return problem(
    "teacher-not-finite",
    `The teacher gives ${logits[bad]} for sample ${first + Math.floor(bad / classes)}.`,
    "Check its input: data.normalize or teacher.normalize, and teacher.layout. Some models give NaN by themselves, as votes of which there are none divided by their sum: leave such samples out.",
  );
}
