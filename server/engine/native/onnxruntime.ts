import { availableParallelism } from "node:os";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { sizeOf } from "../../sizeOf.ts";
import { footprint } from "../graph/footprint.ts";
import type { Graph } from "../graph/graph.ts";
import { worthThreads } from "../graph/layouts/cost.ts";
import { loweringsOf } from "../graph/layouts/lowerForOnnxRuntime.ts";
import {
  type FrozenPart,
  inputName,
  type Lowered,
  type LoweredModel,
  type LowerProgram,
  outputName,
  updatedSlot,
} from "../graph/slots.ts";
import { trace } from "../graph/trace.ts";
import type {
  Data,
  Entry,
  Executor,
  ExecutorOptions,
  LoadProgram,
  NamedData,
  Program,
  TensorSpec,
} from "../program.ts";
import { availableMemory } from "./availableMemory.ts";
import { whyNoBlocks } from "./blockedKernels.ts";
import { CallQueue } from "./callQueue.ts";
import { arrayTypes, checkFeeds, entryNamed, requireFloat32 } from "./feeds.ts";
import { indexOutOfRange } from "./indexOutOfRange.ts";
import { InPlaceState } from "./inPlaceState.ts";
import { candidates, isLong, loadFastest, lowerBecause, type Way } from "./loadFastest.ts";
import { oneByOne } from "./oneByOne.ts";
import { onnxruntime } from "./ort.ts";
import { checkMemory, isOutOfMemory, OutOfMemory, workOf } from "./outOfMemory.ts";
import { loadPartedModel, type PartedModel } from "./partedModel.ts";
import { PartThreads } from "./partThreads.ts";
import { detachWrappers } from "./resultWrappers.ts";
import { isReachable, sharesMemory } from "./sharedMemory.ts";
import { StateBuffers } from "./state.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

/** Another engine that is here, on which a long run may be faster. */
export interface Rival extends Pick<Way, "name" | "label"> {
  /** @param about lowering and layout of the executor @throws EngineError where the engine does not work */
  load(about: Pick<Executor, "lowering" | "layout">): Promise<LoadProgram>;
}

/** Compiles a program for ONNX Runtime's CPU provider. The same lowering and number of threads give the same bits. */
export const loadOnnxRuntime: LoadProgram = (...given) => loadBuiltInOr(async () => undefined)(...given);

/** The same, but a long run is on the rival where that is faster, and a resumed one where it began. */
export function loadBuiltInOr(findRival: () => Promise<Rival | undefined>): LoadProgram {
  return async (program, initial, options = {}) => {
    const graphs = trace(program);
    const inPlace = isReachable(program.state) && (await sharesMemory());
    const available = availableMemory();
    const memory = checkMemory(graphs, { available, inPlace });
    const { threads = availableParallelism(), lowering: begun } = options;
    const wishes = { ...options, threads };
    const possible = candidates(graphs, loweringsOf(graphs, { inPlace }), wishes);
    const lowerings = possible.some(({ inBlocks }) => inBlocks)
      ? candidates(graphs, loweringsOf(graphs, { inPlace, blocked: await whyNoBlocks() }), wishes)
      : possible;
    const ort = await onnxruntime();
    const builtIn = lowerings.map(
      (lowering): Way => ({
        ...{ name: lowering.name, label: lowering.label },
        load: async (decided) =>
          new OnnxRuntimeExecutor(
            ort,
            {
              ...{
                program,
                graphs,
                initial,
                lowering: lowering.name,
                lowered: lowerBecause(lowering, decided),
              },
              ...(memory === undefined ? {} : { memory }),
            },
            options,
          ),
      }),
    );
    const [first] = builtIn as [Way];
    const isOther = begun !== undefined && begun !== first.name;
    const rival = isOther || isLong(graphs, lowerings, wishes) ? await findRival() : undefined;
    const ways = rival === undefined ? builtIn : [...builtIn, wayOf(rival, program, initial, options)];
    const kept = ways.find(({ name }) => name === begun);
    if (kept !== undefined) return kept.load("as the run began");
    if (begun !== undefined) return first.load("the run began in another way");
    return loadFastest(ways, { graphs, threads, available });
  };
}

