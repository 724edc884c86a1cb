import { createHash } from "node:crypto";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { damagedFile } from "../../../data/checksums.ts";
import { describeFile } from "../../../data/describe.ts";
import type { ModelDescription } from "../../../data/descriptions/description.ts";
import { weightsProblem } from "../../../data/descriptions/missing.ts";
import { hashFiles } from "../../../data/fileHash.ts";
import { identityNormalize, isIdentity, type ResolvedNormalize } from "../../../data/normalize.ts";
import { fillBatch, type Samples, sizeOf } from "../../../data/samples.ts";
import { columnOrder } from "../../../nets/columnOrder.ts";
import { type ReadCard, readCard } from "../../../nets/modelCard.ts";
import { feedingsOf, isOneNumber } from "../../../nets/onnxInput.ts";
import { feedableTypes, isFeedable, isFloat, isInteger } from "../../../nets/onnxTypes.ts";
import { type Problem, problem } from "../../../problem.ts";
import { type TaskName, taskOf } from "../../../tasks/tasks.ts";
import { modelTrial } from "../../native/modelTrial.ts";
import { type OnnxModel, type OnnxPort, openOnnxModel } from "../../native/onnxModel.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { missingLayer } from "./missingLayer.ts";
import { logitsFrom, readScores, type ScoreReading } from "./onnxScores.ts";
import { findFeeding, runBatches, type Trial, trialSamples } from "./onnxTrial.ts";

export interface OnnxTeacherContext {
  /** Absolute path of the model. */
  readonly path: string;
  /** Shape of one sample, channels last. */
  readonly sample: readonly number[];
  /** Samples of the data: the model's outputs for some show what they are, and their classes which column is whose. */
  readonly samples?: Samples;
  readonly threads?: number;
  /** Its own preprocessing, if any. */
  readonly normalize?: ResolvedNormalize | undefined;
  /** The student's preprocessing, used without one of its own. */
  readonly shared: ResolvedNormalize;
  /** Tensors that losses read. */
  readonly taps?: readonly string[];
  /** Checked while a model is tested that may not end. */
  readonly stopRequested?: (() => boolean) | undefined;
}

type Found<T> = T | { readonly problem: Problem };

