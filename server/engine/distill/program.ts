import type { Standard } from "../../data/standard.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { WeightPatterns } from "../../nets/weightPatterns.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import type { Net, Parameter } from "../nets/net.ts";
import type {
  Entry,
  InputSpec,
  LookUp,
  NamedData,
  Precision,
  Program,
  TableSpec,
  TensorSpec,
  Tensors,
} from "../program.ts";
import { type LabelKind, labelsFrom, labelsSpec } from "./fedLabels.ts";
import { evaluation, parameterSpecs } from "./inferenceProgram.ts";
import type { NegativeSampling } from "./losses/loss.ts";
import { type LossSpec, type Term, termsOf, weightsAt } from "./losses/losses.ts";
import {
  accumulatedGroup,
  accumulation,
  asGroup,
  averageGroup,
  inGroup,
  isOfTeacher,
  lossGroup,
  lossWeightGroup,
  negativesGroup,
  scheduledGroup,
  slotGroup,
  stateName,
  tapGroup,
  teacherGroup,
  weightsGroup,
} from "./names.ts";
import { required } from "./optimizers/optimizer.ts";
import { learningRateOf, type OptimizerSpec } from "./optimizers/optimizers.ts";
import { accumulatingStep, type Batch, distillationStep, ownParameters } from "./step.ts";
import { type TeacherInLoop, teacherOutputs } from "./teacherInLoop.ts";
import { type WeightRules, weightRules } from "./weightRules.ts";

/**
 * Batches looked up in tables of the program: a step is fed the indices of its samples, and one call may run several steps.
 */
export interface ResidentBatches {
  readonly tables: Readonly<Record<string, TableSpec>>;
  /** What is fed in place of the batch. */
  readonly inputs: (batch: number) => Readonly<Record<string, InputSpec>>;
  /** `x`, `labels` and the teacher's outputs, as they would be fed. */
  readonly batch: (inputs: Tensors, lookUp: LookUp) => Tensors;
}

export interface DistillationOptions {
  readonly student: Net;
  readonly losses: readonly LossSpec[];
  /** The weights of the losses are divided by their sum, in each step. */
  readonly sharedWeights?: boolean | undefined;
  readonly optimizer: OptimizerSpec;
  /** Learning rates and weight decays of some of the student's weights. */
  readonly weightPatterns?: Pick<WeightPatterns, "learningRates" | "weightDecays"> | undefined;
  /** The learning rate of each step, 0 for the first; the optimizer's own when absent. */
  readonly schedule?: (step: number) => number;
  readonly clipNorm?: number | undefined;
  readonly ema?: number | undefined;
  /** Precision of a training step's products; evaluation is in float32. */
  readonly precision?: Precision | undefined;
  /** Absent: no loss needs one. */
  readonly teacher?: TeacherInLoop | undefined;
  /** Shapes of the outputs of a fed teacher's layers, by name: of those that losses read. */
  readonly teacherFeatures?: Readonly<Record<string, Shape>> | undefined;
  /** How many samples are trained on, for losses that remember each of them. */
  readonly samples?: number | undefined;
  /** Seed of the losses' own weights; 0 when absent. */
  readonly seed?: number | undefined;
  /**
   * `weights`: labels are [batch, outputs], which mixed samples and other tasks need; `some`: a sample without a label has the class
   * −1; `someWeights`: labels are [batch, outputs + 1], the last number 1 where a sample has a label.
   */
  readonly labels?: LabelKind;
  /** Classification when absent. */
  readonly task?: TaskName | undefined;
  /** Of a regression whose losses compare standardised numbers. */
  readonly standard?: Standard | undefined;
  /** Absent: batches are fed. */
  readonly resident?: ResidentBatches | undefined;
  /** One `train@B` for each. */
  readonly batchSizes: readonly number[];
  /** One `accumulate@B` for each: a batch of a step of several, before its last. Absent: a step has one batch. */
  readonly accumulated?: readonly number[] | undefined;
  /** One `evaluate@B` for each; as `batchSizes` when absent. */
  readonly evaluationBatchSizes?: readonly number[];
}

/**
 * The training of a student as a program.
 *
 * Entries: `train@B` with inputs `x` [B, ...], `labels` int32 [B] (or [B, classes]), `teacherLogits` [B, classes] and
 * `teacherTap/LAYER` [B, ...] if they are fed, `teacherX` (or the feeds of {@link ResidentBatches} in place of all these), `rows`
 * int32 [B] and `negatives/TERM` int32 [B, negatives] for losses in {@link negativeSampling}, a scalar for every name in
 * {@link hyperparameters}, and `random/LAYER`; outputs `loss`, each term's raw value
 * under its name, and `gradientNorm`. `evaluate@B` takes `x` and gives `logits`, in inference mode.
 * With gradients accumulated, `accumulate@B` takes and gives the same but for the norm, and adds to `accumulated/…`; it and
 * `train@B` take the numbers of {@link accumulation} as well.
 * State: `weights/LAYER.WEIGHT`, `losses/TERM/…` (a loss's own weights), `optimizer/SLOT/…` of both, `ema/…` and
 * `teacher/…` (never updated).
 */
