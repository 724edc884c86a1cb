import { type WasmFunction, wasmModule } from "../../../wasm.ts";
import type { Node, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { type ElementFunction, elementFunction, row, scalarFunction } from "./functions.ts";
import type { InPlaceUpdate, ParameterUpdate } from "./inPlaceUpdate.ts";

/** An update as code, and as tasks for it: each on a thread of its own, if need be, and in any order. */
export interface CompiledUpdate {
  readonly module: Uint8Array<ArrayBuffer>;
  /** The element functions, by the number that rows have. */
  readonly kernels: readonly string[];
  /** One after the other: a phase reads what follows from the sums of the one before. */
  readonly phases: readonly Phase[];
  /** What is to be put at `address` before the first phase. */
  readonly words: Int32Array;
  readonly address: number;
  readonly bytesPerRow: number;
  /** Where inputs of the entry are expected. */
  readonly inputs: readonly { readonly address: number; readonly name: string }[];
  readonly outputs: readonly { readonly name: string; readonly address: number }[];
  /** The first byte behind what the update needs beside its arrays. */
  readonly end: number;
}

/** Tasks, the sums that they make, and what follows from these. */
interface Phase {
  /** Where the row of its first task is. */
  readonly rows: number;
  readonly tasks: number;
  /** That its tasks work on. */
  readonly elements: number;
  /** Each is to be the sum of the numbers at `parts`. */
  readonly sums: readonly { readonly address: number; readonly parts: readonly number[] }[];
  /** The function to be called behind. */
  readonly scalars?: string;
}

export interface Memory {
  /** Where the array of a state tensor begins, at a multiple of 16. */
  readonly arrayAt: (name: string) => number;
  /** From where on the update may put what it needs beside, at a multiple of 64. */
  readonly start: number;
}

/** Elements of a task. Sums are made task by task, in order, so how many threads there are changes no bit. */
const taskSize = 8192;

/** By how many of the last four lanes are elements of a parameter; 0 stands for all. */
const masks = [
  [-1, -1, -1, -1],
  [-1, 0, 0, 0],
  [-1, -1, 0, 0],
  [-1, -1, -1, 0],
];

export function compileUpdate(update: InPlaceUpdate, { arrayAt, start }: Memory): CompiledUpdate {
  const scalars = new Map<Value, number>();
  const firstScalar = start + 16 * masks.length;
  const addressOf = (scalar: Value): number => {
    const from = update.scalars.get(scalar);
    if (from !== undefined && "change" in from) return arrayAt(from.change);
    const address = scalars.get(scalar) ?? firstScalar + 4 * scalars.size;
    scalars.set(scalar, address);
    return address;
  };
  const kernels = new Kernels(update, addressOf);
  const jobs = jobsOf(update);
  const tasks = jobs.flatMap((job) => {
    const words = [kernels.numberOf(job), ...job.names.map(arrayAt)] as const;
    return [...ranges(job.size)].map(({ from, to, mask }): Task => {
      const [kernel, ...arrays] = words;
      return { job, words: [kernel, 4 * from, 4 * to, start + 16 * mask, ...arrays] };
    });
  });
  const phases = Array.from({ length: 1 + Math.max(...jobs.map(({ phase }) => phase)) }, (_, phase) => ({
    sums: jobs.filter((job) => job.phase === phase).flatMap((job) => job.sums),
  }));
  const computed = [...new Set([...scalars.keys(), ...update.outputs.values()])].filter(
    (scalar) => !isGiven(update, scalar),
  );
  const levelOf = levels(update);
  const following = phases.map((_, phase) => computed.filter((scalar) => levelOf(scalar) === phase + 1));
  const functions = following.flatMap((wanted, phase): WasmFunction[] => {
    const isThere = (scalar: Value) => isGiven(update, scalar);
    return wanted.length === 0
      ? []
      : [{ name: `scalars${phase}`, ...scalarFunction(update, wanted, { addressOf, isThere }) }];
  });
  const sumsAt = phases.map(({ sums }) => sums.map((sum) => addressOf(sum.outputs[0] as Value)));
  const inputs = [...update.scalars].flatMap(([scalar, from]) =>
    "input" in from ? [{ address: addressOf(scalar), name: from.input }] : [],
  );
  const outputs = [...update.outputs].map(([name, scalar]) => ({ name, address: addressOf(scalar) }));

  // All scalars have their place now; the rows stand behind them.
  const rows = aligned(firstScalar + 4 * scalars.size);
  const bytesPerRow = aligned(
    row.arrays + 4 * Math.max(...jobs.map(({ names, sums }) => names.length + sums.length)),
  );
  const words = new Int32Array((rows - start + bytesPerRow * tasks.length) / 4);
  words.set(masks.flat());
  for (const [i, task] of tasks.entries()) words.set(task.words, (rows - start + bytesPerRow * i) / 4);
  const partsOf = (sum: Node): number[] =>
    tasks.flatMap(({ job: { sums, names } }, i) =>
      sums.includes(sum)
        ? [rows + bytesPerRow * i + row.arrays + 4 * (names.length + sums.indexOf(sum))]
        : [],
    );
  return {
    module: wasmModule([...kernels.functions, ...functions]),
    kernels: kernels.functions.map(({ name }) => name),
    phases: phases.map(({ sums }, phase): Phase => {
      const first = tasks.findIndex(({ job }) => job.phase === phase);
      return {
        rows: rows + bytesPerRow * first,
        tasks: tasks.filter(({ job }) => job.phase === phase).length,
        elements: jobs.reduce((sum, job) => sum + (job.phase === phase ? job.size : 0), 0),
        sums: sums.map((sum, i) => ({ address: sumsAt[phase]?.[i] as number, parts: partsOf(sum) })),
        ...((following[phase] ?? []).length === 0 ? {} : { scalars: `scalars${phase}` }),
      };
    }),
    words,
    address: start,
    bytesPerRow,
    inputs,
    outputs,
    end: start + words.byteLength,
  };
}

/** One function over one parameter. */
interface Job extends ElementFunction {
  readonly phase: number;
  readonly size: number;
  readonly sums: readonly Node[];
}

interface Task {
  readonly job: Job;
  readonly words: readonly number[];
}

/** What is to be done in each phase. A parameter is written in the last one that reads it. */
function jobsOf(update: InPlaceUpdate): Job[] {
  const levelOf = levels(update);
  const ofParameter = (parameter: ParameterUpdate): Job[] => {
    const { sums } = parameter;
    const last = Math.max(...[...parameter.updates.values(), ...sums.map(summed)].map(levelOf));
    return Array.from({ length: last + 1 }, (_, phase): Job => {
      const now = sums.filter((sum) => levelOf(summed(sum)) === phase);
      const writes = phase === last ? parameter.updates : new Map<string, Value>();
      const names = [...new Set([...parameter.arrays.values(), ...writes.keys()])];
      const { size, arrays, scalars } = parameter;
      return { phase, size, names, reads: arrays, scalars, writes, sums: now, summed: now.map(summed) };
    }).filter(({ writes, sums }) => writes.size + sums.length > 0);
  };
  return update.parameters.flatMap(ofParameter).sort((a, b) => a.phase - b.phase);
}

const summed = (sum: Node): Value => sum.inputs["x"] as Value;

const isGiven = ({ scalars, producers }: InPlaceUpdate, value: Value): boolean =>
  scalars.has(value) || producers.get(value)?.kernel === "Sum";

/** How many sums, one after the other, a value waits for. */
function levels({ parameters, scalars, producers }: InPlaceUpdate): (value: Value) => number {
  const known = new Map<Value, number>();
  for (const value of [...parameters.flatMap(({ arrays }) => [...arrays.keys()]), ...scalars.keys()])
    known.set(value, 0);
  const levelOf = (value: Value): number => {
    const node = producers.get(value);
    const before =
      known.get(value) ??
      Math.max(0, ...inputValues(node?.inputs ?? {}).map(levelOf)) + Number(node?.kernel === "Sum");
    known.set(value, before);
    return before;
  };
  return levelOf;
}

/** Functions that differ in nothing are one. */
class Kernels {
  readonly functions: WasmFunction[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #update: InPlaceUpdate;
  readonly #addressOf: (scalar: Value) => number;

  constructor(update: InPlaceUpdate, addressOf: (scalar: Value) => number) {
    this.#update = update;
    this.#addressOf = addressOf;
  }

  numberOf(job: Job): number {
    const made = elementFunction(this.#update, job, this.#addressOf);
    const key = made.body.join();
    const number = this.#numbers.get(key) ?? this.functions.length;
    if (!this.#numbers.has(key)) this.functions.push({ name: `kernel${number}`, ...made });
    this.#numbers.set(key, number);
    return number;
  }
}

/** Four elements at a time, and the last ones alone. */
function* ranges(size: number): Iterable<{ from: number; to: number; mask: number }> {
  const whole = size - (size % masks.length);
  for (let from = 0; from < whole; from += taskSize)
    yield { from, to: Math.min(from + taskSize, whole), mask: 0 };
  if (whole < size) yield { from: whole, to: whole + 4, mask: size - whole };
}

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;
