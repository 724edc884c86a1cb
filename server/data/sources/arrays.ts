import { type ArrayHeader, readArray } from "../formats/array.ts";
import { type ByteSource, openBytes } from "../formats/bytes.ts";
import { elementBytes } from "../formats/elements.ts";
import { toLabels } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import { hashed, type Samples, sizeOf } from "../samples.ts";
import type { LoadOptions } from "./load.ts";

/** One array of a file: its bytes, placed behind the header. */
export interface OpenArray {
  readonly source: ByteSource;
  readonly header: ArrayHeader;
}

export interface ArraysRequest extends LoadOptions {
  readonly openFeatures: () => Promise<OpenArray | DataProblem>;
  readonly openLabels: () => Promise<OpenArray | DataProblem>;
  readonly take: number | undefined;
  /** The shape of one sample, given the shape that it has in the file. */
  readonly shapeOf: (own: readonly number[]) => readonly number[];
}

/**
 * Samples from an array of features and one of labels. With `take` the first N samples are used, but the classes are
 * still counted over all labels, so that they do not depend on N.
 */
export async function loadArrays(request: ArraysRequest): Promise<Samples | DataProblem> {
  const features = await request.openFeatures();
  if ("code" in features) return features;
  try {
    const labels = await request.openLabels();
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

/** Opens an array file whose header `readHeader` reads. */
export async function openArray(
  file: string,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const source = await openBytes(file);
  return "code" in source ? source : behindHeader(source, readHeader);
}

/** Reads the header of an open source; closes the source if that is not possible. */
export async function behindHeader(
  source: ByteSource,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const header = await readHeader(source);
  if (!("code" in header)) return { source, header };
  await source.close();
  return header;
}

async function readSamples(
  features: OpenArray,
  labels: OpenArray,
  { take = Number.POSITIVE_INFINITY, shapeOf, like }: ArraysRequest,
): Promise<Samples | DataProblem> {
  const [total = 0, ...own] = features.header.shape;
  const shape = own.length === 0 ? shapeOf([1]) : shapeOf(own);
  const problem =
    checkCounts(features, labels) ??
    checkShape(features.source.file, own, shape) ??
    checkLike(features.source.file, shape, like?.shape);
  if (problem) return problem;

  const values = await readArray(labels.source, labels.header, total, "exact");
  if ("code" in values) return values;
  const named = toLabels(values, labels.header.shape, { file: labels.source.file, classes: like?.classes });
  if ("code" in named) return named;

  const count = Math.min(take, total);
  const storage = await readArray(features.source, features.header, count, "compact");
  if ("code" in storage) return storage;
  const notFinite = storage instanceof Float32Array ? checkFinite(features, storage) : undefined;
  if (notFinite) return notFinite;
  return hashed({ count, shape, classes: named.classes, labels: named.labels.subarray(0, count), storage });
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

function checkFinite({ source, header }: OpenArray, storage: Float32Array): DataProblem | undefined {
  const at = storage.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return undefined;
  const sampleSize = sizeOf(header.shape.slice(1));
  const place = header.columnMajor ? {} : { offset: header.dataOffset + at * elementBytes[header.type.kind] };
  return {
    code: "not-finite",
    message: `Value ${at % sampleSize} of sample ${Math.floor(at / sampleSize)} is not a finite float32.`,
    file: source.file,
    ...place,
    expected: "finite numbers",
    found: String(storage[at]),
  };
}