export interface Distillation extends Program {
  /** Names of the losses' terms, unique, in order. */
  readonly terms: readonly string[];
  /** Feeds of the terms that compare samples with others. */
  readonly negativeSampling: Readonly<Record<string, NegativeSampling>>;
  /** Scalars to feed to `train@B` at a step (0 for the first), computed in float64. */
  readonly hyperparameters: (step: number) => Readonly<Record<string, number>>;
  readonly learningRate: (step: number) => number;
  /**
   * How much each sample counts in the mean that a term is, by the term's name; a term without one counts all alike.
   * @param labels of the samples, as classes or −1
   */
  readonly counted: (labels: Int32Array) => Readonly<Record<string, readonly number[]>>;
  /** Weights of the terms at a step. */
  readonly lossWeights: (step: number) => Readonly<Record<string, number>>;
  /** The whole initial state, from the student's weights (and those of a teacher in the loop). */
  readonly initialState: (weights: NamedData, teacherWeights?: NamedData) => NamedData;
}

export function distillationProgram(options: DistillationOptions): Distillation {
  const parts = partsOf(options);
  const { student, resident, rules, schedule, terms } = parts;
  const lossWeights = (at: number) => weightsAt(terms, at, { shared: options.sharedWeights });
  const hyperparameters = (at: number) => ({
    ...asGroup(lossWeightGroup, lossWeights(at)),
    ...asGroup("optimizer", rules.scalars(at, schedule(at))),
    ...asGroup(scheduledGroup, scheduledValues(terms, at)),
  });
  const isAccumulated = options.accumulated !== undefined;
  const step = (batch: number, name: "train" | "accumulate"): Entry => ({
    name: `${name}@${batch}`,
    ...(options.precision ? { precision: options.precision } : {}),
    inputs: {
      ...(resident ? resident.inputs(batch) : fedBatch(parts, batch)),
      ...sampledInputs(parts.negativeSampling, batch),
      ...scalarInputs(hyperparameters(0)),
      ...(isAccumulated ? scalarInputs({ [accumulation.share]: 1, [accumulation.kept]: 0 }) : {}),
      ...asGroup("random", student.randomInputs(batch)),
    },
    repeats: resident !== undefined && !isAccumulated,
    run: trainingStep(parts, options, name === "train" ? distillationStep : accumulatingStep),
  });
  const group = options.ema === undefined ? weightsGroup : averageGroup;
  const evaluate = (batch: number): Entry => evaluation(student, { group, batch, taps: [] });
  return {
    state: stateSpecs(parts),
    ...(resident === undefined ? {} : { tables: resident.tables }),
    entries: [
      ...options.batchSizes.map((batch) => step(batch, "train")),
      ...(options.accumulated ?? []).map((batch) => step(batch, "accumulate")),
      ...(options.evaluationBatchSizes ?? options.batchSizes).map(evaluate),
    ],
    terms: terms.map(({ name }) => name),
    negativeSampling: parts.negativeSampling,
    hyperparameters,
    learningRate: schedule,
    counted: (given) => counted(parts, given),
    lossWeights,
    initialState: (weights, teacherWeights = {}) => initialState(parts, { weights, teacherWeights }),
  };
}

function counted({ terms, labels: kind }: Parts, labels: Int32Array): Record<string, readonly number[]> {
  const isClasses = kind === "classes" || kind === "some";
  return Object.fromEntries(
    terms.flatMap(({ name, meanOver }): [string, readonly number[]][] => {
      if (meanOver === undefined || kind === "weights") return [];
      const { classWeights } = meanOver;
      const weightOf = (label: number) => (isClasses && classWeights ? (classWeights[label] ?? 0) : 1);
      return [[name, Array.from(labels, (label) => (label < 0 ? 0 : weightOf(label)))]];
    }),
  );
}

