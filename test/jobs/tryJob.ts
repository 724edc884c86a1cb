import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../../server/runs/safetensors.ts";
import { taskOfMetrics } from "../../server/tasks/tasks.ts";
import { assertClose } from "../parity/closeness.ts";
import { distill, type Finished } from "../run/support.ts";
import { data } from "./data.ts";
import type { Job } from "./jobs.ts";
import type { Made, StepQuestion } from "./oracle.ts";
import type { Json } from "./part.ts";
import { students } from "./students.ts";
import { type TeacherPart, teachers } from "./teachers.ts";

/** What is known of a job besides its files, by Python or by fixtures that Python has made. */
export interface Known extends Made {
  /** The command line; absent: the sources. */
  readonly cli?: string;
  /** Measures what `distill teacher` has stored. */
  readonly teacherOf?: (outputs: string) => Promise<{ readonly metric: number; readonly difference: number }>;
  /** Writes step.safetensors into the job's folder: the gradients of one step, and its loss among the metadata. */
  readonly stepOf: (question: StepQuestion) => Promise<void>;
  readonly exportedOf?: (path: string) => Promise<{ readonly metric: number }>;
}

/** Of the largest gradient, or of the loss: float32 against PyTorch's float64. */
const tolerance = 1e-5;
/** Of the largest gradient: what may change at a ReLU whose input is zero but for rounding, of one sample at one place. */
const mostAtKink = 1e-3;
/**
 * Of the largest gradient: by how much PyTorch's own float32 may differ from its float64 in a file's student, where twice that is
 * allowed if it is above `tolerance`. Where a few numbers of a million are within a rounding of a kink, it is off by up to 5.4e-3, so
 * python/students.py moves norms away from kinks.
 */
const mostOwn = 5e-5;
/** Of a metric: an accuracy is the same number, others are sums of float32. */
const metricTolerance = 1e-5;
/** Of a probability or a number: the teacher in ONNX Runtime against itself in Python. */
const outputTolerance = 1e-3;

/** A loss, a layer and a student of one's own. */
const modules = ["ttm.ts", "eca.ts", "mixer.ts", "parts"];
const examples = fileURLToPath(new URL("../../examples/mnist", import.meta.url));

/**
 * Tries a job in a folder that has its files: check, run, the teacher's outputs, one step, export. Throws where something is
 * not as Python has it. @returns what was compared, in words
 */
export async function tryJob(job: Job, folder: string, { cli, ...known }: Known): Promise<readonly string[]> {
  const inFolder = { cwd: folder, ...(cli === undefined ? {} : { cli }) };
  const run = async (...words: string[]) => succeeded(words, await distill(words, inFolder));
  const teacherPart: TeacherPart = teachers[job.teacher];
  for (const module of modules) await cp(join(examples, module), join(folder, module), { recursive: true });
  const write = (name: string, experiment: Json) =>
    writeFile(join(folder, `${name}.distill.json`), JSON.stringify(experiment, null, 2));
  for (const [name, experiment] of Object.entries(teacherPart.before ?? {})) {
    await write(name, { data: data[job.data].data, ...experiment });
    if (teacherPart.exports === undefined) continue;
    await run("run", `${name}.distill.json`);
    await run("export", "latest", "--format", "tfjs", "--out", teacherPart.exports);
  }
  const experiment = experimentOf(job);
  await write("job", experiment);
  await run("check", "job.distill.json");

  const compared: string[] = [];
  const { stdout } = await run("run", "job.distill.json", "--json");
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  const { key } = taskOfMetrics(metricsOf(events, "student"));
  const measured = (subject: "student" | "teacher"): number => {
    const value = metricsOf(events, subject)[key];
    if (typeof value !== "number") throw new Error(`the run has no ${key} of the ${subject}`);
    return value;
  };
  if (known.teacher !== null) same(`the teacher's ${key}`, measured("teacher"), known.teacher);
  if (known.teacherOf !== undefined) {
    await run("teacher", "job.distill.json", "--out", "told.npz");
    const told = await known.teacherOf(join(folder, "told.npz"));
    same(`${key} of the teacher's stored outputs`, measured("teacher"), told.metric);
    if (!(told.difference <= outputTolerance))
      throw new Error(`the teacher's outputs differ from Python's by ${told.difference}`);
  }
  compared.push(`teacher's ${key} ${Number(measured("teacher").toPrecision(4))}`);

  if (known.hasTwin && known.hasArrays) {
    await write("step", stepOf(job));
    const outputs = known.teacher === null || teacherPart.rounds ? join(folder, "step.npz") : null;
    const said = await run("run", "step.distill.json", "--json");
    if (outputs !== null) await run("teacher", "step.distill.json", "--out", outputs);
    compared.push(await compareStep(said, { job, folder, outputs, stepOf: known.stepOf }));
  }
  if (known.exportedOf !== undefined && known.hasArrays) {
    await run("export", runIdOf(events), "--format", "onnx", "--out", "exported.onnx");
    const { metric } = await known.exportedOf(join(folder, "exported.onnx"));
    same(`the exported student's ${key}`, measured("student"), metric);
    compared.push(`exported student's ${key} ${Number(metric.toPrecision(4))}`);
  }
  return compared;
}

