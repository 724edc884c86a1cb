import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { requireEngine } from "../../../installedEngines/tensorflow.ts";
import { sizeOf } from "../../../sizeOf.ts";
import { footprint } from "../../graph/footprint.ts";
import type { Graph } from "../../graph/graph.ts";
import {
  lowerToTensorflow,
  type TensorflowModel,
  type VariableNames,
} from "../../graph/tensorflow/lowerForTensorflow.ts";
import { tableShape, tableWords } from "../../graph/tensorflow/tables.ts";
import { graphTag } from "../../graph/tensorflow/tensorflowSchema.ts";
import { trace } from "../../graph/trace.ts";
import type {
  Data,
  DType,
  Entry,
  Executor,
  LoadProgram,
  NamedData,
  Program,
  TableSpec,
  TensorSpec,
} from "../../program.ts";
import { availableMemory } from "../availableMemory.ts";
import { checkData, checkFeeds, checkInitial, entryNamed } from "../feeds.ts";
import { indexOutOfRange } from "../indexOutOfRange.ts";
import { checkMemory, isOutOfMemory, OutOfMemory, workOf } from "../outOfMemory.ts";
import { defaultThreads, loadBinding, type TensorflowBinding } from "./binding.ts";

export interface TensorflowTarget {
  /** The path of tfjs-node's addon. */
  readonly addon: string;
  /** Index of a GPU, or the CPU. */
  readonly device: "cpu" | number;
  /** Bytes of the device's memory; absent on the CPU: what the machine has left. */
  readonly memory?: number;
  /** Reported by the executor where TensorFlow was chosen by measuring. */
  readonly about?: Pick<Executor, "lowering" | "layout" | "engine">;
}

/** Compiles a program for TensorFlow on the CPU, with the engine that is installed. */
export const loadTensorflow: LoadProgram = async (program, initial, options) => {
  const { addon } = await requireEngine();
  return tensorflowOn({ addon, device: "cpu" })(program, initial, options);
};

const targets = new WeakMap<LoadProgram, TensorflowTarget>();

/** What a function compiles for, where that is TensorFlow: a process loads one of it, with one device. */
export const targetOf = (load: LoadProgram): TensorflowTarget | undefined => targets.get(load);

/** Compiles programs for one engine and device. */
export function tensorflowOn(target: TensorflowTarget): LoadProgram {
  const load: LoadProgram = async (program, initial, { threads = defaultThreads() } = {}) => {
    checkInitial(program, initial);
    const binding = loadBinding(target.addon, { threads, device: target.device });
    const graphs = trace(program);
    const available = target.memory ?? (target.device === "cpu" ? availableMemory() : undefined);
    const tableBytes = bytesOfTables(program);
    const memory =
      available && checkMemory(graphs, { tableBytes, available, device: deviceName(target.device) });
    const model = lowerToTensorflow(graphs, program);
    const session = await openSession(binding, model);
    const executor = new TensorflowExecutor({
      ...{ binding, session, program, model, graphs, target },
      ...(memory ? { memory } : {}),
    });
    executor.fillTables(initial);
    const { tables = {} } = program;
    await executor.write(Object.fromEntries(Object.entries(initial).filter(([name]) => !(name in tables))));
    return executor;
  };
  targets.set(load, target);
  return load;
}

