import type { DType, TensorSpec } from "../program.ts";
import type { Graph } from "./graph.ts";
import type { InPlaceUpdate } from "./inPlace/inPlaceUpdate.ts";

/**
 * How state tensors are stored inside a session; shared by all entries of a program. A model that reads a slot has an
 * input with the slot's name; one that updates it has an output named by {@link updatedSlot}.
 */
export interface StateSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The state tensor's name in the program. */
  readonly state: string;
  /** Physical index → logical (row-major) index of the tensor; absent where they are the same. */
  readonly order?: Int32Array;
}

export interface LoweredModel {
  /** ONNX. Inputs and outputs of the entry have their own names, prefixed, see below. */
  readonly encoded: Uint8Array;
  /** Up to how many threads its bits are those of one thread, see threadsOfSameBits.ts. */
  readonly threads: number;
  /** By the estimate of layouts/cost.ts, on one thread, in milliseconds. */
  readonly ms?: number;
  /** Where the model computes a part of the batch. */
  readonly parts?: SampleParts;
}

/** The parts of a batch that one model computes, one after the other or at once: see samples/divideGraph.ts. */
export interface SampleParts {
  readonly count: number;
  /** Inputs with a row for each sample, of which a part is fed its own. */
  readonly rows: ReadonlySet<string>;
  /** Outputs that the parts add up to, and those to which each gives its rows; the others are the same in all. */
  readonly sums: ReadonlySet<string>;
  readonly joined: ReadonlySet<string>;
}

/** What a runtime needs to run a program. */
export interface Lowered {
  readonly slots: readonly StateSlot[];
  /** By entry. */
  readonly models: ReadonlyMap<string, LoweredModel>;
  /** One line for the log: which lowering was chosen, and why. */
  readonly reason?: string;
  /** What models of entries are fed that other models give, by entry. */
  readonly fed?: ReadonlyMap<string, FrozenPart>;
  /** Tensors between nodes are so large that the runtime should not lay them out beforehand. */
  readonly largeTensors?: boolean;
  /** What is done to the state behind the models. */
  readonly inPlace?: readonly InPlaceUpdate[];
}

/** What the model of an entry is fed beside the entry's inputs: see layouts/frozenPart.ts. */
export interface FrozenPart {
  /** The model that gives it, as outputs of the same names; it has the entry's inputs. */
  readonly model: string;
  readonly values: Readonly<Record<string, TensorSpec>>;
}

export interface LowerOptions {
  /** Whether updates may be taken out of the models, for the executor to make them where the state is. */
  readonly inPlace?: boolean | undefined;
  /** Entries whose samples meet are computed as a whole. */
  readonly parts?: PartsOfBatch | undefined;
}

/** Into how many parts a batch of so many samples is divided; into 1 where it stays whole. */
export type PartsOfBatch = (samples: number) => number;

export type LowerProgram = (graphs: readonly Graph[], options?: LowerOptions) => Lowered;

// Names in the models. The prefixes keep an entry's inputs and outputs apart from slots that share their names.
export const inputName = (name: string): string => `input:${name}`;
export const outputName = (name: string): string => `output:${name}`;
export const slotName = (name: string): string => `state:${name}`;
export const updatedSlot = (slot: string): string => `${slot}:next`;
/** Where a part of the batch leaves its share of a change. The first part does so in the place of the change. */
export const changeOfPart = (change: string, part: number): string =>
  part === 0 ? change : `${change}, part ${part + 1}`;

/** How a state tensor is kept: its shape inside the session, and the order of its elements if it differs. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly order?: Int32Array | undefined;
}

/** An order takes as much memory as the tensor: those of one shape, as a weight and its moments are, share theirs. */
export function onePerShape<Shape extends readonly number[]>(
  orderOf: (shape: Shape) => Int32Array,
): (shape: Shape) => Int32Array {
  const orders = new Map<string, Int32Array>();
  return (shape) => {
    const key = shape.join();
    const order = orders.get(key) ?? orderOf(shape);
    orders.set(key, order);
    return order;
  };
}

/** The slots of a program, one for each state tensor. */
export const slotsOf = (
  [graph]: readonly Graph[],
  stored: (name: string, shape: readonly number[]) => StoredTensor,
): StateSlot[] =>
  [...(graph?.state ?? [])].map(([state, value]) => {
    const { shape, order } = stored(state, value.shape);
    return { name: slotName(state), state, shape, dtype: value.dtype, ...(order && { order }) };
  });
