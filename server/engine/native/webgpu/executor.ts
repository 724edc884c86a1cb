import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Graph } from "../../graph/graph.ts";
import { lowerPlainForWebgpu } from "../../graph/plain.ts";
import {
  inputName,
  type Lowered,
  type LoweredModel,
  outputName,
  slotName,
  updatedSlot,
} from "../../graph/slots.ts";
import { trace } from "../../graph/trace.ts";
import type { Data, Entry, Executor, LoadProgram, NamedData, Program } from "../../program.ts";
import { CallQueue } from "../callQueue.ts";
import { checkFeeds, entryNamed, requireFloat32 } from "../feeds.ts";
import { oneByOne } from "../oneByOne.ts";
import { onnxruntime } from "../ort.ts";
import { type DeviceOptions, type OpenSession, openDevice } from "./device.ts";
import { isDeviceFailure, onDevice } from "./deviceFailure.ts";
import { DeviceState } from "./state.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

/** Compiles a program for the WebGPU provider of ONNX Runtime. Results vary from run to run where the device's kernels do. */
export const loadWebgpu: LoadProgram = webgpuWith({});

export function webgpuWith(options: DeviceOptions): LoadProgram {
  return async (program, initial) => {
    requireFloat32(program, "WebGPU");
    const graphs = trace(program);
    const lowered = lowerPlainForWebgpu(graphs);
    const ort = await onnxruntime();
    const open = await openDevice(options);
    const state = await DeviceState.create({
      ort,
      open,
      slots: lowered.slots,
      specs: program.state,
      initial,
    });
    return new WebgpuExecutor({ ort, open, program, graphs, lowered, state });
  };
}

interface Parts {
  readonly ort: Runtime;
  readonly open: OpenSession;
  readonly program: Program;
  readonly graphs: readonly Graph[];
  readonly lowered: Lowered;
  readonly state: DeviceState;
}

interface LoadedEntry {
  readonly graph: Graph;
  readonly session: InferenceSession;
  readonly readSlots: readonly string[];
  readonly updatedSlots: readonly string[];
  readonly outputs: readonly string[];
  readonly feeds: ReadonlySet<string>;
}

class WebgpuExecutor implements Executor {
  readonly layout = "in the device's memory, convolutions and pools as gathers, products and sums";
  readonly #ort: Runtime;
  readonly #open: OpenSession;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #models: Map<string, LoweredModel>;
  readonly #slots: readonly string[];
  readonly #graphs: ReadonlyMap<string, Graph>;
  readonly #state: DeviceState;
  readonly #loaded = new Map<string, LoadedEntry>();
  #failed = false;
  readonly #calls = new CallQueue();

  constructor({ ort, open, program, graphs, lowered, state }: Parts) {
    this.#ort = ort;
    this.#open = open;
    this.#entries = new Map(program.entries.map((entry) => [entry.name, entry]));
    this.#models = new Map(lowered.models);
    this.#slots = lowered.slots.map(({ name }) => name);
    this.#graphs = new Map(graphs.map((graph) => [graph.name, graph]));
    this.#state = state;
  }

  run(name: string, feeds: NamedData, times = 1): Promise<NamedData> {
    return this.#queued(async () => {
      const entry = entryNamed(this.#entries, name);
      checkFeeds(entry, feeds, times);
      return oneByOne(entry, feeds, times, (fed) => this.#runOnce(entry, fed));
    });
  }

  async #runOnce(entry: Entry, feeds: NamedData): Promise<NamedData> {
    const { graph, session, outputs, readSlots, updatedSlots, feeds: used } = await this.#load(entry);
    const inputs: Record<string, Tensor> = {};
    for (const [key, { shape, dtype }] of Object.entries(entry.inputs))
      if (used.has(key))
        inputs[inputName(key)] = new this.#ort.Tensor(dtype, feeds[key] as Float32Array, shape);
    for (const slot of readSlots) inputs[slot] = this.#state.current(slot);
    const results = await onDevice(graph, session.run(inputs));
    for (const slot of updatedSlots) this.#state.replace(slot, results[updatedSlot(slot)] as Tensor);
    return Object.fromEntries(outputs.map((output) => [output, results[outputName(output)]?.data as Data]));
  }

  read(names?: readonly string[]): Promise<Record<string, Data>> {
    return this.#queued(() => this.#state.read(names));
  }

  write(state: NamedData): Promise<void> {
    return this.#queued(() => this.#state.write(state));
  }

  dispose(): Promise<void> {
    return this.#calls.close(async () => {
      // A failed device cannot free anything.
      if (this.#failed) return;
      // Buffers first: they belong to the sessions.
      await this.#state.dispose();
      await Promise.all([...this.#loaded.values()].map(({ session }) => session.release()));
      this.#loaded.clear();
      this.#models.clear();
    });
  }

  async #load(entry: Entry): Promise<LoadedEntry> {
    const known = this.#loaded.get(entry.name);
    if (known) return known;
    const { encoded } = this.#models.get(entry.name) as LoweredModel;
    const graph = this.#graphs.get(entry.name) as Graph;
    const updatedSlots = [...graph.updates.keys()].map(slotName);
    const session = await this.#open(encoded, updatedSlots.map(updatedSlot));
    this.#models.delete(entry.name); // The session has its own copy.
    const names = new Set([...session.inputNames, ...session.outputNames]);
    const loaded = {
      graph,
      session,
      readSlots: this.#slots.filter((slot) => names.has(slot)),
      updatedSlots,
      outputs: session.outputNames
        .filter((name) => name.startsWith(outputName("")))
        .map((name) => name.slice(outputName("").length)),
      feeds: new Set(Object.keys(entry.inputs).filter((key) => names.has(inputName(key)))),
    };
    this.#loaded.set(entry.name, loaded);
    return loaded;
  }

  #queued<T>(call: () => Promise<T>): Promise<T> {
    return this.#calls.run(() =>
      call().catch((error: unknown) => {
        if (isDeviceFailure(error)) this.#failed = true;
        throw error;
      }),
    );
  }
}
