import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ownTokenizer } from "../../packageRoot.ts";
import { readWhole, withFile } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import type { EncodedTexts, EncodingRequest, OpenedTokenizer, Refused, TextOrPair } from "./textEncoder.ts";
import { tookTooLong, within } from "./timeLimit.ts";
import type { ThreadSetup, TokenizerRequest } from "./tokenizerThread.ts";

/** A tokenizer in a thread of its own, which is to be closed. */
export interface TextEncoder extends OpenedTokenizer {
  /**
   * The numbers of texts, or of pairs of them, cut and padded to `length`. After a text that cannot be encoded it cannot be used
   * again.
   */
  encode(texts: readonly TextOrPair[], length: number): Promise<EncodedTexts | Unencodable>;
  close(): Promise<unknown>;
}

interface Unencodable extends Refused {
  /** Which text it is. */
  readonly at: number;
  /** The time for all texts is over. */
  readonly isLate?: boolean;
}

/** Time that everything together may take, which is used up. */
export interface TextTime {
  left: number; // ms
}

/** Limits of a tokenizer, whose patterns may be made to take endless time. */
export interface TokenizerLimits {
  /** To be read, and for a few words. */
  readonly opening: number; // ms
  readonly texts: number; // ms
  readonly character: number; // ms, on top
  readonly memory: number; // MB
  /** For all texts, with this tokenizer and others; absent: each call of `encode` has its own time alone. */
  readonly all?: TextTime | undefined;
}

/** A known tokenizer takes about 0.001 ms a character; a busy machine, a multiple of that. */
export const usualLimits: TokenizerLimits = { opening: 5000, texts: 3000, character: 0.1, memory: 2048 };

/** A vocabulary of 250,000 words takes about 20 MB. */
const mostBytes = 100_000_000;

/**
 * Opens a tokenizer.json, as Hugging Face's tokenizers writes it. The file is not trusted: it is used only in a thread that is
 * ended where it takes too long or too much memory, and that blocks no other.
 */
export async function openTokenizer(
  file: string,
  limits: TokenizerLimits = usualLimits,
): Promise<TextEncoder | DataProblem> {
  const bytes = await bytesOf(file);
  if ("code" in bytes) return bytes;
  const bad = (why: string): DataProblem => ({
    code: "bad-tokenizer",
    message: `This is no tokenizer.json: ${why}. In Python, tokenizer.save_pretrained(".") of transformers writes one, or tokenizer.save("tokenizer.json") of tokenizers.`,
    file,
  });
  const thread = idleThread(limits.memory) ?? newThread(limits.memory);
  const opened = await thread.ask<OpenedTokenizer>({ bytes }, limits.opening, limits.all);
  if (opened !== tookTooLong && !("why" in opened))
    return {
      ...opened,
      encode: (texts, length) => encode(thread, { texts, length }, limits),
      close: () => leave(thread),
    };
  await leave(thread);
  if (opened !== tookTooLong) return bad(opened.why);
  return isOver(limits)
    ? { code: "too-slow", message: "The tokenizer takes longer than there is time.", file }
    : bad(`its patterns take more than ${limits.opening / 1000} s for a word`);
}

async function encode(
  thread: Thread,
  request: EncodingRequest,
  limits: TokenizerLimits,
): Promise<EncodedTexts | Unencodable> {
  const characters = request.texts.reduce((sum, [text, pair = ""]) => sum + text.length + pair.length, 0);
  const limit = Math.ceil(limits.texts + limits.character * characters);
  const encoded = await thread.ask<EncodedTexts>(request, limit, limits.all);
  if (encoded !== tookTooLong && !("why" in encoded)) return encoded;
  const at = Atomics.load(thread.progress, 0);
  if (encoded !== tookTooLong) return { ...encoded, at };
  const slow = `the tokenizer's patterns take more than ${Number((limit / 1000).toFixed(1))} s for it`;
  return { why: slow, at, ...(isOver(limits) && { isLate: true }) };
}

const isOver = ({ all }: TokenizerLimits): boolean => all !== undefined && all.left <= 0;

interface Thread extends ThreadSetup {
  readonly memory: number; // MB
  /** It has answered every request, so that another tokenizer may have it. */
  isFree(): boolean;
  ask<T>(
    request: TokenizerRequest,
    limit: number,
    all: TextTime | undefined,
  ): Promise<T | Refused | typeof tookTooLong>;
  end(): Promise<unknown>;
}

/** A thread waits so long for another tokenizer, because it takes a tenth of a second to start. */
const idleMs = 10_000;

let idle: { readonly thread: Thread; readonly timer: NodeJS.Timeout } | undefined;

function idleThread(memory: number): Thread | undefined {
  if (idle?.thread.memory !== memory || !idle.thread.isFree()) return undefined;
  const { thread, timer } = idle;
  clearTimeout(timer);
  idle = undefined;
  return thread;
}

async function leave(thread: Thread): Promise<void> {
  if (idle !== undefined || !thread.isFree()) {
    await thread.end();
    return;
  }
  const timer = setTimeout(() => {
    idle = undefined;
    void thread.end();
  }, idleMs).unref();
  idle = { thread, timer };
}

function newThread(memory: number): Thread {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(ownTokenizer(), {
    workerData: { progress } satisfies ThreadSetup,
    resourceLimits: { maxOldGenerationSizeMb: memory },
  });
  const started = once(worker, "message");
  started.catch(() => {}); // reported to the caller of `ask`
  let isFree = false;
  for (const end of ["error", "exit"])
    worker.on(end, () => {
      isFree = false;
    });
  return {
    progress,
    memory,
    isFree: () => isFree,
    end: () => worker.terminate(),
    async ask<T>(request: TokenizerRequest, limit: number, all: TextTime | undefined) {
      let begun: number | undefined;
      isFree = false;
      worker.ref();
      try {
        await started; // takes seconds on a loaded machine, and nothing of the file's
        begun = performance.now();
        const answer = once(worker, "message").then(([found]): T | Refused => found);
        worker.postMessage(request);
        const found = await within(Math.max(1, Math.ceil(Math.min(limit, all?.left ?? limit))), answer);
        isFree = found !== tookTooLong;
        return found;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return {
          why: code === "ERR_WORKER_OUT_OF_MEMORY" ? `it takes more than ${memory} MB of memory` : message,
        };
      } finally {
        worker.unref();
        if (all !== undefined && begun !== undefined) all.left -= performance.now() - begun;
      }
    },
  };
}

const bytesOf = (file: string): Promise<Uint8Array | DataProblem> =>
  withFile(file, {}, (opened) => readWhole(opened, { most: mostBytes, what: "a tokenizer" }));