/** The options with every default filled in. */
interface Parts {
  readonly student: Net;
  readonly terms: readonly Term[];
  readonly negativeSampling: Readonly<Record<string, NegativeSampling>>;
  readonly teacher: TeacherInLoop | undefined;
  /** Present for a teacher that is a part of the step. */
  readonly inLoop: Exclude<TeacherInLoop, "fed"> | undefined;
  /** Whether a loss compares with the teacher. */
  readonly needsTeacher: boolean;
  readonly teacherFeatures: Readonly<Record<string, Shape>>;
  readonly labels: LabelKind;
  readonly resident: ResidentBatches | undefined;
  readonly rules: WeightRules;
  readonly schedule: (step: number) => number;
  /** Of the losses, which are trained and are not saved with the student. */
  readonly own: Readonly<Record<string, Parameter>>;
  readonly ema: number | undefined;
  readonly isAccumulated: boolean;
  readonly seed: number;
  readonly task: TaskName;
}

function partsOf(options: DistillationOptions): Parts {
  const { student, teacher, labels = "classes", resident, ema, seed = 0, task = "classification" } = options;
  const inLoop = typeof teacher === "object" ? teacher : undefined;
  const teacherFeatures = inLoop ? shapesOf(inLoop.net) : (options.teacherFeatures ?? {});
  const terms = termsOf(options.losses, {
    shapes: { student: shapesOf(student), teacher: teacherFeatures },
    samples: options.samples ?? 0,
    task,
  });
  if (terms.length === 0) throw new Error("no losses to minimise");
  const needy = terms.find((term) => term.needsTeacher);
  if (needy && !teacher) throw new Error(`the loss ${needy.name} needs a teacher`);
  const negativeSampling = Object.fromEntries(
    terms.flatMap(({ name, negativeSampling: own }) => (own ? [[name, own]] : [])),
  );
  const own = ownParameters(terms);
  return {
    ...{
      student,
      terms,
      negativeSampling,
      teacher,
      inLoop,
      teacherFeatures,
      labels,
      resident,
      ema,
      isAccumulated: options.accumulated !== undefined,
      seed,
      task,
    },
    needsTeacher: needy !== undefined,
    rules: weightRules(
      options.optimizer,
      options.weightPatterns ?? {},
      Object.keys(trainedSpecs({ student, own })),
    ),
    schedule: options.schedule ?? (() => learningRateOf(options.optimizer)),
    own,
  };
}

/** One step: the batch, the teacher's outputs for it, and the student's update. */
function trainingStep(
  { student, terms, rules, own, resident, labels, needsTeacher, inLoop, ema, isAccumulated, task }: Parts,
  {
    optimizer: { decayBiasAndNorm },
    clipNorm,
    standard,
  }: Pick<DistillationOptions, "optimizer" | "clipNorm" | "standard">,
  stepOf: typeof distillationStep,
): Entry["run"] {
  const parameters = { ...student.parameters, ...own };
  const decays = (name: string) => decayBiasAndNorm === true || parameters[name]?.decays === true;
  const step = stepOf({ student, terms, rules, decays, clipNorm, ema, standard });
  return (state, fed, lookUp) => {
    const inputs = resident === undefined ? fed : { ...fed, ...resident.batch(fed, lookUp) };
    const result = step(state, {
      x: required(inputs, "x"),
      labels: labelsFrom[labels](required(inputs, "labels")),
      ...(needsTeacher ? { teacher: teacherOutputs({ inLoop, task }, state, inputs) } : {}),
      sampled: sampledRows(inputs),
      random: inGroup("random", inputs),
      lossWeights: inGroup(lossWeightGroup, inputs),
      scalars: inGroup("optimizer", inputs),
      scheduled: inGroup(scheduledGroup, inputs),
      ...(isAccumulated
        ? {
            accumulation: {
              share: required(inputs, accumulation.share),
              kept: required(inputs, accumulation.kept),
            },
          }
        : {}),
    } satisfies Batch);
    assertTeacherUntouched(result.state);
    return result;
  };
}

/** The inputs of a batch that is not looked up in tables. */
function fedBatch(
  { student, labels, teacher, inLoop, needsTeacher, terms, teacherFeatures }: Parts,
  batch: number,
): Record<string, InputSpec> {
  const classes = student.outputShape.at(-1) as number;
  const float = (...shape: number[]): TensorSpec => ({ shape: [batch, ...shape], dtype: "float32" });
  const taps = terms
    .flatMap(({ teacherTaps = [] }) => teacherTaps)
    .map((layer) => [layer, float(...(teacherFeatures[layer] ?? []))]);
  return {
    x: float(...student.inputShape),
    labels: labelsSpec[labels](batch, classes),
    ...(teacher === "fed" && needsTeacher ? { teacherLogits: float(classes) } : {}),
    ...(teacher === "fed" ? asGroup(tapGroup, Object.fromEntries(taps)) : {}),
    ...(needsTeacher && inLoop?.input === "own" ? { teacherX: float(...inLoop.net.inputShape) } : {}),
  };
}

