import type { InferenceSession, Tensor } from "onnxruntime-node";
import { OnnxGraph } from "../../graph/onnx/onnxGraph.ts";
import { type StateSlot, updatedSlot } from "../../graph/slots.ts";
import type { Data, NamedData, Program } from "../../program.ts";
import { checkData } from "../feeds.ts";
import type { onnxruntime } from "../ort.ts";
import type { OpenSession } from "./device.ts";
import { onDevice } from "./deviceFailure.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

export interface DeviceStateParts {
  readonly ort: Runtime;
  readonly open: OpenSession;
  /** Each buffer has one state tensor, in logical order. */
  readonly slots: readonly StateSlot[];
  readonly specs: Program["state"];
  readonly initial: NamedData;
}

/** Sessions that copy slots to and from the device: the runtime has no call for that. */
interface Copying {
  readonly up: InferenceSession;
  readonly down: InferenceSession;
}

/**
 * The state of a program between runs, in buffers of the device. Freeing a buffer after the device's last session crashes the
 * process, so buffers are freed before the sessions that made them.
 */
export class DeviceState {
  readonly #ort: Runtime;
  readonly #names: readonly string[];
  readonly #slots: ReadonlyMap<string, StateSlot>;
  /** Absent where there is no state. */
  readonly #copying: Copying | undefined;
  readonly #current = new Map<string, Tensor>();

  private constructor({ ort, slots, specs }: DeviceStateParts, copying: Copying | undefined) {
    this.#ort = ort;
    this.#names = Object.keys(specs);
    this.#slots = new Map(slots.map((slot) => [slot.state, slot]));
    this.#copying = copying;
  }

  static async create(parts: DeviceStateParts): Promise<DeviceState> {
    const { specs, slots, initial, open } = parts;
    for (const [name, spec] of Object.entries(specs)) checkData(`initial state ${name}`, spec, initial[name]);
    if (slots.length === 0) return new DeviceState(parts, undefined);
    const model = copyModel(slots);
    const state = new DeviceState(parts, {
      up: await open(
        model,
        slots.map(({ name }) => updatedSlot(name)),
      ),
      down: await open(model, []),
    });
    await state.write(initial);
    return state;
  }

  current(slot: string): Tensor {
    return this.#current.get(slot) as Tensor;
  }

  /** Takes ownership of a buffer and frees the one that it replaces. */
  replace(slot: string, tensor: Tensor): void {
    this.#current.get(slot)?.dispose();
    this.#current.set(slot, tensor);
  }

  async read(names: readonly string[] = this.#names): Promise<Record<string, Data>> {
    const outputs = names.map((name) => updatedSlot(this.#slot(name).name));
    if (outputs.length === 0) return {};
    const copies =
      this.#copying &&
      (await onDevice("reading state", this.#copying.down.run(Object.fromEntries(this.#current), outputs)));
    return Object.fromEntries(names.map((name, i) => [name, copies?.[outputs[i] as string]?.data as Data]));
  }

  /** Checks all of `state` before writing any. */
  async write(state: NamedData): Promise<void> {
    const inputs = Object.fromEntries(this.#current);
    for (const [name, data] of Object.entries(state)) {
      const slot = this.#slot(name);
      checkData(`state ${name}`, slot, data);
      inputs[slot.name] = new this.#ort.Tensor(slot.dtype, data as Float32Array, slot.shape);
    }
    const copies = this.#copying && (await onDevice("writing state", this.#copying.up.run(inputs)));
    for (const { name } of this.#slots.values()) this.replace(name, copies?.[updatedSlot(name)] as Tensor);
  }

  /** Frees the buffers; to be called while the sessions that made them are there. */
  async dispose(): Promise<void> {
    for (const tensor of this.#current.values()) tensor.dispose();
    this.#current.clear();
    await this.#copying?.up.release();
    await this.#copying?.down.release();
  }

  #slot(name: string): StateSlot {
    const slot = this.#slots.get(name);
    if (!slot) throw new Error(`no state tensor ${name}`);
    return slot;
  }
}

function copyModel(slots: readonly StateSlot[]): Uint8Array {
  const onnx = new OnnxGraph();
  for (const { name, dtype, shape } of slots)
    onnx.output(updatedSlot(name), onnx.input(name, dtype, shape), dtype, shape);
  return onnx.encode({ name: "copy" });
}
