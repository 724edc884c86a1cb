import { sizeOf } from "../../sizeOf.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { toLabels } from "../arrayLabels.ts";
import { knownClasses } from "../classNames.ts";
import { readArray } from "../formats/array.ts";
import { type LabelOptions, noLabel } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { type Samples, withHash } from "../samples.ts";
import { type ArrayPart, arrayValues } from "./arrayValues.ts";
import { maskedValues } from "./maskedArrays.ts";
import type { OpenArray } from "./openArray.ts";
import type { LoadOptions } from "./options.ts";

export interface ArraysRequest extends LoadOptions {
  readonly openFeatures: () => Promise<OpenArray | DataProblem>;
  /** Absent where the source has none. */
  readonly openLabels?: (() => Promise<OpenArray | DataProblem>) | undefined;
  /** Samples are numbers of tokens, and this says where there are some. */
  readonly openMask?: (() => Promise<OpenArray | DataProblem>) | undefined;
  readonly vocabulary?: number | undefined;
  readonly skip: number | undefined;
  readonly take: number | undefined;
  /** The shape of one sample, given the shape that it has in the file. */
  readonly shapeOf: (own: readonly number[]) => readonly number[];
  readonly layout?: ArrayPart["layout"];
}

/** [channels, …] → […, channels] */
export const channelsMovedLast = ([channels = 1, ...places]: readonly number[]): readonly number[] => [
  ...places,
  channels,
];

/**
 * Samples from an array of features and one of labels. `skip` and `take` choose some that follow one another, but the
 * classes are still counted over all labels, so that they do not depend on which.
 */
export async function loadArrays(request: ArraysRequest): Promise<Samples | DataProblem> {
  const { openLabels } = request;
  const features = await request.openFeatures();
  if ("code" in features) return features;
  try {
    if (openLabels === undefined) return await readSamples(features, undefined, request);
    const labels = await openLabels();
    if ("code" in labels) return labels;
    try {
      return await readSamples(features, labels, request);
    } finally {
      await labels.source.close();
    }
  } finally {
    await features.source.close();
  }
}

/** How the labels are opened that a source names, if it names any. */
export const labelsOf = (
  { labels }: { readonly type: string; readonly labels?: string },
  open: (labels: string) => Promise<OpenArray | DataProblem>,
): ArraysRequest["openLabels"] => (labels === undefined ? undefined : () => open(labels));

/** The same of a mask. */
export const maskOf = (
  mask: string | undefined,
  open: (mask: string) => Promise<OpenArray | DataProblem>,
): ArraysRequest["openMask"] => (mask === undefined ? undefined : () => open(mask));

async function readSamples(
  features: OpenArray,
  labels: OpenArray | undefined,
  {
    skip = 0,
    take = Number.POSITIVE_INFINITY,
    shapeOf,
    layout,
    like,
    classes: given,
    task = like && (like.task ?? "classification"),
    labels: labelling = "all",
    openMask,
    vocabulary,
    ...use
  }: ArraysRequest,
): Promise<Samples | DataProblem> {
  const [total = 0, ...own] = features.header.shape;
  const shape = own.length === 0 ? shapeOf([1]) : shapeOf(own);
  const problem =
    checkNotEmpty(features) ??
    checkSkip(features.source.file, { skip, total }) ??
    (labels && checkCounts(features, labels)) ??
    checkShape(features.source.file, own, shape) ??
    (layout === "channelsFirst" ? checkChannels(features.source.file, own, shape) : undefined) ??
    checkLike(features.source.file, shape, like?.shape);
  if (problem) return problem;

  const end = Math.min(skip + take, total);
  const known = knownClasses({ like, given });
  const named = labels && (await readLabels(labels, { total, classes: known?.classes, labelling, task }));
  if (named && "code" in named) return named;
  const { classes = known?.classes ?? 0, targets: rows } = named ?? {};
  const used = named?.labels.subarray(skip, end) ?? new Int32Array(end - skip).fill(noLabel);

  const part = { skip, end, shape, layout };
  const read = await (openMask === undefined
    ? arrayValues(features, part, use)
    : maskedValues(features, part, { ...use, openMask, vocabulary, like }));
  if ("code" in read) return read;
  const names = known?.classNames && { classNames: known.classNames };
  const within = { first: skip, total };
  const targets = rows && { targets: rows.subarray(skip * classes, end * classes) };
  return withHash({
    count: end - skip,
    shape,
    ...taskPart(named?.task ?? task),
    classes,
    ...names,
    labels: used,
    ...targets,
    ...read,
    within,
  });
}