/** A trained network from any framework, as an ONNX file, run by ONNX Runtime. */
export async function openOnnxTeacher(
  spec: ResolvedOnnxTeacher,
  { path, sample, samples: known, threads, normalize, shared, taps = [], stopRequested }: OnnxTeacherContext,
): Promise<Found<Teacher>> {
  const file = await readFacts(path);
  if ("problem" in file) return file;
  const absent = missingLayer(
    taps,
    file.layers.map(({ name }) => name),
  );
  if (absent !== undefined) return absent;
  const loopProblem = await triedLoop(file, { path, sample, layout: spec.layout, stopRequested });
  if (loopProblem !== undefined) return loopProblem;
  let model: OnnxModel;
  try {
    const inside = file.outputs.filter(({ isInside }) => isInside).map(({ name }) => name);
    model = await openOnnxModel(path, {
      taps: [...inside, ...taps],
      bypassMaps: "ZipMap" in file.operators,
      ...(threads === undefined ? {} : { threads }),
    });
  } catch (error) {
    return problem(
      "teacher-unreadable",
      `${path}: ONNX Runtime cannot load the model: ${(error as Error).message}`,
      "Export it again, with operators that this version of ONNX Runtime has.",
    );
  }
  const { card } = file;
  const own = normalize ?? normalizeOf(card);
  const read =
    normalizedTwice(path, card, normalize) ??
    (await understand(model, spec, { file, path, sample, samples: known, preprocessing: own ?? shared }));
  if ("problem" in read) {
    await model.dispose();
    return read;
  }
  const { input, output, trial, scores, classNames, warnings } = read;
  const { feeding } = trial;
  const mayBeBare = known?.task === "regression";
  const reading = { input: input.name, output: output.name, feeding, sample, mayBeBare };
  const outputs = async (samples: Float32Array, count: number) =>
    (await runBatches(model, { ...reading, taps: [] }, samples, count)).outputs;
  const runWithTaps = (samples: Float32Array, count: number) =>
    runBatches(model, { ...reading, taps }, samples, count);
  const shapes = await runWithTaps(trialSamples(trial.count, sample), trial.count).catch((error: Error) =>
    problem("teacher-layer", `${path}: a layer cannot be compared: ${error.message}`, "Name another tensor."),
  );
  if ("problem" in shapes) {
    await model.dispose();
    return shapes;
  }
  return {
    classes: scores.classes,
    ...(file.parameters === undefined ? {} : { parameters: file.parameters }),
    ...(file.learned === undefined ? {} : { learned: file.learned }),
    hash: createHash("sha256")
      .update(file.hash)
      .update(JSON.stringify([input.name, output.name, feeding, scores]))
      .digest("hex"),
    ...(own === undefined ? {} : { normalize: own }),
    ...(classNames === undefined ? {} : { classNames }),
    reading: sentenceOf(scores, { output: output.name, classNames, task: known?.task }),
    warnings,
    logits: async (samples, count) => logitsFrom(await outputs(samples, count), scores),
    features: Object.fromEntries(Object.entries(shapes.features).map(([name, { shape }]) => [name, shape])),
    async forward(samples, count) {
      const given = await runWithTaps(samples, count);
      return {
        logits: logitsFrom(given.outputs, scores),
        features: Object.fromEntries(
          Object.entries(given.features).map(([name, { values }]) => [name, values]),
        ),
      };
    },
    async assertUntouched() {
      const again = await outputs(trialSamples(trial.count, sample), trial.count);
      if (!again.every((value, i) => Object.is(value, trial.outputs[i])))
        throw new Error(`The teacher ${path} no longer gives what it gave before the training.`);
    },
    dispose: () => model.dispose(),
  };
}

/** Seconds that a model with loops may take for two samples; the environment's DISTILL_TEACHER_SECONDS changes it. */
const patience = (): number => Number(process.env["DISTILL_TEACHER_SECONDS"]) || 30;

/** A model with a loop anywhere in it is first run in a process that can be killed. */
async function triedLoop(
  { hasLoops = false, inputs }: Facts,
  {
    path,
    sample,
    layout,
    stopRequested,
  }: Pick<OnnxTeacherContext, "path" | "sample" | "stopRequested"> & Pick<ResolvedOnnxTeacher, "layout">,
) {
  const [input] = inputs;
  if (input === undefined || !hasLoops) return undefined;
  const shapes = feedingsOf(input.shape, sample, layout).map(({ batch, shape }) =>
    batch === "none" ? shape : [batch === "any" ? 2 : batch, ...shape],
  );
  const seconds = patience();
  const came = await modelTrial(path, {
    input: input.name,
    shapes,
    seconds,
    ...(stopRequested && { stopRequested }),
  });
  if (came === "ended") return undefined;
  if (came === "stopped") return problem("teacher-stopped", `${path}: the trial of the model was stopped.`);
  return problem(
    "teacher-slow",
    `${path}: the model has a loop, and did not end within ${seconds} s for two samples.`,
    "Take another teacher, or give it longer: DISTILL_TEACHER_SECONDS=300 in the environment.",
  );
}

interface Facts extends ModelDescription {
  readonly hash: string;
  readonly card: ReadCard;
}

/** The preprocessing by the model's card: raw samples where the model normalises them itself. */
const normalizeOf = ({ normalize }: ReadCard): ResolvedNormalize | undefined =>
  normalize?.inside ? identityNormalize : normalize;

function normalizedTwice(path: string, { normalize }: ReadCard, given: ResolvedNormalize | undefined) {
  if (!normalize?.inside || isIdentity(normalize) || given === undefined || isIdentity(given))
    return undefined;
  return problem(
    "teacher-normalize",
    `${path}: the model normalises its samples itself, and \`normalize\` would do it a second time.`,
    "Remove `normalize` from the teacher: this model takes raw samples.",
  );
}

