import type { Data, DType, Entry, NamedData, TensorSpec } from "../program.ts";

const arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, d) => product * d, 1);

export const hasType = (data: Data, dtype: DType): boolean => data instanceof arrayTypes[dtype];

/**
 * Throws unless `feeds` holds exactly the inputs of `entry`, each with the right element type and length: a
 * runtime that gets a wrong feed crashes or reads past its end.
 */
export function checkFeeds(entry: Pick<Entry, "name" | "inputs">, feeds: NamedData): void {
  for (const [name, spec] of Object.entries(entry.inputs))
    checkData(`${entry.name}: input ${name}`, spec, feeds[name]);
  for (const name of Object.keys(feeds)) {
    if (!(name in entry.inputs)) {
      throw new Error(
        `${entry.name}: there is no input ${name}; its inputs are ${Object.keys(entry.inputs).join(", ")}`,
      );
    }
  }
}

/** Throws, naming `what`, unless `data` can be a tensor of `spec`. */
export function checkData(what: string, spec: TensorSpec, data: Data | undefined): asserts data is Data {
  const expected = `expected ${spec.dtype}[${spec.shape.join(", ")}] (${elementCount(spec.shape)} values)`;
  if (data === undefined) throw new Error(`${what}: ${expected}, found nothing`);
  if (!hasType(data, spec.dtype) || data.length !== elementCount(spec.shape)) {
    throw new Error(`${what}: ${expected}, found a ${data.constructor.name} of ${data.length} values`);
  }
}
