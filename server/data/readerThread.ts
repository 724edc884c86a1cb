import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { windowBlocks } from "./blockOrder.ts";
import { FileChanged, type FileRows, readFileRows } from "./fileRows.ts";
import { bytesOf, type Numbers, spaceFor } from "./sampleValues.ts";

/** What the thread shares with its caller. */
export interface ReaderSetup {
  readonly files: readonly FileRows[];
  readonly dtype: "uint8" | "float32";
  readonly size: number;
  /** Rows of a slot. */
  readonly slotRows: number;
  /** [slots, slotRows, size] of `dtype`. */
  readonly memory: SharedArrayBuffer;
  /** Of each slot one of {@link slotState}; behind them one of {@link threadState}. */
  readonly states: SharedArrayBuffer;
  /** Samples of a block, whose neighbours are asked for soon; absent: each is read alone. */
  readonly blockRows?: number | undefined;
}

export const slotState = { requested: 0, read: 1, failed: 2 } as const;
export const threadState = { starting: 0, serving: 1 } as const;

/** Rows of files to be read into a slot. */
export interface ReadRequest {
  readonly slot: number;
  /** Of each sample, by its place in the slot. */
  readonly places: Int32Array;
  readonly fileOf: Uint8Array;
  readonly rows: Int32Array;
}

/** Rows that a later step will need, to be read while nothing is asked for. */
export interface LaterRows extends Pick<ReadRequest, "fileOf" | "rows"> {
  readonly isLater: true;
}

/**
 * Parts in which a block is read. One of the order begins anywhere in a file where a validation split is left out of it: of whole
 * blocks two would be read for each.
 */
const partsOfBlock = 8;

if (parentPort) serve(parentPort, workerData as ReaderSetup);

function serve(port: MessagePort, setup: ReaderSetup): void {
  const { memory, states, size, slotRows, dtype } = setup;
  const words = new Int32Array(states);
  const all = dtype === "uint8" ? new Uint8Array(memory) : new Float32Array(memory);
  Atomics.store(words, words.length - 1, threadState.serving);
  Atomics.notify(words, words.length - 1);
  const blocks = setup.blockRows === undefined ? undefined : blockReader(setup, setup.blockRows);
  let isReadingLater = false;
  const readLater = () => {
    isReadingLater = blocks?.readLater() ?? false;
    if (isReadingLater) setImmediate(readLater);
  };
  port.on("message", (request: ReadRequest | LaterRows) => {
    const { fileOf, rows } = request;
    if ("isLater" in request) {
      for (let i = 0; i < rows.length; i++) blocks?.expect(fileOf[i] as number, rows[i] as number);
      if (!isReadingLater) setImmediate(readLater);
      isReadingLater = true;
      return;
    }
    const { slot, places } = request;
    const into = all.subarray(slot * slotRows * size, (slot + 1) * slotRows * size);
    let state: number = slotState.read;
    try {
      for (let i = 0; i < rows.length; i++) {
        const [file, row, place] = [fileOf[i] as number, rows[i] as number, places[i] as number];
        const sample = into.subarray(place * size, (place + 1) * size);
        if (blocks) blocks.read(file, row, sample);
        else readFileRows(setup.files[file] as FileRows, [row], sample);
      }
    } catch (error) {
      state = slotState.failed;
      port.postMessage(error instanceof FileChanged ? error.file : error);
    }
    Atomics.store(words, slot, state);
    Atomics.notify(words, slot);
  });
}

/** Parts of blocks that were read last are kept: those of a window, and of the next one. */
function blockReader({ files, dtype, size }: ReaderSetup, blockRows: number) {
  const partRows = Math.max(1, Math.ceil(blockRows / partsOfBlock));
  const kept = new Map<string, Numbers>();
  const most = 2.5 * windowBlocks * partsOfBlock;
  const expected = new Map<string, readonly [at: number, part: number]>();
  const keyOf = (at: number, part: number) => `${at} ${part}`;

  function keep(key: string, values: Numbers): void {
    kept.delete(key); // it comes last again
    kept.set(key, values);
    if (kept.size > most) kept.delete(kept.keys().next().value as string);
  }

  return {
    read(at: number, row: number, into: Numbers): void {
      const part = Math.floor(row / partRows);
      const key = keyOf(at, part);
      const known = kept.get(key) ?? readPart(files[at] as FileRows, part);
      keep(key, known);
      expected.delete(key);
      const start = (row - part * partRows) * size;
      into.set(known.subarray(start, start + size));
    },
    expect(at: number, row: number): void {
      const part = Math.floor(row / partRows);
      const key = keyOf(at, part);
      if (!kept.has(key)) expected.set(key, [at, part]);
    },
    /** Reads one part that is expected. @returns whether there may be more */
    readLater(): boolean {
      const [first] = expected;
      if (first === undefined) return false;
      const [key, [at, part]] = first;
      expected.delete(key);
      try {
        keep(key, readPart(files[at] as FileRows, part));
      } catch {
        // Told of where the step needs it.
        expected.clear();
      }
      return expected.size > 0;
    },
  };

  function readPart(file: FileRows, part: number): Numbers {
    const first = part * partRows;
    const count = Math.min(partRows, file.count - first);
    const values = spaceFor({ dtype, size }, count);
    readFileRows(
      file,
      Int32Array.from({ length: count }, (_, i) => first + i),
      values,
    );
    return values;
  }
}

export const slotBytes = ({
  dtype,
  size,
  slotRows,
}: Pick<ReaderSetup, "dtype" | "size" | "slotRows">): number => bytesOf({ dtype, size }) * slotRows;