function experimentOf({ data: dataPart, teacher, student, with: merged = {} }: Job): Json {
  const { data: dataMerged = {}, student: studentMerged = {}, ...others } = merged as Record<string, Json>;
  return {
    data: { ...data[dataPart].data, batchSize: 32, ...dataMerged },
    teacher: teachers[teacher].teacher,
    student: { ...students[student].student, ...studentMerged },
    training: { epochs: 3 },
    seed: 1,
    threads: 1,
    ...others,
  };
}

/** First training samples that a step is compared on. */
export const rowsOf = (job: Job): number => {
  const part = data[job.data];
  return "rows" in part ? part.rows : 32;
};

/**
 * The job for one step on its first samples, in their order, with `kd` and the loss of labels. A learning rate that is 0 in
 * float32 leaves the weights at their first values; the momentum after the first step is the gradient.
 */
function stepOf(job: Job): Json {
  const { data: all, teacher, student, seed, threads, training } = experimentOf(job);
  const { train, normalize, classes } = all as Json;
  const { accumulate = 1 } = training as { readonly accumulate?: number };
  const rows = rowsOf(job);
  return {
    data: {
      train: { ...(train as Json), take: rows },
      ...(normalize === undefined ? {} : { normalize }),
      ...(classes === undefined ? {} : { classes }),
      batchSize: rows / accumulate,
      shuffle: false,
    },
    teacher,
    student,
    seed,
    threads,
    optimizer: { type: "sgd", learningRate: 1e-60, momentum: 0.9 },
    training: { steps: 1, checkpointEvery: 1, accumulate },
  };
}

interface StepRun extends Pick<Known, "stepOf"> {
  readonly job: Job;
  readonly folder: string;
  readonly outputs: string | null;
}

