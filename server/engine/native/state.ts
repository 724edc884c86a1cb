import type { Tensor } from "onnxruntime-node";
import type { SlotMember, StateSlot } from "../graph/slots.ts";
import { sizeOf } from "../graph/values.ts";
import type { Data, NamedData, Program } from "../program.ts";
import { arrayTypes, checkData } from "./feeds.ts";
import type { onnxruntime } from "./ort.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

/** Location of a state tensor's elements. */
interface Place {
  readonly slot: StateSlot;
  readonly offset: number;
  readonly member: SlotMember;
}

/**
 * The state of a program between runs. Runtimes may not write where they read, so an updated slot has two alternating buffers;
 * the second is created on first use.
 */
export class StateBuffers {
  readonly slotNames: readonly string[];
  readonly #ort: Runtime;
  readonly #slots: ReadonlyMap<string, StateSlot>;
  readonly #specs: Program["state"];
  readonly #places: ReadonlyMap<string, Place>;
  readonly #current = new Map<string, Tensor>();
  readonly #spare = new Map<string, Tensor>();

  /** @param arrays those that slots have already; such a slot has one buffer */
  constructor(
    ort: Runtime,
    {
      slots,
      arrays,
    }: { slots: readonly StateSlot[]; arrays?: ReadonlyMap<string, Float32Array> | undefined },
    specs: Program["state"],
    initial: NamedData,
  ) {
    this.#ort = ort;
    this.#specs = specs;
    this.#slots = new Map(slots.map((slot) => [slot.name, slot]));
    for (const [name, data] of arrays ?? [])
      this.#current.set(name, new ort.Tensor("float32", data, this.#slots.get(name)?.shape));
    this.slotNames = [...this.#slots.keys()];
    this.#places = placesOf(slots);
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
      const { slot, offset, member } = this.#places.get(name) as Place;
      const buffer = this.current(slot.name).data as Data;
      if (!member.order) buffer.set(data, offset);
      else
        for (let i = 0; i < member.size; i++) buffer[offset + i] = data[member.order[i] as number] as number;
    }
  }

  #readOne(name: string): Data {
    this.#spec(name);
    const { slot, offset, member } = this.#places.get(name) as Place;
    const buffer = this.current(slot.name).data as Data;
    if (!member.order) return buffer.slice(offset, offset + member.size);
    const logical = new arrayTypes[slot.dtype](member.size);
    for (let i = 0; i < member.size; i++) logical[member.order[i] as number] = buffer[offset + i] as number;
    return logical;
  }

  #buffer(buffers: Map<string, Tensor>, name: string): Tensor {
    const known = buffers.get(name);
    if (known) return known;
    const { shape, dtype } = this.#slots.get(name) as StateSlot;
    const data = new arrayTypes[dtype](sizeOf(shape));
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

function placesOf(slots: readonly StateSlot[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const slot of slots) {
    let offset = 0;
    for (const member of slot.members) {
      places.set(member.name, { slot, offset, member });
      offset += member.size;
    }
  }
  return places;
}
