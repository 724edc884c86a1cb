import { sizeOf } from "../../../sizeOf.ts";
import { type Code, f32, i32, lanes, local, repeat, type WasmFunction } from "../../../wasm.ts";
import type { Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import type { InPlaceUpdate } from "./inPlaceUpdate.ts";
import { emitLanes } from "./laneKernels.ts";

/** Where in its row a task has what it works on, in bytes; behind its arrays stand its sums. */
export const row = { kernel: 0, from: 4, to: 8, mask: 12, arrays: 16 } as const;

type Body = Pick<WasmFunction, "locals" | "body">;
type Definitions = Pick<InPlaceUpdate, "producers" | "constants">;
/** Where a scalar is in memory. */
export type AddressOf = (scalar: Value) => number;

export interface ElementFunction {
  /** The arrays of a row, in this order. */
  readonly names: readonly string[];
  readonly reads: ReadonlyMap<Value, string>;
  readonly scalars: ReadonlySet<Value>;
  readonly writes: ReadonlyMap<string, Value>;
  /** What is summed. */
  readonly summed: readonly Value[];
}

/**
 * Works on a part of some arrays, four elements at a time: all that is read of them is read before any is written. Sums leave
 * out the elements that are not in the row's mask.
 */
export function elementFunction(
  definitions: Definitions,
  { names, reads, scalars, writes, summed }: ElementFunction,
  addressOf: AddressOf,
): Body {
  const [task, at, to, firstPointer] = [0, 1, 2, 3];
  const begin = [row.from, row.to, ...names.map((_, i) => row.arrays + 4 * i)].flatMap((offset, i) => [
    ...local.get(task),
    ...i32.load(offset),
    ...local.set(at + i),
  ]);
  const pointer = (name: string): Code => [
    ...local.get(firstPointer + names.indexOf(name)),
    ...local.get(at),
    ...i32.add,
  ];
  const vectors = new Vectors(definitions, {
    firstLocal: firstPointer + names.length,
    load(value) {
      const name = reads.get(value);
      if (name !== undefined) return [...pointer(name), ...lanes.load];
      return scalars.has(value) ? loadScalar(addressOf(value)) : undefined;
    },
  });
  const mask = vectors.fresh();
  begin.push(...local.get(task), ...i32.load(row.mask), ...lanes.load, ...local.set(mask));
  const totals = summed.map((value) => {
    const total = vectors.fresh();
    const masked = [...vectors.operand(value), ...local.get(mask), ...lanes.and];
    vectors.code.push(...local.get(total), ...masked, ...lanes.add, ...local.set(total));
    return total;
  });
  const written = [...writes].map(([name, value]) => [name, vectors.operand(value)] as const);
  const step = [
    ...vectors.code,
    ...written.flatMap(([name, operand]) => [...pointer(name), ...operand, ...lanes.store]),
    ...[...local.get(at), ...i32.constant(16), ...i32.add, ...local.set(at)],
    ...[...local.get(at), ...local.get(to), ...i32.lessUnsigned],
  ];
  const end = totals.flatMap((total, i) => [
    ...local.get(task),
    ...[0, 1, 2, 3].flatMap((lane) => [...local.get(total), ...lanes.extract(lane)]),
    ...[f32.add, f32.add, f32.add].flat(),
    ...f32.store(row.arrays + 4 * (names.length + i)),
  ]);
  return {
    locals: { i32: 2 + names.length, v128: vectors.count },
    body: [...begin, ...vectors.before, ...repeat(step), ...end],
  };
}

/** Computes scalars from those that are given and from sums. */
export function scalarFunction(
  definitions: Definitions,
  wanted: readonly Value[],
  { addressOf, isThere }: { readonly addressOf: AddressOf; readonly isThere: (scalar: Value) => boolean },
): Body {
  const vectors = new Vectors(definitions, {
    firstLocal: 1,
    load: (value) => (isThere(value) ? loadScalar(addressOf(value)) : undefined),
  });
  for (const value of wanted)
    vectors.code.push(...i32.constant(addressOf(value)), ...vectors.operand(value), ...lanes.storeFirst);
  return { locals: { i32: 0, v128: vectors.count }, body: [...vectors.before, ...vectors.code] };
}

const loadScalar = (address: number): Code => [...i32.constant(address), ...lanes.loadSplat];

/** Values in locals, each computed once. */
class Vectors {
  readonly code: number[] = [];
  /** Constants and scalars, which are the same for all elements: loaded in each round they take a quarter of its time. */
  readonly before: number[] = [];
  count = 0;
  readonly #definitions: Definitions;
  readonly #firstLocal: number;
  readonly #load: (value: Value) => Code | undefined;
  readonly #known = new Map<Value, Code>();

  constructor(
    definitions: Definitions,
    { firstLocal, load }: { readonly firstLocal: number; readonly load: (value: Value) => Code | undefined },
  ) {
    this.#definitions = definitions;
    this.#firstLocal = firstLocal;
    this.#load = load;
  }

  /** A local that is 0 when the function begins. */
  fresh(): number {
    return this.#firstLocal + this.count++;
  }

  /** Pushes the value, which is computed before. */
  operand(value: Value): Code {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const constant = this.#definitions.constants.get(value);
    const code = constant?.length === 1 ? lanes.constant(constant[0] as number) : this.#computed(value);
    const index = this.fresh();
    (sizeOf(value.shape) === 1 ? this.before : this.code).push(...code, ...local.set(index));
    const operand = local.get(index);
    this.#known.set(value, operand);
    return operand;
  }

  #computed(value: Value): Code {
    const loaded = this.#load(value);
    if (loaded !== undefined) return loaded;
    const node = this.#definitions.producers.get(value) as Node;
    return emitLanes(
      node,
      inputValues(node.inputs).map((input) => this.operand(input)),
    );
  }
}
