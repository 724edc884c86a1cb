import type { Tensor } from "onnxruntime-node";
import { sizeOf } from "../../sizeOf.ts";
import type { StateSlot } from "../graph/slots.ts";
import type { Data, NamedData, Program } from "../program.ts";
import { arrayTypes, checkData, sharedArray } from "./feeds.ts";
import type { onnxruntime } from "./ort.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

/**
 * The state of a program between runs. Runtimes may not write where they read, so an updated slot has two alternating buffers;
 * the second is created on first use.
 */
export class StateBuffers {
  readonly slotNames: readonly string[];
  readonly #ort: Runtime;
  readonly #slots: ReadonlyMap<string, StateSlot>;
  readonly #specs: Program["state"];
  /** By the state tensor that is in it. */
  readonly #slotOf: ReadonlyMap<string, StateSlot>;
  readonly #current = new Map<string, Tensor>();
  readonly #spare = new Map<string, Tensor>();
  readonly #isShared: boolean;

  /** @param arrays those that slots have already; such a slot has one buffer. @param isShared threads read the others */
  constructor(
    ort: Runtime,
    {
      slots,
      arrays,
      isShared = false,
    }: {
      slots: readonly StateSlot[];
      arrays?: ReadonlyMap<string, Float32Array> | undefined;
      isShared?: boolean;
    },
    specs: Program["state"],
    initial: NamedData,
  ) {
    this.#ort = ort;
    this.#specs = specs;
    this.#isShared = isShared;
    this.#slots = new Map(slots.map((slot) => [slot.name, slot]));
    for (const [name, data] of arrays ?? [])
      this.#current.set(name, new ort.Tensor("float32", data, this.#slots.get(name)?.shape));
    this.slotNames = [...this.#slots.keys()];
    this.#slotOf = new Map(slots.map((slot) => [slot.state, slot]));
    for (const name of Object.keys(specs))
      checkData(`initial state ${name}`, this.#spec(name), initial[name]);
    this.write(initial);
  }

  current(slot: string): Tensor {
    return this.#buffer(this.#current, slot);
  }

  /** Buffer for the next value of a slot. */
  spare(slot: string): Tensor {
    return this.#buffer(this.#spare, slot);
  }

  swap(slot: string): void {
    const next = this.spare(slot);
    this.#spare.set(slot, this.current(slot));
    this.#current.set(slot, next);
  }

  /** Copies in logical order. */
  read(names: readonly string[] = Object.keys(this.#specs)): Record<string, Data> {
    return Object.fromEntries(names.map((name) => [name, this.#readOne(name)]));
  }

  /** Checks all of `state` before writing any. */
  write(state: NamedData): void {
    for (const [name, data] of Object.entries(state)) checkData(`state ${name}`, this.#spec(name), data);
    for (const [name, data] of Object.entries(state)) {
      const { name: slot, order } = this.#slotOf.get(name) as StateSlot;
      const buffer = this.current(slot).data as Data;
      if (!order) buffer.set(data);
      else for (let i = 0; i < buffer.length; i++) buffer[i] = data[order[i] as number] as number;
    }
  }

  #readOne(name: string): Data {
    this.#spec(name);
    const { name: slot, dtype, order } = this.#slotOf.get(name) as StateSlot;
    const buffer = this.current(slot).data as Data;
    if (!order) return buffer.slice();
    const logical = new arrayTypes[dtype](buffer.length);
    for (let i = 0; i < buffer.length; i++) logical[order[i] as number] = buffer[i] as number;
    return logical;
  }

  #buffer(buffers: Map<string, Tensor>, name: string): Tensor {
    const known = buffers.get(name);
    if (known) return known;
    const { shape, dtype } = this.#slots.get(name) as StateSlot;
    const size = sizeOf(shape);
    const data = this.#isShared ? sharedArray(dtype, size) : new arrayTypes[dtype](size);
    const tensor = new this.#ort.Tensor(dtype, data as Float32Array, shape);
    buffers.set(name, tensor);
    return tensor;
  }

  #spec(name: string) {
    const spec = this.#specs[name];
    if (!spec) throw new Error(`no state tensor ${name}`);
    return spec;
  }
}