/** Facts of the files themselves: whether they are complete, and a hash of all of them. */
async function readFacts(path: string): Promise<Found<Facts>> {
  const described = await describeFile(path, { format: "onnx" });
  if (described.kind === "problem") return asProblem(described.problem);
  if (described.kind !== "model") throw new Error(`${path} was described as ${described.kind}.`);
  const unread = weightsProblem(path, described);
  if (unread !== undefined) return problem(unread.code, unread.message, "Put the weights beside the model.");
  const damage = await damagedFile([path, ...described.weightFiles]);
  if (damage !== undefined) return asProblem(damage);
  const hash = await hashFiles([path, ...described.weightFiles]);
  if (typeof hash === "object") return asProblem(hash);
  return { ...described, hash, card: readCard(described.metadata) };
}

interface Understanding {
  readonly input: OnnxPort;
  readonly output: OnnxPort;
  readonly trial: Trial;
  readonly scores: ScoreReading;
  readonly classNames: readonly string[] | undefined;
  readonly warnings: readonly Problem[];
}

/** Layout of the input and form of the outputs: from the ports where these are declared, else from a trial run. */
async function understand(
  model: OnnxModel,
  spec: ResolvedOnnxTeacher,
  {
    file,
    path,
    sample,
    samples,
    preprocessing,
  }: {
    file: Facts;
    path: string;
    sample: readonly number[];
    samples: Samples | undefined;
    preprocessing: ResolvedNormalize;
  },
): Promise<Found<Understanding>> {
  const input = inputOf(model, spec, { path, preprocessing });
  if ("problem" in input) return input;
  // Outputs as the file describes them: the columns of scores that are joined are not among them.
  const outputs = model.outputs.filter(({ name }) => file.outputs.some((port) => port.name === name));
  const output = outputOf(outputs, spec.output ?? file.scores ?? inferred(outputs), { path, samples });
  if ("problem" in output) return output;
  const mayBeBare = samples?.task === "regression";
  const trial = await findFeeding(model, { input, output, sample, mayBeBare, layout: spec.layout, path });
  if ("problem" in trial) return trial;

  const columns = trial.classes;
  const labels = file.card.classNames ?? file.outputs.find(({ name }) => name === output.name)?.classNames;
  const order =
    samples === undefined || samples.task === "regression"
      ? {}
      : columnOrder(labels?.length === columns ? labels : undefined, samples);
  if ("problem" in order) return order;
  const drawn = samples && someOf(samples, preprocessing);
  const reading = {
    input: input.name,
    output: output.name,
    taps: [],
    feeding: trial.feeding,
    sample,
    mayBeBare,
  };
  const given = drawn ? await runBatches(model, reading, drawn.values, drawn.count) : trial;
  const read = readScores({
    path,
    outputs: given.outputs,
    columns,
    declared: spec.outputs,
    card: file.card.output,
    order,
    isOfTwo: columns === 1 && samples?.classes === 2 && samples.task === undefined,
    task: samples?.task,
  });
  if ("problem" in read) return read;
  const { otherLayout } = trial;
  const warnings = [...read.warnings, ...(order.warning ? [order.warning] : [])];
  if (otherLayout !== undefined) {
    warnings.push({
      code: "teacher-layout",
      message: `${path}: the model takes [${input.shape.join(", ")}], which fits channels first and channels last; ${trial.feeding.layout} was taken. Say so with "layout": "${trial.feeding.layout}", or "${otherLayout}".`,
    });
  }
  return {
    input,
    output,
    trial,
    scores: read.reading,
    classNames: order.classNames ?? file.card.classNames,
    warnings,
  };
}

/** Enough samples to show the form of the outputs, from all over the data: files are often sorted by class. */
const mostDrawn = 64;

