import type { InferenceSession, Tensor } from "onnxruntime-node";
import { sizeOf } from "../../sizeOf.ts";
import {
  changeOfPart,
  inputName,
  outputName,
  type SampleParts,
  type StateSlot,
  updatedSlot,
} from "../graph/slots.ts";
import type { Data, Entry, NamedData, TensorSpec } from "../program.ts";
import { arrayTypes, sharedArray } from "./feeds.ts";
import type { onnxruntime } from "./ort.ts";
import type { PartRun, PartThreads, SharedTensor } from "./partThreads.ts";
import { detachWrappers } from "./resultWrappers.ts";

type Runtime = Awaited<ReturnType<typeof onnxruntime>>;

/** What a model for a part of the batch is loaded with. */
export interface PartedModelOptions {
  readonly encoded: Uint8Array;
  readonly options: InferenceSession.SessionOptions;
  readonly parts: SampleParts;
  /** Of the whole batch. */
  readonly inputs: Entry["inputs"];
  readonly slots: readonly StateSlot["name"][];
  /** Its tensor is in memory that threads share, and stays there. */
  readonly current: (slot: StateSlot["name"]) => Tensor;
}

/**
 * A model that computes a part of the batch, run for each: by this thread and others at once. Which thread computes a part changes
 * nothing of it, and the parts are put together in their order, so the number of threads changes no bit.
 */
export interface PartedModel {
  /** Runs all parts. @returns outputs of the whole batch @throws where a part has failed, once no other runs any more */
  run(feeds: NamedData): Promise<NamedData>;
  release(): Promise<void>;
}

/** @throws where the runtime does not take the model */
export async function loadPartedModel(
  ort: Runtime,
  threads: PartThreads,
  { encoded, options, parts, inputs, slots, current }: PartedModelOptions,
): Promise<PartedModel> {
  const session = await ort.InferenceSession.create(encoded, options);
  const read = new Set(session.inputNames);
  const outputs = outputsOf(session);
  const fed = Object.entries(inputs)
    .filter(([name]) => read.has(inputName(name)))
    .map(([name, { shape, dtype }]) => ({ name, shape, dtype, data: sharedArray(dtype, sizeOf(shape)) }));
  const given = Array.from({ length: parts.count }, () =>
    outputs.map(({ name, shape, dtype }) => ({
      name,
      shape,
      dtype,
      data: sharedArray(dtype, sizeOf(shape)),
    })),
  );
  const state = slots
    .filter((slot) => read.has(slot))
    .map((slot) => [slot, sharedTensor(current(slot))] as const);
  const runs = given.map((own, part): PartRun => {
    const rows = fed.map(({ name, ...all }) => {
      return [inputName(name), parts.rows.has(name) ? rowsOf(part, parts.count, all) : all] as const;
    });
    const changes = changesOf(session, slots).flatMap(({ name, slot, ...spec }) => {
      const place = changeOfPart(slot, part);
      // What is the same in all parts is left by the first alone.
      return slots.includes(place) ? [[name, { ...spec, data: current(place).data as Data }] as const] : [];
    });
    return {
      inputs: Object.fromEntries([...state, ...rows]),
      outputs: Object.fromEntries([
        ...own.map(({ name, ...tensor }) => [outputName(name), tensor] as const),
        ...changes,
      ]),
    };
  });
  const here = runs.map((run) => ({ inputs: tensors(ort, run.inputs), outputs: tensors(ort, run.outputs) }));
  // A profile is of this thread's session: all would write the same file.
  const number = await threads.load({ encoded, options: { ...options, enableProfiling: false }, runs });
  const whole = Object.fromEntries(
    outputs.map(({ name, shape, dtype }) => {
      const count = parts.joined.has(name) ? parts.count : 1;
      return [name, new arrayTypes[dtype](count * sizeOf(shape))] as const;
    }),
  );
  return {
    async run(feeds) {
      for (const { name, data } of fed) data.set(feeds[name] as Data);
      await threads.run(number, parts.count, async (part) => {
        const run = here[part] as (typeof here)[number];
        detachWrappers(await session.run(run.inputs, run.outputs), run.outputs);
      });
      for (const [part, its] of given.entries())
        for (const { name, data } of its) put(data, whole[name] as Data, { name, part, parts });
      return whole;
    },
    release: () => session.release(),
  };
}

/** What a part gives, into the output of the whole batch. */
function put(
  own: Data,
  all: Data,
  { name, part, parts }: { readonly name: string; readonly part: number; readonly parts: SampleParts },
): void {
  if (parts.joined.has(name)) all.set(own, part * own.length);
  else if (part === 0) all.set(own);
  else if (parts.sums.has(name))
    for (let i = 0; i < all.length; i++) all[i] = (all[i] as number) + (own[i] as number);
}

/** A part's rows of a tensor of the whole batch. */
function rowsOf(part: number, parts: number, { shape, dtype, data }: SharedTensor): SharedTensor {
  const size = data.length / parts;
  const own = shape.with(0, (shape[0] as number) / parts);
  return { dtype, shape: own, data: data.subarray(part * size, (part + 1) * size) };
}

function outputsOf({ outputMetadata }: InferenceSession) {
  return outputMetadata.flatMap((metadata) => {
    if (!metadata.isTensor || !metadata.name.startsWith(outputName(""))) return [];
    return [{ name: metadata.name.slice(outputName("").length), ...specOf(metadata) }];
  });
}

/** What a session leaves for an update in place. */
function changesOf({ outputMetadata }: InferenceSession, slots: readonly string[]) {
  const slotOf = new Map(slots.map((slot) => [updatedSlot(slot), slot]));
  return outputMetadata.flatMap((metadata) => {
    const slot = slotOf.get(metadata.name);
    return slot === undefined || !metadata.isTensor
      ? []
      : [{ name: metadata.name, slot, ...specOf(metadata) }];
  });
}

const specOf = ({ shape, type }: InferenceSession.TensorValueMetadata): TensorSpec => ({
  shape: shape as number[],
  dtype: type as TensorSpec["dtype"],
});

const sharedTensor = ({ type, dims, data }: Tensor): SharedTensor => ({
  dtype: type as SharedTensor["dtype"],
  shape: dims,
  data: data as Data,
});

const tensors = (ort: Runtime, specs: Readonly<Record<string, SharedTensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { dtype, shape, data }]) => {
      return [name, new ort.Tensor(dtype, data as Float32Array, shape)];
    }),
  );
