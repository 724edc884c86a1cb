import type { Tensor } from "@tensorflow/tfjs-core";

export type DType = "float32" | "int32" | "bool";

/** The numbers that a product multiplies: float32, or these rounded to their first 8 binary digits. */
export type Precision = "float32" | "bfloat16";

/** Shape and element type of a tensor that has no data yet. Scalars have the shape []. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A random input: the caller fills it from the counter-based generator, keyed by (seed, step, use). */
export interface RandomSpec extends TensorSpec {
  readonly random: { readonly distribution: "uniform" | "normal"; readonly use: string };
}

export type InputSpec = TensorSpec | RandomSpec;

export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * A constant tensor [rows, ...row] that entries look rows up in, such as a data set. It is filled when the program is loaded
 * and not part of the state. Bytes stay bytes.
 */
export interface TableSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "uint8";
}

/** Some rows of a table, [...rows.shape, ...row]; `rows` is int32. Bytes come as float32, which holds each exactly. */
export type LookUp = (table: string, rows: Tensor) => Tensor;

/**
 * One entry point of a program: a pure function over named tensors, written in tfjs ops. It is run eagerly (the
 * oracle in tests) or traced once, without data, and compiled. It must not read a value, keep a tensor or draw a
 * random number: randomness is fed through inputs that carry a {@link RandomSpec}.
 */
export interface Entry {
  readonly name: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** May be run several times in one call. */
  readonly repeats?: boolean;
  /** Precision of its matrix products and convolutions; everything else is float32. */
  readonly precision?: Precision;
  /** `state` in the result names only what the entry changes; every other tensor of the state stays as it is. */
  readonly run: (
    state: Tensors,
    inputs: Tensors,
    lookUp: LookUp,
  ) => { readonly state: Tensors; readonly outputs: Tensors };
}

/** Entry points that share one state. */
export interface Program {
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly tables?: Readonly<Record<string, TableSpec>>;
  readonly entries: readonly Entry[];
}

/** Values of one dtype in row-major order; bool is 0 or 1 in a Uint8Array, which holds bytes too. */
export type Data = Float32Array | Int32Array | Uint8Array;
export type NamedData = Readonly<Record<string, Data>>;

/**
 * A program loaded into a runtime. `run` checks the shape of every feed (an error names entry, input, expected and
 * found), updates the state in place and gives the outputs; the arrays it gives belong to the caller until the next
 * `run` of the same entry.
 */
export interface Executor {
  /** How tensors are stored, and why, as a line for the log; absent where the runtime decides it. */
  readonly layout?: string | undefined;
  /** Name of the lowering, which the bits depend on: with it the program can be loaded again in the same way. */
  readonly lowering?: string | undefined;
  /** Name and version of the engine, where it was chosen by measuring in place of the run's. */
  readonly engine?: string | undefined;
  /** Warning that the device's memory may not suffice, with a remedy; absent where it suffices. */
  readonly memory?: string | undefined;
  /**
   * @param times number of consecutive runs of an entry that repeats: feeds and outputs are concatenated over them
   */
  run(entry: string, feeds: NamedData, times?: number): Promise<NamedData>;
  /** Copies of state tensors in their logical (row-major, tfjs) layout; all of them when `names` is absent. */
  read(names?: readonly string[]): Promise<Record<string, Data>>;
  /** Replaces state tensors, given in their logical layout. */
  write(state: NamedData): Promise<void>;
  dispose(): Promise<void>;
}

/** A runtime that can load programs. `initial` holds every tensor of `program.state` and of `program.tables`. */
export type LoadProgram = (
  program: Program,
  initial: NamedData,
  options?: ExecutorOptions,
) => Promise<Executor>;

export interface ExecutorOptions {
  readonly threads?: number;
  /** Where the engine can, no more threads are used than give the bits of one. */
  readonly sameBits?: boolean;
  /** An earlier executor's {@link Executor.lowering}; where this machine has no such lowering, another is chosen. */
  readonly lowering?: string | undefined;
  /** How many steps will be run: where they take long, how tensors are stored is chosen by measuring. */
  readonly steps?: number | undefined;
  /** Busy-wait between ops: faster on an idle machine, slower on a busy one. */
  readonly spinning?: boolean;
  /** Prefix of a file for the time of each op, where the runtime can profile; written on `dispose`. */
  readonly profile?: string;
}
