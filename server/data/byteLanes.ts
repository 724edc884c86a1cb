import { i32, lanes, local, repeat, type WasmFunction, wasmModule } from "../wasm.ts";
import { exactParts, type SplitAffine } from "./exactParts.ts";
import { normalizedBytes, type ResolvedNormalize } from "./normalize.ts";

/** Normalises bytes sixteen at a time, in WebAssembly: a sixth of the time of a loop over {@link normalizedBytes}, with its bits. */
export interface ByteLanes {
  /** Space for bytes, from a channel 0. */
  readonly bytes: Uint8Array;
  /** What {@link run} makes of them. */
  readonly values: Float32Array;
  run(count: number): void;
}

/** How many bytes are normalised at once: they and their values stay in a processor's own cache. */
const room = 32_768;
const mostChannels = 64;
/** In vectors of 16 bytes. */
const longestPattern = 12;

let memory: WebAssembly.Memory | undefined;

/** @returns undefined for channels that do not fit into vectors, or where this machine has no vector instructions */
export function byteLanes(normalize: ResolvedNormalize, channels: number): ByteLanes | undefined {
  const parts = exactParts(normalize, channels);
  if (parts === undefined) return undefined;
  const pattern = patternOf(parts.length);
  if (parts.length > mostChannels || pattern > longestPattern) return undefined;
  try {
    memory ??= new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(wasmModule([normalizing(parts, pattern)], "own"));
    const { exports } = new WebAssembly.Instance(module, { memory: { own: memory } });
    const { buffer } = memory;
    const whole = 16 * pattern * Math.floor(room / (16 * pattern));
    const made: ByteLanes = {
      bytes: new Uint8Array(buffer, 0, whole),
      values: new Float32Array(buffer, room, whole),
      run: (exports as { run: ByteLanes["run"] }).run,
    };
    return isExact(made, normalizedBytes(normalize, channels)) ? made : undefined;
  } catch {
    return undefined; // No address space is left, or vector instructions are switched off.
  }
}

const pages = Math.ceil((room * 5) / 65_536); // a byte and a float32 each

/** Vectors of 16 bytes after which the channels repeat. */
function patternOf(channels: number): number {
  let count = 1;
  while ((16 * count) % channels !== 0) count += 1;
  return count;
}

/** Every byte in every channel. */
function isExact({ bytes, values, run }: ByteLanes, expected: Float32Array): boolean {
  const { length } = expected; // [period, 256]
  const period = length / 256;
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(i / period);
  run(length);
  return expected.every((value, i) => Object.is(values[(i % 256) * period + Math.floor(i / 256)], value));
}

const [count, byte, value, sixteen, four] = [0, 1, 2, 3, 4];

/** (x · coarse + coarse) + (x · fine + fine), as in exactParts.ts. */
function normalizing(parts: readonly SplitAffine[], pattern: number): WasmFunction {
  const isShifted = parts.some(({ offset }) => offset.some((value) => value !== 0));
  const constants = (start: number, pick: (part: SplitAffine) => number) =>
    lanes.constants([0, 1, 2, 3].map((lane) => pick(parts[(start + lane) % parts.length] as SplitAffine)));
  const vector = (k: number, quarter: number) => {
    const start = 16 * k + 4 * quarter;
    const affine = (which: 0 | 1) => [
      ...local.get(four),
      ...constants(start, ({ factor }) => factor[which]),
      ...lanes.mul,
      ...(isShifted ? [...constants(start, ({ offset }) => offset[which]), ...lanes.add] : []),
    ];
    return [
      ...local.get(sixteen),
      ...lanes.fromBytes(quarter),
      ...local.set(four),
      ...local.get(value),
      ...affine(0),
      ...affine(1),
      ...lanes.add,
      ...lanes.storeAt(room + 4 * start),
    ];
  };
  const advance = (which: number, by: number) => [
    ...local.get(which),
    ...i32.constant(by),
    ...i32.add,
    ...local.set(which),
  ];
  const body = repeat([
    ...Array.from({ length: pattern }, (_, k) => [
      ...local.get(byte),
      ...lanes.loadAt(16 * k),
      ...local.set(sixteen),
      ...[0, 1, 2, 3].flatMap((quarter) => vector(k, quarter)),
    ]).flat(),
    ...advance(byte, 16 * pattern),
    ...advance(value, 64 * pattern),
    ...local.get(byte),
    ...local.get(count),
    ...i32.lessUnsigned,
  ]);
  return { name: "run", locals: { i32: 2, v128: 2 }, body };
}
