import type { DType } from "../program.ts";
import type { Graph } from "./graph.ts";

/** A state tensor inside a slot. `order` maps a physical index to the logical (row-major) one; absent: they are equal. */
export interface SlotMember {
  readonly name: string;
  readonly size: number;
  readonly order?: Int32Array;
}

/**
 * A tensor that a session keeps from run to run: one state tensor, or several packed one after another. Every entry
 * of a program sees the same slots. A model that reads the slot has an input {@link slotInput}, one that replaces it
 * an output {@link slotOutput}.
 */
export interface StateSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly members: readonly SlotMember[];
}

/** What an executor loads: one ONNX model for each entry, and the state that they share. */
export interface Lowered {
  readonly slots: readonly StateSlot[];
  readonly models: ReadonlyMap<string, Uint8Array>;
}

export interface LowerOptions {
  /** Threads that will run the models; lowering may choose another form for one than for several. */
  readonly threads?: number;
  /** Receives one line that says which form was chosen and why. */
  readonly report?: (line: string) => void;
}

export type LowerProgram = (graphs: readonly Graph[], options?: LowerOptions) => Lowered;

export const slotInput = (slot: StateSlot): string => `state:${slot.name}`;
export const slotOutput = (slot: StateSlot): string => `next:${slot.name}`;