const wayOf = (
  { name, label, load }: Rival,
  ...[program, initial, options]: Parameters<LoadProgram>
): Way => ({
  name,
  label,
  load: async (decided) => {
    const loadIn = await load({ lowering: name, layout: [label, decided].filter(Boolean).join(": ") });
    return loadIn(program, initial, options);
  },
});

/** Like {@link loadOnnxRuntime}, with a lowering of the caller's choice. */
export async function loadLowered(
  lowering: LowerProgram,
  program: Program,
  initial: NamedData,
  options: ExecutorOptions = {},
): Promise<Executor> {
  const graphs = trace(program);
  const lowered = lowering(graphs);
  return new OnnxRuntimeExecutor(await onnxruntime(), { program, graphs, lowered, initial }, options);
}

/** An entry that has been run: its session, and its buffers besides feeds and state. */
interface LoadedEntry {
  readonly session: InferenceSession;
  /** Feeds and fetches of the last run, by the session's names. */
  readonly inputs: Record<string, Tensor>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly readSlots: readonly string[];
  readonly updatedSlots: readonly string[];
  /** What the session leaves for the update that is made in place, in the shapes of its outputs. */
  readonly changes: Readonly<Record<string, Tensor>>;
  /** Inputs of the entry that the session has kept. */
  readonly feeds: readonly (readonly [name: string, spec: TensorSpec])[];
}

/** What has a model, and what that is fed. */
type ModelEntry = Pick<Entry, "name" | "inputs">;

interface Parts {
  readonly program: Program;
  readonly graphs: readonly Graph[];
  readonly lowered: Lowered;
  /** Its name. */
  readonly lowering?: string;
  readonly initial: NamedData;
  readonly memory?: string;
}

class OnnxRuntimeExecutor implements Executor {
  readonly layout: string | undefined;
  readonly lowering: string | undefined;
  readonly memory: string | undefined;
  readonly #ort: Runtime;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #graphs: readonly Graph[];
  readonly #models: Map<string, LoweredModel>;
  readonly #options: ExecutorOptions;
  readonly #sessionOptions: InferenceSession.SessionOptions;
  readonly #state: StateBuffers;
  readonly #fed: ReadonlyMap<string, FrozenPart>;
  readonly #inPlace: InPlaceState | undefined;
  readonly #partThreads: PartThreads | undefined;
  readonly #loaded = new Map<string, LoadedEntry>();
  readonly #parted = new Map<string, PartedModel>();
  readonly #calls = new CallQueue();