const sampledInputs = (
  negativeSampling: Parts["negativeSampling"],
  batch: number,
): Record<string, InputSpec> =>
  Object.fromEntries(
    Object.entries(negativeSampling).flatMap(([term, { negatives }]): [string, InputSpec][] => [
      ["rows", { shape: [batch], dtype: "int32" }],
      [stateName(negativesGroup, term), { shape: [batch, negatives], dtype: "int32" }],
    ]),
  );

const scalarInputs = (values: Readonly<Record<string, number>>): Record<string, InputSpec> =>
  Object.fromEntries(Object.keys(values).map((name) => [name, { shape: [], dtype: "float32" }]));

function stateSpecs({ student, own, rules, ema, isAccumulated, inLoop, needsTeacher }: Parts) {
  const weights = parameterSpecs(student.parameters);
  return {
    ...asGroup(weightsGroup, weights),
    ...asGroup(lossGroup, parameterSpecs(own)),
    ...slotsOf(rules, trainedSpecs({ student, own })),
    ...(isAccumulated ? asGroup(accumulatedGroup, trainedSpecs({ student, own })) : {}),
    ...(ema === undefined ? {} : asGroup(averageGroup, weights)),
    ...(inLoop && needsTeacher ? asGroup(teacherGroup, parameterSpecs(inLoop.net.parameters)) : {}),
  };
}

/** The moving average begins at the weights, the optimizer's slots at zero. */
function initialState(
  { student, own, terms, rules, ema, isAccumulated, inLoop, needsTeacher, seed }: Parts,
  { weights, teacherWeights }: Readonly<Record<"weights" | "teacherWeights", NamedData>>,
): NamedData {
  const start = chosen(weights, parameterSpecs(student.parameters), "student");
  const ofLosses: NamedData = Object.assign({}, ...terms.map((term) => term.own?.initial(seed) ?? {}));
  const zeros = () =>
    Object.fromEntries(
      Object.entries(trainedSpecs({ student, own })).map(([name, { shape }]) => [
        name,
        new Float32Array(sizeOf(shape)),
      ]),
    );
  return {
    ...asGroup(weightsGroup, start),
    ...asGroup(lossGroup, ofLosses),
    ...Object.assign({}, ...rules.slots.map((slot) => asGroup(slotGroup(slot), zeros()))),
    ...(isAccumulated ? asGroup(accumulatedGroup, zeros()) : {}),
    ...(ema === undefined ? {} : asGroup(averageGroup, start)),
    ...(inLoop && needsTeacher
      ? asGroup(teacherGroup, chosen(teacherWeights, parameterSpecs(inLoop.net.parameters), "teacher"))
      : {}),
  };
}

const trainedSpecs = ({ student, own }: Pick<Parts, "student" | "own">) =>
  parameterSpecs({ ...student.parameters, ...own }, ({ trainable }) => trainable);

const slotsOf = (
  { slots }: WeightRules,
  specs: Readonly<Record<string, TensorSpec>>,
): Record<string, TensorSpec> => Object.assign({}, ...slots.map((slot) => asGroup(slotGroup(slot), specs)));

const shapesOf = ({ layers }: Net): Readonly<Record<string, Shape>> =>
  Object.fromEntries(layers.map(({ name, outputShape }) => [name, outputShape]));

/** Parameters of losses at a step, as TERM/PARAMETER. */
const scheduledValues = (terms: readonly Term[], step: number): Record<string, number> =>
  Object.assign(
    {},
    ...terms.map(({ name, schedules = {} }) =>
      asGroup(
        name,
        Object.fromEntries(Object.entries(schedules).map(([key, valueAt]) => [key, valueAt(step)])),
      ),
    ),
  );

/** By term. */
const sampledRows = (inputs: Tensors): Batch["sampled"] =>
  Object.fromEntries(
    Object.entries(inGroup(negativesGroup, inputs)).map(([term, negatives]) => [
      term,
      { rows: required(inputs, "rows"), negatives },
    ]),
  );

function assertTeacherUntouched(updates: Tensors): void {
  const touched = Object.keys(updates).find(isOfTeacher);
  if (touched) throw new Error(`the step would change the teacher: ${touched}`);
}

/** The weights of a net, picked from these: saved models may hold more. */
function chosen(weights: NamedData, specs: Readonly<Record<string, TensorSpec>>, whose: string): NamedData {
  return Object.fromEntries(
    Object.keys(specs).map((name) => {
      const data = weights[name];
      if (!data) throw new Error(`The ${whose}'s weight ${name} is missing`);
      return [name, data];
    }),
  );
}
