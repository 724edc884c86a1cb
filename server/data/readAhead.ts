import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ownReader } from "../packageRoot.ts";
import { blockRowsOf } from "./blockOrder.ts";
import { FileChanged, type FileRows } from "./fileRows.ts";
import { fileOf } from "./fileValues.ts";
import { type ReaderSetup, type ReadRequest, slotBytes, slotState, threadState } from "./readerThread.ts";
import { type Numbers, type SampleValues, spaceFor } from "./sampleValues.ts";
import { spreadOf } from "./spreadValues.ts";

/** Samples of one step after the other, read before they are asked for. */
export interface ReadAhead {
  /** Raw values of the samples of a step, [rows, size], until the next call. */
  of(step: number): Promise<Numbers>;
  /** Milliseconds that the last call has waited for samples. */
  readonly waitedMs: number;
  close(): Promise<void>;
}

/** Memory for what is read ahead, and how many steps that is at least and at most. */
const aheadBytes = 2 ** 26;
const [leastAhead, mostAhead] = [2, 64];

/**
 * A thread that reads the samples of coming steps from their files while steps run. What is in memory is copied from there.
 * @param rowsOf the samples of a step; undefined behind the last one
 * @param batch the most of them
 */
export function readAhead(
  values: SampleValues,
  {
    batch,
    rowsOf,
    areNear = true,
  }: {
    readonly batch: number;
    readonly rowsOf: (step: number) => Int32Array | undefined;
    /** Samples follow one another in blocks, where there are such. */
    readonly areNear?: boolean;
  },
): ReadAhead {
  const { dtype, size } = values;
  const { stores, storeOf, rowIn } = spreadOf(values);
  const files = stores.map(fileOf);
  const perSlot = slotBytes({ dtype, size, slotRows: batch });
  const slots = Math.max(leastAhead, Math.min(mostAhead, Math.floor(aheadBytes / perSlot)));
  const memory = new SharedArrayBuffer(slots * perSlot);
  const states = new SharedArrayBuffer(4 * (slots + 1));
  const words = new Int32Array(states);
  const all = dtype === "uint8" ? new Uint8Array(memory) : new Float32Array(memory);
  const fileAt = stores.map((_, store) => files.slice(0, store).filter((file) => file !== undefined).length);
  const setup: ReaderSetup = {
    files: files.filter((file): file is FileRows => file !== undefined),
    dtype,
    size,
    slotRows: batch,
    memory,
    states,
    blockRows: areNear ? blockRowsOf(values) : undefined,
  };
  const worker = new Worker(ownReader(), { workerData: setup });
  worker.unref();
  let failure: Error | undefined;
  const failed = (error: unknown) => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };
  // An error loses its class between threads.
  worker.on("message", (error: unknown) =>
    failed(typeof error === "string" ? new FileChanged(error) : error),
  );
  worker.on("error", failed);

  /** Steps that were asked for, in order, with their slots. */
  const pending: { step: number; slot: number; rows: Int32Array }[] = [];
  const free = Array.from({ length: slots }, (_, slot) => slot);
  let given: number | undefined;
  let next = 0;
  let waitedMs = 0;

  function requestReads(): void {
    for (let slot = free.pop(); slot !== undefined; slot = free.pop()) {
      const rows = rowsOf(next);
      if (rows === undefined) {
        free.push(slot);
        return;
      }
      Atomics.store(words, slot, slotState.requested);
      const places = Int32Array.from(rows.keys()).filter(
        (i) => files[storeOf[rows[i] as number] as number] !== undefined,
      );
      const request: ReadRequest = {
        slot,
        places,
        fileOf: Uint8Array.from(places, (i) => fileAt[storeOf[rows[i] as number] as number] as number),
        rows: places.map((i) => rowIn[rows[i] as number] as number),
      };
      worker.postMessage(request);
      pending.push({ step: next, slot, rows });
      next += 1;
    }
  }

  /** Waits while a word has this value and the thread is well. */
  async function leaves(word: number, value: number): Promise<void> {
    while (Atomics.load(words, word) === value && failure === undefined) {
      Atomics.wait(words, word, value, 10);
      await setImmediate(); // signals, and what the thread has to say
    }
  }

  async function ready(slot: number): Promise<void> {
    await leaves(slot, slotState.requested);
    if (failure !== undefined || Atomics.load(words, slot) === slotState.failed) {
      while (failure === undefined) await setImmediate();
      throw failure;
    }
  }

  return {
    get waitedMs() {
      return waitedMs;
    },
    async of(step) {
      if (given !== undefined) free.push(given);
      given = undefined;
      if (pending[0]?.step !== step) {
        for (const { slot } of pending.splice(0)) {
          await ready(slot);
          free.push(slot);
        }
        next = step;
      }
      requestReads();
      const first = pending.shift();
      if (first === undefined) throw new RangeError(`There is no step ${step}.`);
      // The start of the thread is not a wait for data.
      await leaves(slots, threadState.starting);
      const started = performance.now();
      const isThere = Atomics.load(words, first.slot) === slotState.read;
      if (!isThere) await ready(first.slot);
      waitedMs = isThere ? 0 : performance.now() - started;
      given = first.slot;
      const start = first.slot * batch * size;
      const into = all.subarray(start, start + first.rows.length * size);
      fillFromMemory(first.rows, into);
      return into;
    },
    async close() {
      await worker.terminate();
    },
  };

  /** Samples of stores that are in memory. */
  function fillFromMemory(rows: Int32Array, into: Numbers): void {
    if (files.every((file) => file !== undefined)) return;
    const one = spaceFor({ dtype, size }, 1);
    rows.forEach((row, i) => {
      const store = storeOf[row] as number;
      if (files[store] !== undefined) return;
      stores[store]?.read([rowIn[row] as number], one);
      into.set(one, i * size);
    });
  }
}
