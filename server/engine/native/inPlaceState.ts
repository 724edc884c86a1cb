import { sizeOf } from "../../sizeOf.ts";
import { type CompiledUpdate, compileUpdate } from "../graph/inPlace/compile.ts";
import type { InPlaceUpdate, ParameterUpdate } from "../graph/inPlace/inPlaceUpdate.ts";
import { type StateSlot, slotName } from "../graph/slots.ts";
import type { Data, NamedData } from "../program.ts";
import { controlBytes, isShared, UpdateThreads } from "./updateThreads.ts";

/** State that is updated where it is, in memory that the runtime reads and other threads see. */
export class InPlaceState {
  /** By slot. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
  /** Slots that the runtime fills in each step. */
  readonly changes: ReadonlySet<string>;
  /** Other threads help. */
  readonly isShared: boolean;
  readonly #floats: Float32Array;
  readonly #compiled: ReadonlyMap<string, Loaded>;
  readonly #threads: UpdateThreads;

  constructor(updates: readonly InPlaceUpdate[], slots: readonly StateSlot[], threads: number) {
    const changes = updates.flatMap((update) => update.changes);
    const states = updates.flatMap(({ parameters }) => parameters.flatMap(statesOf));
    const wanted = new Set([...states, ...changes].map(slotName));
    this.changes = new Set(changes.map(slotName));

    let end = controlBytes;
    const places = new Map<string, { readonly address: number; readonly size: number }>();
    for (const { name, shape } of slots) {
      if (!wanted.has(name)) continue;
      const size = sizeOf(shape);
      places.set(name, { address: end, size });
      end += Math.ceil(size / 16) * 64;
    }
    const arrayAt = (name: string): number => places.get(slotName(name))?.address as number;
    const compiled = updates.map((update) => {
      const made = compileUpdate(update, { arrayAt, start: end });
      end = made.end;
      return made;
    });
    const pages = Math.ceil(end / 65536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#floats = new Float32Array(memory.buffer);
    for (const { words, address } of compiled)
      new Int32Array(memory.buffer, address, words.length).set(words);
    this.arrays = new Map(
      [...places].map(([name, { address, size }]) => [name, new Float32Array(memory.buffer, address, size)]),
    );
    const modules = compiled.map(({ module }) => new WebAssembly.Module(module));
    this.#compiled = new Map(
      updates.map(({ entry }, number): [string, Loaded] => {
        const module = modules[number] as WebAssembly.Module;
        const { exports } = new WebAssembly.Instance(module, { memory: { shared: memory } });
        return [
          entry,
          { number, compiled: compiled[number] as CompiledUpdate, functions: exports as Loaded["functions"] },
        ];
      }),
    );
    this.isShared =
      threads > 1 && compiled.some(({ phases }) => phases.some(({ elements }) => isShared(elements)));
    this.#threads = new UpdateThreads(
      { memory, modules, kernels: compiled.map(({ kernels }) => kernels) },
      threads,
    );
  }

  /** Updates the state by what the runtime has left in `changes`, and gives the outputs that follow. */
  update(entry: string, feeds: NamedData): NamedData {
    const loaded = this.#compiled.get(entry);
    if (loaded === undefined) return {};
    const { number, compiled, functions } = loaded;
    const floats = this.#floats;
    for (const { address, name } of compiled.inputs) floats.set(feeds[name] as Data, address / 4);
    for (const { rows, tasks, elements, sums, scalars } of compiled.phases) {
      if (tasks > 0)
        this.#threads.run({ update: number, rows, bytesPerRow: compiled.bytesPerRow, tasks, elements });
      for (const { address, parts } of sums)
        floats[address / 4] = parts.reduce((sum, part) => sum + (floats[part / 4] as number), 0);
      if (scalars !== undefined) functions[scalars]?.(0);
    }
    return Object.fromEntries(
      compiled.outputs.map(({ name, address }) => [name, Float32Array.of(floats[address / 4] as number)]),
    );
  }

  dispose(): Promise<void> {
    return this.#threads.dispose();
  }
}

const statesOf = ({ arrays, updates }: ParameterUpdate): string[] => [...arrays.values(), ...updates.keys()];

interface Loaded {
  readonly number: number;
  readonly compiled: CompiledUpdate;
  readonly functions: Readonly<Record<string, (unused: number) => void>>;
}