async function compareStep({ stdout }: Finished, { job, folder, outputs, stepOf }: StepRun): Promise<string> {
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  const run = join(folder, ".distill", "runs", runIdOf(events));
  const path = join(run, "checkpoints", "1", "state.safetensors");
  const { tensors: state } = decodeSafetensors(await readFile(path), path);
  const inGroup = (group: string) =>
    Object.fromEntries(
      Object.entries(state).flatMap(([name, tensor]) =>
        name.startsWith(group) ? [[name.slice(group.length), tensor] as const] : [],
      ),
    );
  const gradients = inGroup("optimizer/momentum/");
  const weights = Object.fromEntries(
    Object.entries(inGroup("weights/")).filter(([name]) => name in gradients),
  );
  const start = join(folder, "start.safetensors");
  await writeFile(start, encodeSafetensors(weights));
  const manifest = JSON.parse(await readFile(join(run, "manifest.json"), "utf8")) as Json;
  await stepOf({
    weights: start,
    outputs,
    normalize: manifest["normalize"],
    whole: !("trainable" in (experimentOf(job)["student"] as Json)),
  });
  const ofPython = join(folder, "step.safetensors");
  const { tensors: expected, metadata } = decodeSafetensors(await readFile(ofPython), ofPython);
  // A teacher of layers has steps of its own before.
  const step = events.find((event) => event.type === "step" && event.subject === undefined);
  if (step?.type !== "step" || step.loss === null) throw new Error("the step's run has no step");
  const loss = Number(metadata["loss"]);
  assertClose([step.loss], [loss], tolerance * Math.abs(loss), "loss");
  const own = Number(metadata["float32"] ?? 0);
  if (!(own <= mostOwn)) throw new Error(`PyTorch's own float32 is off by ${own}: choose other samples`);
  const allowed = Math.max(tolerance, 2 * own);
  const named = Object.entries(expected).filter(([name]) => !/^(least|most)\//.test(name));
  const largest = largestOf(named.map(([, { data }]) => data));
  let [worst, widest] = [0, 0];
  for (const [name, { data }] of named) {
    const found = gradients[name]?.data;
    const [least, most] = ["least", "most"].map((end) => expected[`${end}/${name}`]?.data ?? data);
    // Beside a kink, any gradient between its sides is one.
    const nearest = Float32Array.from(data, (value, i) =>
      Math.min(Math.max(found?.[i] ?? value, least?.[i] as number), most?.[i] as number),
    );
    assertClose(found, nearest, allowed * largest, `gradient of ${name}`);
    const off = nearest.map((value, i) => (found?.[i] as number) - value);
    worst = Math.max(worst, largestOf([off]) / largest);
    widest = Math.max(
      widest,
      largestOf([nearest.map((_, i) => (most?.[i] as number) - (least?.[i] as number))]) / largest,
    );
  }
  if (!(widest <= mostAtKink))
    throw new Error(`the step's gradients change by ${widest} at a kink: choose other samples`);
  const beside = widest > 0 ? ` beside a kink of ${widest.toExponential(1)}` : "";
  const deep = allowed > tolerance ? ` where PyTorch's own float32 is within ${own.toExponential(1)}` : "";
  return `step within ${worst.toExponential(1)}${deep}${beside}`;
}

const largestOf = (tensors: readonly StoredTensor["data"][]): number =>
  tensors.reduce((most, data) => {
    for (const value of data) most = Math.max(most, Math.abs(value));
    return most;
  }, 0);

function metricsOf(events: readonly RunEvent[], subject: "student" | "teacher"): Json {
  const found = events.find(
    (event) =>
      event.type === "evaluation" && event.split === "test" && (event.subject ?? "student") === subject,
  );
  if (found?.type !== "evaluation")
    throw new Error(`the run did not evaluate the ${subject} on the test samples`);
  return found.metrics;
}

function started(events: readonly RunEvent[]): Extract<RunEvent, { type: "started" }> {
  const found = events.find(({ type }) => type === "started");
  if (found?.type !== "started") throw new Error("the run did not start");
  return found;
}

const runIdOf = (events: readonly RunEvent[]): string => started(events).runId;

function succeeded(words: readonly string[], finished: Finished): Finished {
  if (finished.code !== 0)
    throw new Error(
      `distill ${words.join(" ")} ended with ${finished.code}:\n${finished.stderr.trim().slice(-1500)}`,
    );
  return finished;
}

function same(what: string, found: number, expected: number): void {
  if (!(Math.abs(found - expected) <= metricTolerance * Math.max(1, Math.abs(expected))))
    throw new Error(`${what} is ${found}; Python has ${expected}`);
}
