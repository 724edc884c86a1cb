import type { Node } from "jsonc-parser";
import { points, type Sweeping } from "../../sweep/expand.ts";
import type { TaskName } from "../../tasks/tasks.ts";
import { dataSpecOf } from "../dataSpec.ts";
import {
  type CountFlops,
  type DataKnowledge,
  type EngineFacts,
  type Executor,
  type FileReference,
  factsKey,
  type Knowledge,
  type KnownData,
  type LastRun,
  type MachineFacts,
  type TermSizes,
} from "../facts.ts";
import { dataOf, nodeAt, type Parsed } from "../parse.ts";
import { references } from "../references.ts";
import { withModules } from "../schema/modules.ts";
import { soundValues, sweepPathProblem } from "../sweepPaths.ts";
import { valuesWith } from "../sweptConditions.ts";
import { type SweptValue, sweptValues, treeWith, valuesOf } from "../sweptValues.ts";
import { taskInText } from "../task.ts";
import { type DataModel, dataModel } from "./data.ts";
import { type Duration, duration } from "./duration.ts";
import type { FileModel } from "./file.ts";
import type { LossModel } from "./losses.ts";
import { type NetModel, studentModel, teacherModel } from "./net.ts";
import { type StageModel, stageModels } from "./stages.ts";
import type { ValueAt } from "./values.ts";

/**
 * The meaning of an experiment, as far as its text and files tell. Everything that depends on something missing or wrong is
 * undefined, so rules need no further checks.
 */
export interface Model {
  readonly parsed: Parsed;
  readonly root: Node;
  /** The value at a path, as in `at("data", "train", "path")`. */
  readonly at: ValueAt;
  readonly files: readonly FileModel[];
  readonly data: DataModel;
  /** What the student learns to predict: as in the text, else as the labels look. */
  readonly task: TaskName;
  /** The text says it, or the labels are known. */
  readonly isTaskKnown: boolean;
  readonly teacher: NetModel | undefined;
  readonly student: NetModel | undefined;
  /** Of all stages, each once. */
  readonly losses: readonly LossModel[];
  /** The parts of the training, in order; at least one. */
  readonly stages: readonly StageModel[];
  readonly duration: Duration;
  /** Results of reading the samples; undefined where they have not been read. */
  readonly samples: DataKnowledge | undefined;
  /** Of the last run; empty where there was none. */
  readonly termSizes: TermSizes;
  /** Undefined where there was none that was warned. */
  readonly lastRun: LastRun | undefined;
  /** Undefined where this machine has not been examined. */
  readonly engines: EngineFacts | undefined;
  readonly machine: MachineFacts | undefined;
  /** Where the runs of a sweep are to train; undefined where that is not known. */
  readonly executor: Executor | undefined;
}

/** Facts beyond the text and its files. */
export interface OtherFacts {
  /** Results of reading the samples; none by default. */
  readonly knownData?: KnownData;
  /** Findings of the experiment's last run. */
  readonly termSizes?: TermSizes;
  readonly lastRun?: LastRun;
  /** Engines of this machine; not checked where absent. */
  readonly engines?: EngineFacts;
  readonly machine?: MachineFacts;
  readonly executor?: Executor | undefined;
  /** Absent: no student's are known. */
  readonly countFlops?: CountFlops | undefined;
}

/** Undefined where the text is not an object. */
export function modelOf(
  parsed: Parsed,
  knowledge: Knowledge,
  { knownData, termSizes = {}, lastRun, engines, machine, executor }: OtherFacts = {},
): Model | undefined {
  const { root } = parsed;
  if (root?.type !== "object") return undefined;
  const at = (...path: (string | number)[]) => nodeAt(root, path);
  const files = [...references(root)].map((reference) => ({ reference, knowledge: knowledge(reference) }));
  const samples = knownData && samplesOf(root, knownData);
  const data = dataModel(at, files, samples?.facts?.shape);
  const task = taskInText(root) ?? data.train?.task ?? "classification";
  const stages = stageModels(root, withModules(root, knowledge), task);
  return {
    parsed,
    root,
    at,
    files,
    data,
    task,
    // A table without a row has no class, and is of no task.
    isTaskKnown: taskInText(root) !== undefined || (data.train?.classes ?? 0) > 0,
    teacher: teacherModel(at("teacher"), data, { files, knowledge }),
    student: studentModel(at("student"), data, { files, knowledge }),
    losses: [...new Set(stages.flatMap(({ losses }) => losses))],
    stages,
    duration: duration(at, data, stages),
    samples,
    termSizes,
    lastRun,
    engines,
    machine,
    executor,
  };
}

/**
 * The modules of an experiment's nets, and of those that its sweep tries, whose shapes have to be computed once the facts about its files
 * are known.
 */
export function ownNets(parsed: Parsed, knowledge: Knowledge, others?: OtherFacts): readonly FileReference[] {
  if (!references(parsed.root).some(({ module }) => module === "layer" || module === "student")) return [];
  const found = new Map<string, FileReference>();
  for (const one of [parsed, ...membersWithNets(parsed)]) {
    const { teacher, student } = modelOf(one, knowledge, others) ?? {};
    for (const net of [teacher, student])
      if (net?.own && found.size < mostOwnNets) found.set(factsKey(net.own.reference), net.own.reference);
  }
  return [...found.values()];
}

/** Each takes a process half a second. */
const mostOwnNets = 24;

/** The runs of a sweep that may have other nets: each value alone first, then combinations. */
function* membersWithNets(parsed: Parsed): Generator<Parsed> {
  const { root } = parsed;
  const isOfNet = ({ path }: Pick<SweptValue, "path">) => /^(student|teacher)\b/.test(path);
  const values = sweptValues(root).filter(isOfNet);
  if (values.length === 0) return;
  const isSound = ({ path }: SweptValue) => sweepPathProblem(path, root) === undefined;
  for (const value of soundValues(root).filter(isOfNet)) yield treeWith(parsed, valuesWith(value, root));
  for (const point of points(dataOf(root) as Sweeping, { most: mostOwnNets }))
    yield treeWith(parsed, valuesOf(point, root).filter(isSound));
}

function samplesOf(root: Node, knownData: KnownData): DataKnowledge | undefined {
  const spec = dataSpecOf(root);
  return spec && knownData(spec);
}
