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
  /** Samples that are read at once, since their neighbours are asked for soon; absent: each alone. */
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

if (parentPort) serve(parentPort, workerData as ReaderSetup);

function serve(port: MessagePort, setup: ReaderSetup): void {
  const { memory, states, size, slotRows, dtype } = setup;
  const words = new Int32Array(states);
  const all = dtype === "uint8" ? new Uint8Array(memory) : new Float32Array(memory);
  Atomics.store(words, words.length - 1, threadState.serving);
  Atomics.notify(words, words.length - 1);
  const blocks = setup.blockRows === undefined ? undefined : blockReader(setup, setup.blockRows);
  port.on("message", ({ slot, places, fileOf, rows }: ReadRequest) => {
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

/** Blocks that were read last are kept: those of a window, and of the next one. */
function blockReader({ files, dtype, size }: ReaderSetup, blockRows: number) {
  const kept = new Map<string, Numbers>();
  // A block of the order may reach into two or, where a validation split is left out of it, three of a file.
  const most = 2.5 * windowBlocks;
  return {
    read(at: number, row: number, into: Numbers): void {
      const block = Math.floor(row / blockRows);
      const key = `${at} ${block}`;
      const known = kept.get(key) ?? readBlock(files[at] as FileRows, block);
      kept.delete(key); // it comes last again
      kept.set(key, known);
      if (kept.size > most) kept.delete(kept.keys().next().value as string);
      const start = (row - block * blockRows) * size;
      into.set(known.subarray(start, start + size));
    },
  };

  function readBlock(file: FileRows, block: number): Numbers {
    const first = block * blockRows;
    const count = Math.min(blockRows, file.count - first);
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