/** Of classification the task is left out. */
export const taskPart = (task: TaskName | undefined): { readonly task?: TaskName } =>
  task === undefined || task === "classification" ? {} : { task };

async function readLabels(
  { source, header }: OpenArray,
  { total, ...options }: { readonly total: number } & Omit<LabelOptions, "file">,
) {
  const values = await readArray(source, header, total, "exact");
  return "code" in values ? values : toLabels(values, header.shape, { file: source.file, ...options });
}

/** @param total samples that the file has */
export function checkSkip(
  file: string,
  { skip, total }: { readonly skip: number; readonly total: number },
): DataProblem | undefined {
  if (skip < total) return undefined;
  return {
    code: "no-samples",
    message: `\`skip\` leaves out ${skip} samples, and there are ${total}.`,
    file,
    expected: `less than ${total}`,
    found: skip,
  };
}

function checkCounts(features: OpenArray, labels: OpenArray): DataProblem | undefined {
  const total = features.header.shape[0] ?? 0;
  const labelled = labels.header.shape[0] ?? 0;
  if (total !== labelled) {
    return {
      code: "count-mismatch",
      message: `There are ${total} samples in ${features.source.file}, but ${labelled} labels.`,
      file: labels.source.file,
      expected: total,
      found: labelled,
    };
  }
  return undefined;
}

function checkNotEmpty(features: OpenArray): DataProblem | undefined {
  const total = features.header.shape[0] ?? 0;
  if (total === 0 || sizeOf(features.header.shape) === 0) {
    return {
      code: "no-samples",
      message: "The file holds no samples.",
      file: features.source.file,
      expected: "at least 1 sample",
      found: `[${features.header.shape.join(", ")}]`,
    };
  }
  return undefined;
}

export function checkShape(
  file: string,
  own: readonly number[],
  shape: readonly number[],
): DataProblem | undefined {
  if (sizeOf(own) === sizeOf(shape)) return undefined;
  return {
    code: "shape-mismatch",
    message: `A sample of ${sizeOf(own)} values does not fit into the shape [${shape.join(", ")}].`,
    file,
    expected: sizeOf(shape),
    found: sizeOf(own),
  };
}

/** Samples with their channels first have these along the first axis, or are flat, and `shape` says how many there are. */
function checkChannels(
  file: string,
  own: readonly number[],
  shape: readonly number[],
): DataProblem | undefined {
  const channels = shape.at(-1);
  if (own.length > 1 ? own[0] === channels : shape.length > 1) return undefined;
  return {
    code: "shape-mismatch",
    message:
      own.length > 1
        ? `A sample with its channels first, [${own.join(", ")}], has ${own[0]} channels; the shape [${shape.join(", ")}] has ${channels}.`
        : `A sample [${own.join(", ")}] has no channels; give its \`shape\`, channels last.`,
    file,
  };
}

/** The samples of validation and test have to look like those of training. */
export function checkLike(
  file: string,
  shape: readonly number[],
  like: readonly number[] | undefined,
): DataProblem | undefined {
  if (like === undefined || shape.join() === like.join()) return undefined;
  return {
    code: "shape-mismatch",
    message: "The samples have another shape than the training samples.",
    file,
    expected: `[${like.join(", ")}]`,
    found: `[${shape.join(", ")}]`,
  };
}

/** @param skipped samples of the file that stand before */
