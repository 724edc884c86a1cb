import { sizeOf } from "../../sizeOf.ts";
import type { Data, Entry, NamedData, Program, TableSpec, TensorSpec } from "../program.ts";

export const arrayTypes = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const;

/** Zeros in memory that threads share. */
export function sharedArray(dtype: keyof typeof arrayTypes, size: number): Data {
  const type = arrayTypes[dtype];
  const memory: unknown = new SharedArrayBuffer(size * type.BYTES_PER_ELEMENT);
  return new type(memory as ArrayBuffer);
}

type ArraySpec = TensorSpec | TableSpec;

const hasType = (data: Data, dtype: ArraySpec["dtype"]): boolean => data instanceof arrayTypes[dtype];

/** @throws for a name that no entry has */
export function entryNamed(entries: ReadonlyMap<string, Entry>, name: string): Entry {
  const entry = entries.get(name);
  if (!entry) throw new Error(`no entry ${name}; there are ${[...entries.keys()].join(", ")}`);
  return entry;
}

/**
 * Throws unless `feeds` holds exactly the inputs of `entry`, each with the right element type and length for `times` runs: a
 * runtime crashes or reads out of bounds on a wrong feed.
 */
export function checkFeeds(
  entry: Pick<Entry, "name" | "inputs" | "repeats">,
  feeds: NamedData,
  times = 1,
): void {
  if (!(Number.isInteger(times) && times >= 1 && (times === 1 || entry.repeats)))
    throw new Error(`${entry.name} cannot be run ${times} times in a call`);
  for (const [name, { shape, dtype }] of Object.entries(entry.inputs))
    checkData(
      `${entry.name}: input ${name}`,
      { shape: times === 1 ? shape : [times, ...shape], dtype },
      feeds[name],
    );
  for (const name of Object.keys(feeds)) {
    if (!(name in entry.inputs)) {
      throw new Error(
        `${entry.name} has no input ${name}; its inputs are ${Object.keys(entry.inputs).join(", ")}`,
      );
    }
  }
}

/** Throws unless `initial` holds every tensor of the program's state and every table. */
export function checkInitial({ state, tables = {} }: Program, initial: NamedData): void {
  for (const [name, spec] of Object.entries(state)) checkData(`state ${name}`, spec, initial[name]);
  for (const [name, spec] of Object.entries(tables)) checkData(`table ${name}`, spec, initial[name]);
}

/** Throws where a program needs a precision that the runtime does not have; `openEngine` reports it before. */
export function requireFloat32({ entries }: Program, runtime: string): void {
  const other = entries.find(({ precision = "float32" }) => precision !== "float32");
  if (other) throw new Error(`${other.name}: ${runtime} does not multiply in ${other.precision}`);
}

/** Throws, naming `what`, unless `data` can be a tensor of `spec`. */
export function checkData(what: string, spec: ArraySpec, data: Data | undefined): asserts data is Data {
  const expected = `expected ${spec.dtype}[${spec.shape.join(", ")}] (${sizeOf(spec.shape)} values)`;
  if (data === undefined) throw new Error(`${what}: ${expected}, found nothing`);
  if (!hasType(data, spec.dtype) || data.length !== sizeOf(spec.shape)) {
    throw new Error(`${what}: ${expected}, found a ${data.constructor.name} of ${data.length} values`);
  }
}