  constructor(
    ort: Runtime,
    { program, graphs, lowered, lowering, initial, memory }: Parts,
    options: ExecutorOptions,
  ) {
    requireFloat32(program, "onnxruntime");
    this.#ort = ort;
    this.#entries = new Map(program.entries.map((entry) => [entry.name, entry]));
    this.#models = new Map(lowered.models);
    this.#graphs = graphs;
    this.layout = lowered.reason;
    this.lowering = lowering;
    this.memory = memory;
    this.#fed = lowered.fed ?? new Map();
    this.#options = options;
    const { slots, inPlace = [] } = lowered;
    if (inPlace.length > 0)
      this.#inPlace = new InPlaceState(inPlace, slots, options.threads ?? availableParallelism());
    const parts = Math.max(1, ...[...lowered.models.values()].map((model) => model.parts?.count ?? 1));
    const isShared = parts > 1;
    const threads = options.threads ?? availableParallelism();
    this.#partThreads = isShared ? new PartThreads(Math.min(parts, threads) - 1) : undefined;
    this.#sessionOptions = sessionOptions(options, {
      largeTensors: lowered.largeTensors ?? false,
      sharesProcessors: isShared || lowered.fed !== undefined || (this.#inPlace?.isShared ?? false),
    });
    const arrays = this.#inPlace?.arrays;
    this.#state = new StateBuffers(ort, { slots, arrays, isShared }, program.state, initial);
  }

  run(name: string, feeds: NamedData, times = 1): Promise<NamedData> {
    return this.#calls.run(async () => {
      const entry = entryNamed(this.#entries, name);
      checkFeeds(entry, feeds, times);
      return oneByOne(entry, feeds, times, (fed) => this.#runEntry(entry, fed)).catch((error: Error) => {
        throw this.#explained(error, name);
      });
    });
  }

  async #runEntry({ name, inputs }: Entry, feeds: NamedData): Promise<NamedData> {
    const part = this.#fed.get(name);
    if (part === undefined) return this.#runModel({ name, inputs }, feeds);
    const given = await this.#runModel({ name: part.model, inputs }, feeds);
    return this.#runModel({ name, inputs: { ...inputs, ...part.values } }, { ...feeds, ...given });
  }

  async #runModel(entry: ModelEntry, feeds: NamedData): Promise<NamedData> {
    const parted = await this.#loadParted(entry);
    const given = parted === undefined ? await this.#runWhole(entry, feeds) : await parted.run(feeds);
    return { ...given, ...this.#inPlace?.update(entry.name, feeds) };
  }

  async #runWhole(entry: ModelEntry, feeds: NamedData): Promise<NamedData> {
    const {
      session,
      inputs,
      outputs,
      readSlots,
      updatedSlots,
      changes,
      feeds: used,
    } = await this.#load(entry);
    for (const [key, { shape, dtype }] of used) {
      const data = feeds[key] as Float32Array;
      // A tensor wraps its array, so the same array needs no new tensor.
      if (inputs[inputName(key)]?.data !== data)
        inputs[inputName(key)] = new this.#ort.Tensor(dtype, data, shape);
    }
    for (const slot of readSlots) inputs[slot] = this.#state.current(slot);
    const fetches: Record<string, Tensor> = { ...changes };
    for (const [key, tensor] of Object.entries(outputs)) fetches[outputName(key)] = tensor;
    for (const slot of updatedSlots) fetches[updatedSlot(slot)] = this.#state.spare(slot);
    detachWrappers(await session.run(inputs, fetches), fetches);
    for (const slot of updatedSlots) this.#state.swap(slot);
    return Object.fromEntries(Object.entries(outputs).map(([key, tensor]) => [key, tensor.data as Data]));
  }

  #threadsOf({ ms = worthThreads, threads: ofSameBits, parts }: LoweredModel): number {
    const { threads = availableParallelism(), sameBits = false } = this.#options;
    if (ms < worthThreads) return 1;
    const free = Math.max(1, Math.floor(threads / (parts?.count ?? 1)));
    return sameBits || parts !== undefined ? Math.min(free, ofSameBits) : free;
  }

  #explained(error: Error, entry: string): Error {
    const outOfRange = indexOutOfRange(error);
    if (outOfRange !== undefined) return outOfRange;
    const graph = this.#graphs.find(({ name }) => name === entry);
    if (graph === undefined || !isOutOfMemory(error.message)) return error;
    const work = workOf(entry, footprint(graph, { inPlace: this.#inPlace !== undefined }), availableMemory());
    return new OutOfMemory(work, { device: "machine", detail: error.message });
  }

  read(names?: readonly string[]): Promise<Record<string, Data>> {
    return this.#calls.run(async () => this.#state.read(names));
  }

  write(state: NamedData): Promise<void> {
    return this.#calls.run(async () => this.#state.write(state));
  }

  dispose(): Promise<void> {
    return this.#calls.close(async () => {
      const sessions = [
        ...[...this.#loaded.values()].map(({ session }) => session.release()),
        ...[...this.#parted.values()].map((model) => model.release()),
      ];
      this.#loaded.clear();
      this.#parted.clear();
      this.#models.clear();
      await Promise.all([...sessions, this.#partThreads?.dispose(), this.#inPlace?.dispose()]);
    });
  }

  /** Undefined where the model computes the whole batch. */
  async #loadParted({ name, inputs }: ModelEntry): Promise<PartedModel | undefined> {
    const model = this.#models.get(name);
    const threads = this.#partThreads;
    if (model?.parts === undefined || threads === undefined) return this.#parted.get(name);
    const { encoded, parts } = model;
    const options = { ...this.#sessionOptions, intraOpNumThreads: this.#threadsOf(model) };
    const parted = await loadPartedModel(this.#ort, threads, {
      ...{ encoded, options, parts, inputs },
      slots: this.#state.slotNames,
      current: (slot) => this.#state.current(slot),
    });
    this.#models.delete(name); // The sessions have their own copies.
    this.#parted.set(name, parted);
    return parted;
  }

  async #load(entry: ModelEntry): Promise<LoadedEntry> {
    const known = this.#loaded.get(entry.name);
    if (known) return known;
    const model = this.#models.get(entry.name) as LoweredModel;
    const session = await this.#ort.InferenceSession.create(model.encoded, {
      ...this.#sessionOptions,
      intraOpNumThreads: this.#threadsOf(model),
    });
    this.#models.delete(entry.name); // The session has its own copy.
    const outputs: Record<string, Tensor> = {};
    for (const metadata of session.outputMetadata) {
      if (!metadata.name.startsWith(outputName("")) || !metadata.isTensor) continue;
      const shape = metadata.shape as number[];
      const dtype = metadata.type as "float32" | "int32" | "bool";
      const data = new arrayTypes[dtype](sizeOf(shape));
      outputs[metadata.name.slice(outputName("").length)] = new this.#ort.Tensor(
        dtype,
        data as Float32Array,
        shape,
      );
    }
    const names = new Set([...session.inputNames, ...session.outputNames]);
    const written = this.#state.slotNames.filter((slot) => names.has(updatedSlot(slot)));
    const changeOf = (slot: string) => {
      const { shape } = session.outputMetadata[
        session.outputNames.indexOf(updatedSlot(slot))
      ] as InferenceSession.TensorValueMetadata;
      const data = this.#state.current(slot).data as Float32Array;
      return [updatedSlot(slot), new this.#ort.Tensor("float32", data, shape as number[])] as const;
    };
    const loaded = {
      session,
      inputs: {},
      outputs,
      readSlots: this.#state.slotNames.filter((slot) => names.has(slot)),
      updatedSlots: written.filter((slot) => !this.#inPlace?.changes.has(slot)),
      changes: Object.fromEntries(written.filter((slot) => this.#inPlace?.changes.has(slot)).map(changeOf)),
      feeds: Object.entries(entry.inputs).filter(([key]) => names.has(inputName(key))),
    };
    this.#loaded.set(entry.name, loaded);
    return loaded;
  }
}

function sessionOptions(
  { spinning, profile }: ExecutorOptions,
  { largeTensors, sharesProcessors }: { readonly largeTensors: boolean; readonly sharesProcessors: boolean },
): InferenceSession.SessionOptions {
  return {
    executionProviders: ["cpu"],
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    interOpNumThreads: 1,
    enableMemPattern: !largeTensors,
    logSeverityLevel: 3,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      // It makes a layer norm without a shift end the process, and one whose deviations are read lose them.
      optimization: { disable_specified_optimizers: "SkipLayerNormFusion" },
      session: {
        intra_op: { allow_spinning: (spinning ?? true) ? "1" : "0" },
        // Between runs the processors are for others' threads: those of the other model of a step, or of its update.
        ...(sharesProcessors && { force_spinning_stop: "1" }),
      },
    },
  };
}
