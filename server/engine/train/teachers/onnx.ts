import { createHash } from "node:crypto";
import { damagedFile } from "../../../data/checksums.ts";
import { describeFile } from "../../../data/describe.ts";
import type { ModelDescription } from "../../../data/descriptions/description.ts";
import { filesOf, weightsProblem } from "../../../data/descriptions/missing.ts";
import { hashFiles } from "../../../data/fileHash.ts";
import { type ImageSize, resizeImages } from "../../../data/images/resize.ts";
import { identityNormalize, isIdentity, type ResolvedNormalize } from "../../../data/normalize.ts";
import { fillBatch, type Samples } from "../../../data/samples.ts";
import type { ModelPort } from "../../../fileHeaders.ts";
import { columnOrder } from "../../../nets/columnOrder.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { type ReadCard, readCard } from "../../../nets/modelCard.ts";
import { imageSizeOf } from "../../../nets/onnxInput.ts";
import { type Problem, problem } from "../../../problem.ts";
import { sizeOf } from "../../../sizeOf.ts";
import type { OnnxModel, OnnxPort } from "../../native/onnxModel.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { missingLayer } from "./missingLayer.ts";
import { type ModelRuntime, onnxModels } from "./modelRuntime.ts";
import { triedLoop } from "./onnxLoop.ts";
import { inferred, inputsOf, type ModelTeacher, outputOf } from "./onnxPorts.ts";
import { logitsFrom, readScores, type ScoreReading } from "./onnxScores.ts";
import { findFeeding, type Reading, runBatches, type Trial, trialSamples } from "./onnxTrial.ts";
import { inputSentences, sentenceOf } from "./onnxWords.ts";

export interface ModelTeacherContext {
  /** Absolute path of the model: its file, or its folder. */
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

/** A trained network from any framework, with inputs and outputs by name, run by its runtime. */
export async function openModelTeacher(
  spec: ModelTeacher,
  { path, sample, samples: known, threads, normalize, shared, taps = [], stopRequested }: ModelTeacherContext,
  runtime: ModelRuntime = onnxModels,
): Promise<Found<Teacher>> {
  const file = await readFacts(path, runtime);
  if ("problem" in file) return file;
  const absent = missingLayer(
    taps,
    file.layers.map(({ name }) => name),
  );
  if (absent !== undefined) return absent;
  const own = normalize ?? normalizeOf(file.card);
  const preprocessing = own ?? shared;
  const fed = inputsOf(file.inputs.map(portOf), spec, { path, isRaw: isIdentity(preprocessing) });
  if ("problem" in fed) return fed;
  const ownShape = ownShapeOf(fed.input, spec, sample);
  if (ownShape !== undefined && "problem" in ownShape) return ownShape;
  const seen = ownShape ?? sample;
  const { padding = 0, between } = known?.tokens ?? {};
  const loopProblem = await triedLoop(file, {
    ...fed,
    path,
    trial: runtime.trial(path, file),
    sample: seen,
    layout: spec.layout,
    padding,
    stopRequested,
  });
  if (loopProblem !== undefined) return loopProblem;
  const model = await runtime
    .open(path, file, { taps, threads })
    .catch((error: Error) =>
      problem(
        "teacher-unreadable",
        `${path}: ${runtime.name} cannot load the model: ${error.message}`,
        runtime.hint,
      ),
    );
  if ("problem" in model) return model;
  const read =
    normalizedTwice(path, file.card, normalize) ??
    (await understand(model, spec, {
      file,
      path,
      sample: seen,
      padding,
      between,
      samples: known,
      preprocessing,
    }));
  if ("problem" in read) {
    await model.dispose();
    return read;
  }
  const { input, others, output, trial, scores, classNames, warnings } = read;
  const { feeding } = trial;
  const mayBeBare = known?.task === "regression";
  const reading = {
    input: input.name,
    others,
    output: output.name,
    feeding,
    sample: seen,
    padding,
    between,
    mayBeBare,
  };
  const asRead = JSON.stringify([
    input.name,
    output.name,
    feeding,
    scores,
    ownShape,
    others,
    padding,
    between,
  ]);
  const teacher = await running(model, { path, taps, sample, reading, trial, scores });
  if ("problem" in teacher) {
    await model.dispose();
    return teacher;
  }
  return {
    classes: scores.classes,
    ...(file.parameters === undefined ? {} : { parameters: file.parameters }),
    ...(file.learned === undefined ? {} : { learned: file.learned }),
    hash: createHash("sha256").update(file.hash).update(asRead).digest("hex"),
    ...(own === undefined ? {} : { normalize: own }),
    ...(classNames === undefined ? {} : { classNames }),
    ...(ownShape === undefined ? {} : { ownShape }),
    reading: [
      sentenceOf(scores, { output: output.name, classNames, task: known?.task }),
      ...inputSentences(fed.plan, { ownShape, samples: known }),
    ].join(" "),
    warnings,
    ...teacher,
  };
}

/** What a teacher computes with the model, or why the layers that losses read cannot be compared. */
async function running(
  model: OnnxModel,
  {
    path,
    taps,
    sample,
    reading,
    trial,
    scores,
  }: Pick<ModelTeacherContext, "path" | "sample"> & {
    readonly taps: readonly string[];
    readonly reading: Omit<Reading, "taps">;
    readonly trial: Trial;
    readonly scores: ScoreReading;
  },
): Promise<Found<Pick<Teacher, "logits" | "features" | "forward" | "assertUntouched" | "dispose">>> {
  const sized = (samples: Float32Array, shape: Shape) => brought(samples, shape, reading.sample);
  const outputs = async (samples: Float32Array, count: number) =>
    (await runBatches(model, { ...reading, taps: [] }, samples, count)).outputs;
  const runWithTaps = (samples: Float32Array, count: number) =>
    runBatches(model, { ...reading, taps }, samples, count);
  const tried = trialSamples(trial.count, reading.sample);
  const shapes = await runWithTaps(tried, trial.count).catch((error: Error) =>
    problem("teacher-layer", `${path}: a layer cannot be compared: ${error.message}`, "Name another tensor."),
  );
  if ("problem" in shapes) return shapes;
  return {
    logits: async (samples, count, shape = sample) =>
      logitsFrom(await outputs(sized(samples, shape), count), scores),
    features: Object.fromEntries(Object.entries(shapes.features).map(([name, { shape }]) => [name, shape])),
    async forward(samples, count, shape = sample) {
      const given = await runWithTaps(sized(samples, shape), count);
      return {
        logits: logitsFrom(given.outputs, scores),
        features: Object.fromEntries(
          Object.entries(given.features).map(([name, { values }]) => [name, values]),
        ),
      };
    },
    async assertUntouched() {
      const again = await outputs(trialSamples(trial.count, reading.sample), trial.count);
      if (!again.every((value, i) => Object.is(value, trial.outputs[i])))
        throw new Error(`The teacher ${path} no longer gives what it gave before the training.`);
    },
    dispose: () => model.dispose(),
  };
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
async function readFacts(path: string, { format }: ModelRuntime): Promise<Found<Facts>> {
  const described = await describeFile(path, { format });
  if (described.kind === "problem") return asProblem(described.problem);
  if (described.kind !== "model") throw new Error(`${path} was described as ${described.kind}.`);
  const unread = weightsProblem(path, described);
  if (unread !== undefined) return problem(unread.code, unread.message, "Put the weights beside the model.");
  const files = filesOf(path, described);
  const damage = await damagedFile(files);
  if (damage !== undefined) return asProblem(damage);
  const hash = await hashFiles(files);
  if (typeof hash === "object") return asProblem(hash);
  return { ...described, hash, card: readCard(described.metadata) };
}

interface Understanding {
  readonly input: OnnxPort;
  readonly others: Reading["others"];
  readonly output: OnnxPort;
  readonly trial: Trial;
  readonly scores: ScoreReading;
  readonly classNames: readonly string[] | undefined;
  readonly warnings: readonly Problem[];
}

/** Layout of the input and kind of the outputs: from the ports where these are declared, else from a trial run. */
async function understand(
  model: OnnxModel,
  spec: ModelTeacher,
  {
    file,
    path,
    sample,
    padding,
    between,
    samples,
    preprocessing,
  }: Pick<Reading, "sample" | "padding" | "between"> & {
    file: Facts;
    path: string;
    samples: Samples | undefined;
    preprocessing: ResolvedNormalize;
  },
): Promise<Found<Understanding>> {
  const fed = inputsOf(model.inputs, spec, { path, isRaw: isIdentity(preprocessing) });
  if ("problem" in fed) return fed;
  const { input, others } = fed;
  // Outputs as the file describes them: the columns of scores that are joined are not among them.
  const outputs = model.outputs.filter(({ name }) => file.outputs.some((port) => port.name === name));
  const output = outputOf(outputs, spec.output ?? file.scores ?? inferred(outputs), { path, samples });
  if ("problem" in output) return output;
  const mayBeBare = samples?.task === "regression";
  const trial = await findFeeding(model, {
    input,
    others,
    output,
    sample,
    padding,
    between,
    mayBeBare,
    layout: spec.layout,
    path,
  });
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
    others,
    output: output.name,
    taps: [],
    feeding: trial.feeding,
    sample,
    padding,
    between,
    mayBeBare,
  };
  const given = drawn
    ? await runBatches(model, reading, brought(drawn.values, samples.shape, sample), drawn.count)
    : trial;
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
    others,
    output,
    trial,
    scores: read.reading,
    classNames: order.classNames ?? file.card.classNames,
    warnings,
  };
}

