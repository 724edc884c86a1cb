import { dirname, resolve } from "node:path";
import type { ResolvedExperiment, ResolvedStudent } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import { openModules } from "../../modules/openModules.ts";
import { layersWithNewHead } from "../../nets/head.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import type { TimedStudent, TimingAnswer, TimingRequest } from "../../netTiming.ts";
import type { Problem } from "../../problem.ts";
import { openEngine } from "../native/openEngine.ts";
import { buildNet } from "../nets/net.ts";
import type { TrainContext } from "./context.ts";
import { netProblem, type OpenedNet, openStudent } from "./nets.ts";
import { costOfNet } from "./predictionCost.ts";
import { type PreparedData, prepareData } from "./prepare.ts";

/** How other experiments' students are found. */
interface Others extends Pick<TrainContext, "studentOf"> {
  /** The experiment in a file, with its defaults. */
  readonly experimentAt: (
    file: string,
  ) => Promise<Pick<ResolvedExperiment, "student"> | { readonly problem: Problem }>;
}

/** Times students by the measure of a run's summary. None is trained for it: the time of a prediction does not depend on its weights. */
export async function timeNets(
  { engine, threads, students, baseDirectory }: TimingRequest,
  others: Others,
): Promise<TimingAnswer> {
  const opened = await openEngine(engine);
  if ("problem" in opened) return opened;
  const ms: (number | Problem)[] = [];
  const place = { ...others, baseDirectory, samplesOf: oneAtATime(baseDirectory) };
  for (const student of students) {
    const found = await openedOf(student, place);
    if ("problem" in found) ms.push(found.problem);
    else {
      const { net, weights } = found;
      const cost = await costOfNet(net, { ...net.initial(0), ...weights }, { ...opened, threads });
      ms.push(cost.p50Ms ?? 0);
    }
  }
  return { ms };
}

type Found<T> = T | { readonly problem: Problem };

interface Place extends Others {
  readonly baseDirectory: string;
  readonly samplesOf: (of: Sampled) => Promise<Found<Pick<PreparedData, "train">>>;
}

type Sampled = Pick<ResolvedExperiment, "data" | "seed" | "task">;

/** Keeps what was prepared last: students in a row mostly learn from the same. */
function oneAtATime(baseDirectory: string): Place["samplesOf"] {
  let last: { readonly key: string; readonly prepared: ReturnType<typeof prepareData> } | undefined;
  return ({ data, seed, task }) => {
    const key = JSON.stringify([data, seed, task]);
    if (last?.key !== key) last = { key, prepared: prepareData(data, { baseDirectory, seed, task }) };
    return last.prepared;
  };
}

async function openedOf(timed: TimedStudent, place: Place): Promise<Found<OpenedNet>> {
  if ("layers" in timed) {
    const net = buildNet(timed.layers, timed.shape);
    return "problems" in net ? netProblem("student", net.problems) : { net };
  }
  const prepared = await place.samplesOf(timed);
  return "problem" in prepared ? prepared : opened(timed.student, prepared.train, place);
}

async function opened(student: ResolvedStudent, samples: Samples, place: Place): Promise<Found<OpenedNet>> {
  if ("experiment" in student) {
    const file = resolve(place.baseDirectory, student.experiment);
    const other = await place.experimentAt(file);
    if ("problem" in other) return other;
    const its = student.head === "replace" ? withNewHead(other.student, samples) : other.student;
    return opened(its, samples, { ...place, baseDirectory: dirname(file) });
  }
  const modules = await openModules({ student }, place.baseDirectory);
  if ("problem" in modules) return modules;
  const found = await openStudent(student, samples, place);
  return "ending" in found ? { problem: { code: "stopped", message: "It was stopped." } } : found;
}

/** With as many outputs as the samples have classes; presets and modules have as many without. */
function withNewHead(student: ResolvedStudent, { classes }: Samples): ResolvedStudent {
  if ("head" in student) return { ...student, head: "replace" };
  if (!("layers" in student)) return student;
  const layers = student.layers as readonly unknown[] as readonly LayerSpec[];
  return { ...student, layers: layersWithNewHead(layers, classes) } as ResolvedStudent;
}