/** A folder per session: the loader may cache a model by its folder. */
async function openSession(binding: TensorflowBinding, { savedModel }: TensorflowModel): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), "distill-graph-"));
  try {
    await writeFile(path.join(folder, "saved_model.pb"), savedModel);
    return binding.loadSavedModel(folder, graphTag);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Parts {
  readonly binding: TensorflowBinding;
  readonly session: number;
  readonly program: Program;
  readonly model: TensorflowModel;
  readonly graphs: readonly Graph[];
  readonly target: TensorflowTarget;
  readonly memory?: string;
}

interface Feed extends TensorSpec {
  readonly tensor: string;
  readonly data: Data;
}

/** A TensorFlow error with its message: some valid graphs exceed its kernels. */
class TensorflowFailure extends Error {
  override readonly name = "TensorflowFailure";
  readonly code = "engine-failed";
  readonly hint = 'The built-in engine may do it: set "engine" to "onnxruntime".';

  constructor(what: string, cause: Error) {
    super(`TensorFlow failed at ${what}: ${cause.message}`, { cause });
  }
}

/** Calls are synchronous; promises are the interface's. */
class TensorflowExecutor implements Executor {
  readonly layout: string | undefined;
  readonly lowering: string | undefined;
  readonly engine: string | undefined;
  readonly memory: string | undefined;
  readonly #parts: Parts;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** The first failure. A failed call leaks its feeds and leaves the state undefined. */
  #failure: Error | undefined;
  #disposed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.memory = parts.memory;
    const { about } = parts.target;
    this.layout = about?.layout;
    this.lowering = about?.lowering;
    this.engine = about?.engine;
    this.#entries = new Map(parts.program.entries.map((entry) => [entry.name, entry]));
  }

  async run(name: string, feeds: NamedData, times = 1): Promise<NamedData> {
    const entry = entryNamed(this.#entries, name);
    const names = this.#parts.model.entries.get(name);
    if (!names) throw new Error(`${name} was not lowered`);
    // TensorFlow accepts feeds of any shape and computes something wrong.
    checkFeeds(entry, feeds, times);
    const fed = Object.entries(entry.inputs).map(
      ([key, { shape, dtype }]): Feed => ({
        tensor: names.feeds.get(key) as string,
        data: feeds[key] as Data,
        shape: names.times === undefined ? shape : [times, ...shape],
        dtype,
      }),
    );
    if (names.times !== undefined)
      fed.push({ tensor: names.times, data: Int32Array.of(times), shape: [], dtype: "int32" });
    const fetched = names.outputs.size > 0 ? [...names.outputs.values()] : [names.done];
    const results = this.#call(fed, fetched, name);
    return Object.fromEntries([...names.outputs.keys()].map((key, i) => [key, results[i] as Data]));
  }

  async read(
    names: readonly string[] = Object.keys(this.#parts.program.state),
  ): Promise<Record<string, Data>> {
    if (names.length === 0) return {};
    const results = this.#call(
      [],
      names.map((name) => this.#state(name).read),
      "read",
    );
    return Object.fromEntries(names.map((name, i) => [name, results[i] as Data]));
  }

  /** Sequentially: feeds are in memory twice until the call is over. */
  fillTables(initial: NamedData): void {
    for (const [name, spec] of Object.entries(this.#parts.program.tables ?? {})) {
      const { feed, written } = this.#parts.model.tables.get(name) as VariableNames;
      const data = tableWords(spec, initial[name] as Data);
      this.#call([{ tensor: feed, data, shape: tableShape(spec), dtype: "float32" }], [written], "write");
    }
  }

  async write(state: NamedData): Promise<void> {
    const written = Object.entries(state);
    if (written.length === 0) return;
    const fed = written.map(([name, data]): Feed => {
      const { feed } = this.#state(name);
      const spec = this.#parts.program.state[name] as TensorSpec;
      checkData(`state ${name}`, spec, data);
      return { tensor: feed, data, shape: spec.shape, dtype: spec.dtype };
    });
    this.#call(
      fed,
      written.map(([name]) => this.#state(name).written),
      "write",
    );
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parts.binding.deleteSavedModel(this.#parts.session);
  }

  #state(name: string): VariableNames {
    const names = this.#parts.model.state.get(name);
    if (!names) throw new Error(`no state tensor ${name}`);
    return names;
  }

  #call(feeds: readonly Feed[], fetches: readonly string[], what: string): Data[] {
    if (this.#disposed) throw new Error("the program has been disposed of");
    if (this.#failure)
      throw new Error(`TensorFlow failed before: ${this.#failure.message}`, { cause: this.#failure });
    const { binding, session } = this.#parts;
    const inputs: number[] = [];
    try {
      for (const { shape, dtype, data } of feeds)
        inputs.push(binding.createTensor(shape, elementTypeOf(binding, dtype), data));
      const outputs = binding.runSavedModel(
        session,
        inputs,
        joined(feeds.map(({ tensor }) => tensor)),
        joined(fetches),
      );
      const results = outputs.map(({ id }) => binding.tensorDataSync(id));
      for (const { id } of outputs) binding.deleteTensor(id);
      return results;
    } catch (error) {
      this.#failure = this.#explained(error as Error, what);
      throw this.#failure;
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
  }

  #explained(error: Error, what: string): Error {
    if (!isOutOfMemory(error.message)) return indexOutOfRange(error) ?? new TensorflowFailure(what, error);
    const { graphs, program, target } = this.#parts;
    // Reading and writing the state is not part of the program's graph.
    const graph = graphs.find(({ name }) => name === what) ?? graphs[0];
    if (graph === undefined) return error;
    const left = target.memory ?? (target.device === "cpu" ? availableMemory() : undefined);
    const work = workOf(graph.name, footprint(graph, { tableBytes: bytesOfTables(program) }), left);
    return new OutOfMemory(work, { device: deviceName(target.device), detail: error.message });
  }
}

const deviceName = (device: TensorflowTarget["device"]) => (device === "cpu" ? "machine" : "card");

function bytesOfTables({ tables = {} }: Program): number {
  return Object.values<TableSpec>(tables).reduce((sum, spec) => sum + 4 * sizeOf(tableShape(spec)), 0);
}

function joined(names: readonly string[]): string {
  return names.map((name) => (/:\d+$/.test(name) ? name : `${name}:0`)).join();
}

function elementTypeOf(binding: TensorflowBinding, dtype: DType): number {
  return { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL }[dtype];
}