/** Enough samples to show the kind of the outputs, from all over the data: files are often sorted by class. */
const mostDrawn = 64;

function someOf(samples: Samples, preprocessing: ResolvedNormalize) {
  const count = Math.min(mostDrawn, samples.count);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * samples.count) / count));
  const values = new Float32Array(count * sizeOf(samples.shape));
  fillBatch(samples, rows, preprocessing, values);
  return { values, count };
}

/** The runtime's description of a port. */
const portOf = ({ name, shape, dtype = "unknown" }: ModelPort): OnnxPort => ({
  name,
  // Before the runtime has loaded the model, a type that it does not declare may be any.
  type: dtype === "unknown" ? "float32" : dtype,
  shape,
});

/** The shape at which a model takes images, where that is another one than the samples'. */
function ownShapeOf(
  input: OnnxPort,
  { size, layout }: Pick<ModelTeacher, "size" | "layout">,
  sample: Shape,
): Shape | { readonly problem: Problem } | undefined {
  if (size !== undefined && sample.length !== 3)
    return problem(
      "teacher-size",
      `"size" is for images, and the samples are [${sample.join(", ")}].`,
      "Remove `size` from the teacher.",
    );
  const own = size ?? imageSizeOf(input.shape, sample, layout);
  if (own === undefined || own.every((extent, axis) => extent === sample[axis])) return undefined;
  return [...own, sample[2] as number];
}

/** Samples of one shape as those of another: images are resized. */
const brought = (samples: Float32Array, from: Shape, to: Shape): Float32Array =>
  from.length !== 3 || (from[0] === to[0] && from[1] === to[1])
    ? samples
    : resizeImages(samples, from as [number, number, number], to as unknown as ImageSize);
