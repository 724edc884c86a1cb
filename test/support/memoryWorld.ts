import type { NewEvent } from "../../schemas/newEvent.ts";
import type { Subject } from "../../schemas/run-event.gen.ts";
import type { LoadProgram } from "../../server/engine/program.ts";
import type {
  Progress,
  StoredTensors,
  SubjectStore,
  TrainContext,
} from "../../server/engine/train/context.ts";
import { failed } from "../../server/engine/train/context.ts";
import type { SplitAnswers } from "../../server/statistics/splitAnswers.ts";

/** A world for tests: a run's results are kept in memory, so that nothing has to be read back from files. */
export interface MemoryWorld {
  readonly context: TrainContext;
  readonly events: NewEvent[];
  readonly store: (subject: Subject) => SubjectStore;
  /** Those that were saved, in order. */
  readonly answers: SplitAnswers[];
}

export interface MemoryWorldOptions {
  readonly load: LoadProgram;
  /** Folder of the experiment's files; its caches are below it. */
  readonly folder?: string;
  /** Shared by worlds with the same cache. */
  readonly teachers?: Map<string, StoredTensors>;
}

export function memoryWorld({ load, folder = "", teachers = new Map() }: MemoryWorldOptions): MemoryWorld {
  const events: NewEvent[] = [];
  const answers: SplitAnswers[] = [];
  const stores = new Map<Subject, SubjectStore>();
  const store = (subject: Subject) => {
    const known = stores.get(subject) ?? memoryStore();
    stores.set(subject, known);
    return known;
  };
  const context: TrainContext = {
    runId: "memory",
    baseDirectory: folder,
    cacheDirectory: `${folder}/cache`,
    trainedTeachers: {
      read: async (key) => teachers.get(key),
      write: async (key, weights) => void teachers.set(key, structuredClone(weights)),
    },
    load,
    engine: "memory",
    device: "cpu",
    threads: 1,
    resumed: false,
    report: (event) => void events.push(event),
    record: async () => {},
    learnsFrom: async () => undefined,
    store,
    studentOf: async () => failed("teacher-untrained", "There is no other experiment here."),
    keepAnswers: async (kept) => void answers.push(kept),
    stopRequested: () => false,
    exclusively: (_key, _what, work) => work(),
  };
  return { context, events, store, answers };
}

function memoryStore(): SubjectStore {
  const checkpoints: { tensors: StoredTensors; progress: Progress }[] = [];
  const weights = new Map<string, StoredTensors>();
  return {
    latestCheckpoint: async () => checkpoints.at(-1),
    async writeCheckpoint({ tensors, progress }) {
      checkpoints.push(structuredClone({ tensors, progress }));
      return `checkpoints/${progress.step}`;
    },
    readWeights: async (kind) => weights.get(kind),
    writeWeights: async (kind, tensors) => void weights.set(kind, structuredClone(tensors)),
  };
}
