import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import type { Data, TensorSpec } from "../program.ts";
import { runtimeModule } from "./ort.ts";
import { detachWrappers } from "./resultWrappers.ts";

/** Words of the memory by which threads are called and answer. */
const word = { job: 0, ticket: 1, parts: 2, model: 3, done: 4, failed: 5 } as const;
type ControlWords = typeof word;

/** A tensor in memory that threads share. */
export interface SharedTensor extends TensorSpec {
  readonly data: Data;
}

/** What the run of a part reads and writes, by the session's names. */
export interface PartRun {
  readonly inputs: Readonly<Record<string, SharedTensor>>;
  readonly outputs: Readonly<Record<string, SharedTensor>>;
}

/** A model that every thread has a session of. */
export interface ThreadModel {
  readonly encoded: Uint8Array;
  readonly options: InferenceSession.SessionOptions;
  /** Of each part. */
  readonly runs: readonly PartRun[];
}

/** Of a ticket: more parts than there are. */
const noPart = 255;
/** How often a thread looks for the next job before it sleeps: some 20 µs, and waking up takes longer. */
const looks = 4_000;
/** Milliseconds of waiting for which nothing else of this thread runs. */
const blocked = 100;

/**
 * Threads of this process that run models of the runtime, each run on a part of a batch, beside the caller's own thread. A free
 * thread takes the next part, so one that the machine keeps waiting delays no other part than the one that it is at.
 *
 * The runtime's own threads share out every operator: they wait for one another behind each, and read what another processor wrote.
 */
export class PartThreads {
  readonly #words = new Int32Array(new SharedArrayBuffer(64));
  readonly #threads: readonly { readonly worker: Worker; readonly port: MessagePort }[];
  #models = 0;
  #ended: Error | undefined;

  /** @param count beside the caller's */
  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(script, {
        eval: true,
        execArgv: [], // of the process: `--input-type=module` would make it a module
        workerData: { words: this.#words, port: port2, runtime: runtimeModule(), word, looks },
        transferList: [port2],
        resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
      });
      worker.unref();
      worker.on("error", (error) => {
        this.#ended = error;
      });
      return { worker, port: port1 };
    });
  }

  /** @returns the number to run it by @throws where the runtime does not take the model */
  async load(model: ThreadModel): Promise<number> {
    await this.#tell({ load: model });
    return this.#models++;
  }

  /**
   * Runs all parts of a model.
   * @param own runs a part in the caller's thread
   * @throws what a run threw, once no other runs any more
   */
  async run(model: number, parts: number, own: (part: number) => Promise<void>): Promise<void> {
    const words = this.#words;
    this.#offer(parts, model);
    this.#wake();
    const failures: unknown[] = [];
    for (let part = takePart(words, word); part !== -1; part = takePart(words, word)) {
      await own(part).catch((error: unknown) => failures.push(error));
      Atomics.add(words, word.done, 1);
    }
    await this.#done(parts);
    if (failures.length > 0) throw failures[0];
  }

  /** Behind the last run. */
  async dispose(): Promise<void> {
    if (this.#ended === undefined) await this.#tell({ end: true });
    await Promise.all(
      this.#threads.map(({ worker, port }) => {
        port.close();
        return worker.terminate();
      }),
    );
  }

  /** A message for every thread. One that still reads the last message may take this one before it is woken. */
  async #tell(message: object): Promise<void> {
    this.#offer(0);
    for (const { port } of this.#threads) port.postMessage(message);
    this.#wake();
    await this.#done(this.#threads.length);
  }

  #offer(parts: number, model = 0): void {
    const words = this.#words;
    const job = Atomics.load(words, word.job) + 1;
    // While the words change, no ticket is of a part.
    Atomics.store(words, word.ticket, (job << 8) | noPart);
    Atomics.store(words, word.model, model);
    Atomics.store(words, word.failed, 0);
    Atomics.store(words, word.done, 0);
    Atomics.store(words, word.parts, parts);
    Atomics.store(words, word.ticket, job << 8);
  }

  #wake(): void {
    Atomics.add(this.#words, word.job, 1);
    Atomics.notify(this.#words, word.job);
  }

  async #done(count: number): Promise<void> {
    const words = this.#words;
    const until = performance.now() + blocked;
    for (let done = 0; done < count; done = Atomics.load(words, word.done)) {
      Atomics.wait(words, word.done, done, 10);
      if (performance.now() < until) continue;
      await new Promise((resolve) => setImmediate(resolve)); // the end of a thread is an event
      if (this.#ended !== undefined) throw this.#ended;
    }
    if (Atomics.load(words, word.failed) === 0) return;
    const messages = this.#threads.flatMap(({ port }) => received(port));
    throw new Error(messages[0]);
  }
}

function received(port: MessagePort): string[] {
  const messages: string[] = [];
  for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
    messages.push(got.message);
  return messages;
}

/**
 * The next part of the job, or -1. Tickets are numbered by jobs, so a thread that wakes up late takes none of another job. Whatever
 * it takes is given, since its text is also what the other threads run.
 */
function takePart(words: Int32Array, word: ControlWords): number {
  while (true) {
    const ticket = Atomics.load(words, word.ticket);
    const part = ticket & 255;
    if (part >= Atomics.load(words, word.parts)) return -1;
    if (Atomics.compareExchange(words, word.ticket, ticket, ticket + 1) === ticket) return part;
  }
}

/** It has its sessions and sleeps until it is called. */
const script = `
  const { receiveMessageOnPort, workerData } = require("node:worker_threads");
  const { words, port, runtime, word, looks } = workerData;
  const ort = require(runtime);
  const takePart = ${takePart};
  const detachWrappers = ${detachWrappers};
  const models = [];
  let isOver = false;
  const tensors = (specs) =>
    Object.fromEntries(Object.entries(specs).map(([name, { dtype, shape, data }]) => [name, new ort.Tensor(dtype, data, shape)]));
  async function read({ load, end }) {
    if (load !== undefined) {
      const session = await ort.InferenceSession.create(load.encoded, load.options);
      models.push({ session, runs: load.runs.map(({ inputs, outputs }) => [tensors(inputs), tensors(outputs)]) });
    }
    if (end !== true) return;
    isOver = true;
    for (const { session } of models) await session.release();
  }
  async function answer(work) {
    await work().catch((error) => {
      port.postMessage(error.message);
      Atomics.store(words, word.failed, 1);
    });
    Atomics.add(words, word.done, 1);
    Atomics.notify(words, word.done);
  }
  (async () => {
    for (let last = 0; !isOver; ) {
      for (let i = 0; i < looks && Atomics.load(words, word.job) === last; i++);
      Atomics.wait(words, word.job, last);
      last = Atomics.load(words, word.job);
      for (let told = receiveMessageOnPort(port); told !== undefined; told = receiveMessageOnPort(port))
        await answer(() => read(told.message));
      for (let part = takePart(words, word); part !== -1; part = takePart(words, word))
        await answer(async () => {
          const { session, runs } = models[Atomics.load(words, word.model)];
          const [inputs, outputs] = runs[part];
          detachWrappers(await session.run(inputs, outputs), outputs);
        });
    }
    port.close();
  })();`;