function someOf(samples: Samples, preprocessing: ResolvedNormalize) {
  const count = Math.min(mostDrawn, samples.count);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * samples.count) / count));
  const values = new Float32Array(count * sizeOf(samples.shape));
  fillBatch(samples, rows, preprocessing, values);
  return { values, count };
}

/** Describes the detected reading, for experiments that do not set it. */
function sentenceOf(
  { probabilities, isOfTwo, columns }: ScoreReading,
  {
    output,
    classNames,
    task,
  }: {
    readonly output: string;
    readonly classNames: readonly string[] | undefined;
    readonly task: TaskName | undefined;
  },
): string {
  if (task === "regression") return `"${output}" has the numbers of the regression.`;
  const what = isOfTwo ? "one number for two classes" : `a number for each ${taskOf(task).output[0]}`;
  const how = probabilities
    ? `probabilities, of which the ${task === "multiLabel" ? "logit" : "logarithm"} is taken`
    : "logits";
  const order =
    columns === undefined || classNames === undefined
      ? ""
      : `; its columns are put in the data's order of ${taskOf(task).output[1]}`;
  return `"${output}" has ${what}, taken as ${how}${order}.`;
}

function inputOf(
  model: OnnxModel,
  spec: ResolvedOnnxTeacher,
  { path, preprocessing }: { path: string; preprocessing: ResolvedNormalize },
): Found<OnnxPort> {
  const input = pick(model.inputs, spec.input);
  if (input === undefined) return noSuchPort(path, "input", spec.input, model.inputs);
  const others = model.inputs.filter((port) => port !== input);
  if (others.length > 0) {
    return problem(
      "model-input",
      `${path}: the model has ${model.inputs.length} inputs, ${named(model.inputs)}; a teacher is fed the sample alone.`,
      `Export it with values for ${named(others)} inside.`,
    );
  }
  if (!isFeedable(input.type)) {
    return problem(
      "model-input",
      `${path}: the input "${input.name}" has the type ${input.type}; expected one of ${feedableTypes.join(", ")}.`,
    );
  }
  if (isInteger(input.type) && !isIdentity(preprocessing)) {
    return problem(
      "model-input",
      `${path}: the input "${input.name}" takes integers (${input.type}), but the samples are normalised before.`,
      'Add "normalize": { "scale": 1 } to the teacher: it then sees the raw samples.',
    );
  }
  return input;
}

function outputOf(
  outputs: readonly OnnxPort[],
  name: string | undefined,
  { path, samples }: { readonly path: string; readonly samples: Samples | undefined },
): Found<OnnxPort> {
  const output = outputs.find((port) => port.name === name);
  if (output === undefined) return noSuchPort(path, "output", name, outputs);
  if (isFloat(output.type) && isOneNumber(output.shape) && samples?.classes !== 1)
    return problem(
      "model-port",
      `${path}: the output "${output.name}" gives one number per sample; expected one number per ${taskOf(samples?.task).output[0]}.`,
      `Export the scores of all ${taskOf(samples?.task).output[1]} as one output. Its outputs are ${named(outputs)}.`,
    );
  if (isFloat(output.type)) return output;
  return problem(
    "model-port",
    `${path}: the output "${output.name}" has the type ${output.type}; floating-point numbers were expected.`,
    `Its outputs are ${named(outputs)}.`,
  );
}

/** Where the file leaves types to be inferred. */
const inferred = (outputs: readonly OnnxPort[]) => outputs.find(({ type }) => isFloat(type))?.name;

const pick = (ports: readonly OnnxPort[], name: string | undefined) =>
  name === undefined ? ports[0] : ports.find((port) => port.name === name);

const noSuchPort = (path: string, kind: string, name: string | undefined, ports: readonly OnnxPort[]) =>
  problem(
    "model-port",
    name === undefined
      ? `${path}: the model has no ${kind} of floating-point numbers.`
      : `${path}: the model has no ${kind} named "${name}".`,
    `Its ${kind}s are ${named(ports)}.`,
  );

const named = (ports: readonly OnnxPort[]) => ports.map(({ name, type }) => `"${name}" (${type})`).join(", ");
