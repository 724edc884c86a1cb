/** An embedding was given an index without a row. */
export class IndexOutOfRange extends Error {
  override readonly name = "IndexOutOfRange";
  readonly code = "embedding-range";
  readonly hint = "Raise its inputDim, or check the data and data.normalize.";

  constructor(layer: string, { found, rows }: { found: number; rows: number }, cause: Error) {
    super(`The layer ${layer} was given ${found}; it takes integers from 0 to ${rows - 1}.`, { cause });
  }
}

/** Parses the messages of ONNX Runtime and TensorFlow; undefined for other errors. */
export function indexOutOfRange(error: Error): IndexOutOfRange | undefined {
  const { message } = error;
  const layer = /layer[:_.]([\w.-]+?)\//.exec(message)?.[1];
  const onnxruntime =
    /indices element out of data bounds, idx=(-?\d+) must be within the inclusive range \[-(\d+),/.exec(
      message,
    );
  const tensorflow = /indices\[[\d,]*\] = (-?\d+) is not in \[0, (\d+)\)/.exec(message);
  const [, found, rows] = onnxruntime ?? tensorflow ?? [];
  if (layer === undefined || found === undefined) return undefined;
  // The embedding adds its number of rows to negative indices.
  const moved = Number(found) < 0 ? Number(rows) : 0;
  return new IndexOutOfRange(layer, { found: Number(found) + moved, rows: Number(rows) }, error);
}
