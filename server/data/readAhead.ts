import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ownReader } from "../packageRoot.ts";
import { blockRowsOf } from "./blockOrder.ts";
import { FileChanged, type FileRows } from "./fileRows.ts";
import { fileOf } from "./fileValues.ts";
import {
  type LaterRows,
  type ReaderSetup,
  type ReadRequest,
  slotBytes,
  slotState,
  threadState,
} from "./readerThread.ts";
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

/** Steps from one look at what comes later to the next: each shows many of the blocks. */
const expectEvery = 4;

interface ReadAheadOptions {
  /** The most samples of a step. */
  readonly batch: number;
  /** The samples of a step; undefined behind the last one. */
  readonly rowsOf: (step: number) => Int32Array | undefined;
  /** Samples follow one another in blocks, where there are such. */
  readonly areNear?: boolean;
  /** Some of the samples that are needed a window of blocks behind a step, where that is known. */
  readonly laterRowsOf?: (step: number) => Int32Array | undefined;
}

/** A thread that reads the samples of coming steps from their files while steps run. What is in memory is copied from there. */
export function readAhead(
  values: SampleValues,
  { batch, rowsOf, areNear = true, laterRowsOf = () => undefined }: ReadAheadOptions,
): ReadAhead {
  const { dtype, size } = values;
  const rowsOnDisk = storedRows(values);
  const perSlot = slotBytes({ dtype, size, slotRows: batch });
  const slots = Math.max(leastAhead, Math.min(mostAhead, Math.floor(aheadBytes / perSlot)));
  const memory = new SharedArrayBuffer(slots * perSlot);
  const all = dtype === "uint8" ? new Uint8Array(memory) : new Float32Array(memory);
  const reader = startReader({
    files: rowsOnDisk.files,
    dtype,
    size,
    slotRows: batch,
    memory,
    states: new SharedArrayBuffer(4 * (slots + 1)),
    blockRows: areNear ? blockRowsOf(values) : undefined,
  });

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
      reader.request({ slot, ...rowsOnDisk.among(rows) });
      pending.push({ step: next, slot, rows });
      next += 1;
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
          await reader.hasRead(slot);
          free.push(slot);
        }
        next = step;
      }
      requestReads();
      const later = areNear && step % expectEvery === 0 ? laterRowsOf(next) : undefined;
      if (later) reader.expect(rowsOnDisk.among(later));
      const first = pending.shift();
      if (first === undefined) throw new RangeError(`There is no step ${step}.`);
      // The start of the thread is not a wait for data.
      await reader.hasStarted();
      const started = performance.now();
      const isThere = reader.isThere(first.slot);
      if (!isThere) await reader.hasRead(first.slot);
      waitedMs = isThere ? 0 : performance.now() - started;
      given = first.slot;
      const start = first.slot * batch * size;
      const into = all.subarray(start, start + first.rows.length * size);
      rowsOnDisk.fillOthers(first.rows, into);
      return into;
    },
    close: () => reader.close(),
  };
}

/** The rows of samples that are in files; the others are in memory. */
function storedRows(values: SampleValues) {
  const { dtype, size } = values;
  const { stores, storeOf, rowIn } = spreadOf(values);
  const stored = stores.map(fileOf);
  const files = stored.filter((file): file is FileRows => file !== undefined);
  const fileAt = stores.map((_, store) => stored.slice(0, store).filter((file) => file !== undefined).length);
  return {
    files,
    /** Those of a step's rows, by their places in it. */
    among(rows: Int32Array): Omit<ReadRequest, "slot"> {
      const places = Int32Array.from(rows.keys()).filter(
        (i) => stored[storeOf[rows[i] as number] as number] !== undefined,
      );
      return {
        places,
        fileOf: Uint8Array.from(places, (i) => fileAt[storeOf[rows[i] as number] as number] as number),
        rows: places.map((i) => rowIn[rows[i] as number] as number),
      };
    },
    /** Copies those that are in memory. */
    fillOthers(rows: Int32Array, into: Numbers): void {
      if (files.length === stores.length) return;
      const one = spaceFor({ dtype, size }, 1);
      rows.forEach((row, i) => {
        const store = storeOf[row] as number;
        if (stored[store] !== undefined) return;
        stores[store]?.read([rowIn[row] as number], one);
        into.set(one, i * size);
      });
    },
  };
}

/** The thread that reads. Its states are a word for each slot, and one for the thread. */
function startReader(setup: ReaderSetup) {
  const words = new Int32Array(setup.states);
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

  /** Waits while a word has this value and the thread is well. */
  async function leaves(word: number, value: number): Promise<void> {
    while (Atomics.load(words, word) === value && failure === undefined) {
      Atomics.wait(words, word, value, 10);
      await setImmediate(); // signals, and what the thread has to say
    }
  }

  return {
    request(request: ReadRequest): void {
      Atomics.store(words, request.slot, slotState.requested);
      worker.postMessage(request);
    },
    expect({ fileOf, rows }: Pick<ReadRequest, "fileOf" | "rows">): void {
      worker.postMessage({ isLater: true, fileOf, rows } satisfies LaterRows);
    },
    hasStarted: () => leaves(words.length - 1, threadState.starting),
    isThere: (slot: number) => Atomics.load(words, slot) === slotState.read,
    /** @throws the thread's error */
    async hasRead(slot: number): Promise<void> {
      await leaves(slot, slotState.requested);
      if (failure !== undefined || Atomics.load(words, slot) === slotState.failed) {
        while (failure === undefined) await setImmediate();
        throw failure;
      }
    },
    async close(): Promise<void> {
      await worker.terminate();
    },
  };
}
