import { createHash } from "node:crypto";
import { damagedFile } from "../../../data/checksums.ts";
import { describeFile } from "../../../data/describe.ts";
import type { ModelDescription } from "../../../data/descriptions/description.ts";
import { filesOf, weightsProblem } from "../../../data/descriptions/missing.ts";
import { unfitTeacher } from "../../../data/descriptions/unfitTeacher.ts";
import { hashFiles } from "../../../data/fileHash.ts";
import { type ImageSize, resizeImages } from "../../../data/images/resize.ts";
import { identityNormalize, isIdentity, type ResolvedNormalize } from "../../../data/normalize.ts";
import { fillBatch, type Samples } from "../../../data/samples.ts";
import type { ModelPort } from "../../../fileHeaders.ts";
import { columnFeeds, columnInput } from "../../../nets/columnInputs.ts";
import { columnOrder } from "../../../nets/columnOrder.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { type ReadCard, readCard } from "../../../nets/modelCard.ts";
import { imageSizeOf } from "../../../nets/onnxInput.ts";
import { type Problem, problem } from "../../../problem.ts";
import { sizeOf } from "../../../sizeOf.ts";
import { noTensor, type OnnxModel, type OnnxPort, type OnnxValues } from "../../native/onnxModel.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { missingLayer } from "./missingLayer.ts";
import { type ModelRuntime, onnxModels } from "./modelRuntime.ts";
import type { FedSamples } from "./onnxFeeds.ts";
import { triedLoop } from "./onnxLoop.ts";
import { type FedInputs, inferred, inputsOf, type ModelTeacher, outputOf } from "./onnxPorts.ts";
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
  context: ModelTeacherContext,
  runtime: ModelRuntime = onnxModels,
): Promise<Found<Teacher>> {
  const { path, samples: known, threads, taps = [], stopRequested } = context;
  const plan = await planOf(spec, context, runtime);
  if ("problem" in plan) return plan;
  const { file, fed, own, ownShape, asFed } = plan;
  const loopProblem = await triedLoop(file, {
    ...(fed.isByColumn ? columnByColumn(file.inputs.map(portOf)) : { ...fed, ...asFed }),
    path,
    trial: runtime.trial(path, file),
    layout: spec.layout,
    stopRequested,
  });
  if (loopProblem !== undefined) return loopProblem;
  const opened = await runtime.open(path, file, { taps, threads }).catch((error: Error) =>
    problem(
      "teacher-unreadable",
      `${path}: ${runtime.name} cannot load the model: ${error.message}`,
      // Of a shape that it has to know before it reads weights.
      error.message.includes("external tensors")
        ? "Write it to one file, in Python: onnx.save(onnx.load(PATH), OTHER)."
        : runtime.hint,
    ),
  );
  if ("problem" in opened) return opened;
  const model = known?.featureNames && fed.isByColumn ? byColumn(opened, known.featureNames) : opened;
  const read = await readModel(model, spec, context, plan);
  if ("problem" in read) {
    await model.dispose();
    return read;
  }
  const { reading, scores, classNames, warnings, teacher } = read;
  return {
    classes: scores.classes,
    ...(file.parameters === undefined ? {} : { parameters: file.parameters }),
    ...(file.learned === undefined ? {} : { learned: file.learned }),
    hash: createHash("sha256")
      .update(file.hash)
      .update(asRead(reading, scores, ownShape))
      .digest("hex"),
    ...(own === undefined ? {} : { normalize: own }),
    ...(classNames === undefined ? {} : { classNames }),
    ...(ownShape === undefined ? {} : { ownShape }),
    reading: [
      sentenceOf(scores, { output: reading.output, classNames, task: known?.task }),
      ...inputSentences(fed.plan, { ownShape, samples: known, isByColumn: fed.isByColumn }),
    ].join(" "),
    warnings,
    ...teacher,
  };
}

/** All that outputs depend on besides the files. */
const asRead = (
  { input, output, feeding, others, padding, between }: ModelReading,
  scores: ScoreReading,
  ownShape: Shape | undefined,
): string => JSON.stringify([input, output, feeding, scores, ownShape, others, padding, between]);

type ModelReading = Omit<Reading, "taps">;

/** What is known from the files, before the runtime loads the model. */
interface ModelPlan {
  readonly file: Facts;
  readonly fed: FedInputs;
  /** Its own preprocessing, from the experiment or its card. */
  readonly own: ResolvedNormalize | undefined;
  readonly preprocessing: ResolvedNormalize;
  /** Present where it takes images of another size than the samples'. */
  readonly ownShape: Shape | undefined;
  readonly asFed: FedSamples;
}

async function planOf(
  spec: ModelTeacher,
  { path, sample, samples, normalize, shared, taps = [] }: ModelTeacherContext,
  runtime: ModelRuntime,
): Promise<Found<ModelPlan>> {
  const file = await readFacts(path, runtime);
  if ("problem" in file) return file;
  const absent = missingLayer(
    taps,
    file.layers.map(({ name }) => name),
  );
  if (absent !== undefined) return absent;
  const own = normalize ?? normalizeOf(file.card);
  const preprocessing = own ?? shared;
  const fed = inputsOf(file.inputs.map(portOf), spec, {
    path,
    isRaw: isIdentity(preprocessing),
    columns: samples?.featureNames,
  });
  if ("problem" in fed) return fed;
  const ownShape = ownShapeOf(fed.input, spec, sample);
  if (ownShape !== undefined && "problem" in ownShape) return ownShape;
  const { padding = 0, between } = samples?.tokens ?? {};
  return { file, fed, own, preprocessing, ownShape, asFed: { sample: ownShape ?? sample, padding, between } };
}

