import { type ArrayHeader, readArray } from "../formats/array.ts";
import type { ByteSource } from "../formats/bytes.ts";
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
  readonly features: OpenArray;
  readonly labels: OpenArray;
  readonly take?: number | undefined;
  /** The shape of one sample; the features' own without it. */
  readonly shape: readonly number[];
}

/**
 * Samples from an array of features and one of labels. With `take` the first N samples are used, but the classes are
 * still counted over all labels, so that they do not depend on N.
 */
export async function loadArrays(request: ArraysRequest): Promise<Samples | DataProblem> {
  const { features, labels, take = Number.POSITIVE_INFINITY, shape, like } = request;
  const [total = 0, ...own] = features.header.shape;
  const problem = checkCounts(features, labels) ?? checkShape(features, own, shape);
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

function checkShape(
  { source }: OpenArray,
  own: readonly number[],
  shape: readonly number[],
): DataProblem | undefined {
  if (sizeOf(own) === sizeOf(shape)) return undefined;
  return {
    code: "shape-mismatch",
    message: `A sample of ${sizeOf(own)} values does not fit into the shape [${shape.join(", ")}].`,
    file: source.file,
    expected: sizeOf(shape),
    found: sizeOf(own),
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
