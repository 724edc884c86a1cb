import { Worker } from "node:worker_threads";

/** Words of the memory's beginning, by which threads share out tasks. */
const word = { job: 0, ticket: 1, first: 2, tasks: 3, rows: 4, bytesPerRow: 5, update: 6, done: 7 } as const;
type ControlWords = typeof word;
/** Bytes of these. */
export const controlBytes = 64;

/** Element functions of every update, by their numbers; each takes the address of a row. */
export type Kernels = readonly (readonly ((row: number) => void)[])[];

export interface Job {
  readonly update: number;
  /** Where the row of the first task is. */
  readonly rows: number;
  readonly bytesPerRow: number;
  readonly tasks: number;
  /** Of all tasks. */
  readonly elements: number;
}

/** Fewer elements take less time than another thread needs to wake up. */
const sharedFrom = 250_000;

export const isShared = (elements: number): boolean => elements >= sharedFrom;

/**
 * Threads that help with tasks on shared memory. A free thread takes the next one, so a thread that the machine keeps waiting, or
 * that has not begun yet, delays nothing but the task that it is at. Between jobs they sleep.
 */
export class UpdateThreads {
  readonly #control: Int32Array;
  readonly #kernels: Kernels;
  readonly #start: () => readonly Worker[];
  #workers: readonly Worker[] | undefined;
  #first = 0;

  /** @param threads with this one */
  constructor(
    {
      memory,
      modules,
      kernels,
    }: {
      memory: WebAssembly.Memory;
      modules: readonly WebAssembly.Module[];
      kernels: readonly (readonly string[])[];
    },
    threads: number,
  ) {
    this.#control = new Int32Array(memory.buffer, 0, controlBytes / 4);
    this.#kernels = instantiated(modules, memory, kernels);
    this.#start = () =>
      Array.from({ length: threads - 1 }, () => {
        const worker = new Worker(script, {
          eval: true,
          execArgv: [], // of the process: `--input-type=module` would make it a module
          workerData: { memory, modules, kernels, word },
          resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
        });
        worker.unref();
        // Without it the others do its share.
        worker.on("error", (error) => console.error("A thread that helps with updates has ended:", error));
        return worker;
      });
  }

  /** Runs all tasks of a job, and returns when they are done. */
  run({ update, rows, bytesPerRow, tasks, elements }: Job): void {
    if (isShared(elements)) this.#workers ??= this.#start();
    const control = this.#control;
    // Tickets of this job begin far behind those of the last one. While its words change, no ticket fits them.
    const first = (this.#first + 2 ** 20) | 0;
    Atomics.store(control, word.first, (first + 2 ** 30) | 0);
    Atomics.store(control, word.update, update);
    Atomics.store(control, word.rows, rows);
    Atomics.store(control, word.bytesPerRow, bytesPerRow);
    Atomics.store(control, word.tasks, tasks);
    Atomics.store(control, word.done, 0);
    Atomics.store(control, word.first, first);
    Atomics.store(control, word.ticket, first);
    this.#first = (first + tasks) | 0;
    if (isShared(elements)) {
      Atomics.add(control, word.job, 1);
      Atomics.notify(control, word.job);
    }
    takeTasks(control, word, this.#kernels);
    for (let done = 0; done < tasks; done = Atomics.load(control, word.done))
      Atomics.wait(control, word.done, done, 1);
  }

  async dispose(): Promise<void> {
    await Promise.all((this.#workers ?? []).map((worker) => worker.terminate()));
  }
}

/** Whatever it takes is given, since its text is also what the other threads run. */
function takeTasks(control: Int32Array, word: ControlWords, kernels: Kernels): void {
  while (true) {
    const ticket = Atomics.add(control, word.ticket, 1);
    const first = Atomics.load(control, word.first);
    const rows = Atomics.load(control, word.rows);
    const bytesPerRow = Atomics.load(control, word.bytesPerRow);
    const update = Atomics.load(control, word.update);
    const tasks = Atomics.load(control, word.tasks);
    // A thread that woke up late may have read words of two jobs.
    if (Atomics.load(control, word.first) !== first) return;
    const task = (ticket - first) | 0;
    if (task < 0 || task >= tasks) return;
    const row = (rows >>> 0) + task * bytesPerRow;
    const kernel = Atomics.load(new Int32Array(control.buffer, row, 1), 0);
    const run = kernels[update]?.[kernel] as (row: number) => void;
    run(row);
    if (Atomics.add(control, word.done, 1) === tasks - 1) Atomics.notify(control, word.done);
  }
}

function instantiated(
  modules: readonly WebAssembly.Module[],
  memory: WebAssembly.Memory,
  kernels: readonly (readonly string[])[],
): Kernels {
  return modules.map((module, i) => {
    const { exports } = new WebAssembly.Instance(module, { memory: { shared: memory } });
    return (kernels[i] ?? []).map((name) => exports[name] as (row: number) => void);
  });
}

/** A thread of this process: it sleeps until there is a job. */
const script = `
  const { workerData: { memory, modules, kernels, word } } = require("node:worker_threads");
  const ours = (${instantiated})(modules, memory, kernels);
  const control = new Int32Array(memory.buffer, 0, ${controlBytes / 4});
  for (let lastJob = 0; ; ) {
    Atomics.wait(control, word.job, lastJob);
    lastJob = Atomics.load(control, word.job);
    (${takeTasks})(control, word, ours);
  }`;
