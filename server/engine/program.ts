import type { Tensor } from "@tensorflow/tfjs-core";

export type DType = "float32" | "int32" | "bool";

/** Shape and element type of a tensor that has no data yet. Scalars have the shape []. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** An input that whoever runs the program fills from the counter-based generator, keyed by (seed, step, use). */
export interface RandomSpec extends TensorSpec {
  readonly random: { readonly distribution: "uniform" | "normal"; readonly use: string };
}

export type InputSpec = TensorSpec | RandomSpec;

export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * One entry point of a program: a pure function over named tensors, written in tfjs ops. It is run eagerly (the
 * oracle in tests) or traced once, without data, and compiled. It must not read a value, keep a tensor or draw a
 * random number: randomness is fed through inputs that carry a {@link RandomSpec}.
 */
export interface Entry {
  readonly name: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** `state` in the result names only what the entry changes; every other tensor of the state stays as it is. */
  readonly run: (state: Tensors, inputs: Tensors) => { readonly state: Tensors; readonly outputs: Tensors };
}

/** Entry points that share one state. */
export interface Program {
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly entries: readonly Entry[];
}

/** Values of one dtype in row-major order; bool is 0 or 1 in a Uint8Array. */
export type Data = Float32Array | Int32Array | Uint8Array;
export type NamedData = Readonly<Record<string, Data>>;

/**
 * A program loaded into a runtime. `run` checks the shape of every feed (an error names entry, input, expected and
 * found), updates the state in place and gives the outputs; the arrays it gives belong to the caller until the next
 * `run` of the same entry.
 */
export interface Executor {
  run(entry: string, feeds: NamedData): Promise<NamedData>;
  /** Copies of state tensors in their logical (row-major, tfjs) layout; all of them when `names` is absent. */
  read(names?: readonly string[]): Promise<Record<string, Data>>;
  /** Replaces state tensors, given in their logical layout. */
  write(state: NamedData): Promise<void>;
  dispose(): Promise<void>;
}

/** A runtime that can load programs. `initial` holds every tensor of `program.state`. */
export type LoadProgram = (
  program: Program,
  initial: NamedData,
  options?: ExecutorOptions,
) => Promise<Executor>;

export interface ExecutorOptions {
  readonly threads?: number;
  /** Busy-wait between ops: faster on an idle machine, slower on a busy one. */
  readonly spinning?: boolean;
}
