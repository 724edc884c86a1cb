/** A layer that looks its input up, as an embedding does, was given a number that it has no row for. */
export class IndexOutOfRange extends Error {
  override readonly name = "IndexOutOfRange";
  readonly code = "embedding-range";
  readonly hint = "Raise its inputDim, or look at the data and at data.normalize.";

  constructor(layer: string, { found, rows }: { found: number; rows: number }, cause: Error) {
    super(`The layer ${layer} was given ${found}; it takes integers from 0 to ${rows - 1}.`, { cause });
  }
}

/** From the words of ONNX Runtime and of TensorFlow; undefined where they are about something else. */
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
  // The embedding has moved what is below 0 by its rows.
  const moved = Number(found) < 0 ? Number(rows) : 0;
  return new IndexOutOfRange(layer, { found: Number(found) + moved, rows: Number(rows) }, error);
}