/** One column as the sample, and numbers for the others. */
const columnByColumn = ([input, ...others]: readonly OnnxPort[]) => ({
  input: input as OnnxPort,
  others: others.map((port) => ({ ...port, feed: 0.5 })),
  sample: [1],
  padding: 0,
});

/** A model that takes each column by itself, as one that takes [batch, columns]. */
function byColumn(model: OnnxModel, columns: readonly string[]): OnnxModel {
  const joined = columnInput(model.inputs, columns);
  if (joined === undefined) return model;
  return {
    ...model,
    inputs: [joined],
    run: (feeds, outputs) =>
      model.run(columnFeeds(model.inputs, columns, feeds[joined.name] as OnnxValues), outputs),
  };
}

type Running = Pick<Teacher, "logits" | "features" | "forward" | "assertUntouched" | "dispose">;

async function readModel(
  model: OnnxModel,
  spec: ModelTeacher,
  { path, sample, samples, normalize, taps = [] }: ModelTeacherContext,
  plan: ModelPlan,
): Promise<Found<Understanding & { readonly teacher: Running }>> {
  const read =
    normalizedTwice(path, plan.file.card, normalize) ??
    (await understand(model, spec, { path, samples, plan }));
  if ("problem" in read) return read;
  const teacher = await running(model, { path, taps, sample, ...read });
  return "problem" in teacher ? teacher : { ...read, teacher };
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
    readonly reading: ModelReading;
    readonly trial: Trial;
    readonly scores: ScoreReading;
  },
): Promise<Found<Running>> {
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
  const unfit = unfitTeacher(path, described);
  if (unfit !== undefined) return { problem: unfit };
  const files = filesOf(path, described);
  const damage = await damagedFile(files);
  if (damage !== undefined) return asProblem(damage);
  const hash = await hashFiles(files);
  if (typeof hash === "object") return asProblem(hash);
  return { ...described, hash, card: readCard(described.metadata) };
}

interface Understanding {
  readonly reading: ModelReading;
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
    path,
    samples,
    plan: { file, preprocessing, asFed },
  }: { readonly path: string; readonly samples: Samples | undefined; readonly plan: ModelPlan },
): Promise<Found<Understanding>> {
  const fed = inputsOf(model.inputs, spec, {
    path,
    isRaw: isIdentity(preprocessing),
    columns: samples?.featureNames,
  });
  if ("problem" in fed) return fed;
  const { input, others } = fed;
  // Outputs as the file describes them: the columns of scores that are joined are not among them, and of maps the runtime has no type.
  const outputs = model.outputs.flatMap((port) => {
    const described = file.outputs.find(({ name }) => name === port.name);
    return described ? [port.type === noTensor ? { ...port, type: described.dtype ?? noTensor } : port] : [];
  });
  const output = outputOf(outputs, spec.output ?? file.scores ?? inferred(outputs), { path, samples });
  if ("problem" in output) return output;
  const mayBeBare = samples?.task === "regression";
  const { layout } = spec;
  const labels = samples?.task === "multiLabel" ? samples.classes : undefined;
  const trial = await findFeeding(model, {
    ...asFed,
    input,
    others,
    output,
    mayBeBare,
    labels,
    layout,
    path,
  });
  if ("problem" in trial) return trial;
  const { feeding } = trial;
  const reading = { ...asFed, input: input.name, others, output: output.name, feeding, mayBeBare, labels };

  const columns = trial.classes;
  const order = orderOf(file, { output: output.name, columns, samples });
  if ("problem" in order) return order;
  const read = readScores({
    path,
    outputs: await outputsForSome(model, { reading, trial, samples, preprocessing }),
    columns,
    declared: spec.outputs,
    card: file.card.output,
    order,
    isOfTwo: columns === 1 && samples?.classes === 2 && samples.task === undefined,
    task: samples?.task,
  });
  if ("problem" in read) return read;
  return {
    reading,
    trial,
    scores: read.reading,
    classNames: order.classNames ?? file.card.classNames,
    warnings: [
      ...read.warnings,
      ...(order.warning ? [order.warning] : []),
      ...layoutWarnings(trial, { path, shape: input.shape }),
    ],
  };
}

/** Which column of the scores is of which class. */
function orderOf(
  { card, outputs }: Facts,
  {
    output,
    columns,
    samples,
  }: { readonly output: string; readonly columns: number; readonly samples: Samples | undefined },
): ReturnType<typeof columnOrder> {
  if (samples === undefined || samples.task === "regression") return {};
  const labels = card.classNames ?? outputs.find(({ name }) => name === output)?.classNames;
  return columnOrder(labels?.length === columns ? labels : undefined, samples);
}

/** The model's outputs for some of the samples, [count, classes]; without samples those of the trial. */
async function outputsForSome(
  model: OnnxModel,
  {
    reading,
    trial,
    samples,
    preprocessing,
  }: {
    readonly reading: ModelReading;
    readonly trial: Trial;
    readonly samples: Samples | undefined;
    readonly preprocessing: ResolvedNormalize;
  },
): Promise<Float32Array> {
  if (samples === undefined) return trial.outputs;
  const { values, count } = someOf(samples, preprocessing);
  const given = brought(values, samples.shape, reading.sample);
  return (await runBatches(model, { ...reading, taps: [] }, given, count)).outputs;
}

function layoutWarnings(
  { feeding, otherLayout }: Trial,
  { path, shape }: { readonly path: string; readonly shape: OnnxPort["shape"] },
): Problem[] {
  if (otherLayout === undefined) return [];
  const message = `${path}: the model takes [${shape.join(", ")}], which fits channels first and channels last; ${feeding.layout} was taken. Say so with "layout": "${feeding.layout}", or "${otherLayout}".`;
  return [{ code: "teacher-layout", message }];
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
