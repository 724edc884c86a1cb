import type { JSONPath, Node } from "jsonc-parser";
import type { Data, Experiment, Source, Teacher } from "../../schemas/experiment.gen.ts";
import { validate as isExperiment } from "../../schemas/experiment.validate.gen.mjs";
import type { ResolvedData, ResolvedOutputsTeacher } from "../../schemas/resolvedExperiment.gen.ts";
import { isShare } from "../heldBack.ts";
import type { TaskName } from "../tasks/tasks.ts";
import { items, member, numberOf, textOf } from "./model/values.ts";
import { dataOf, nodeAt, type Parsed } from "./parse.ts";
import { resolve } from "./resolve.ts";
import { entryOf } from "./schema/entry.ts";
import { soundValues } from "./sweepPaths.ts";
import { valuesWith } from "./sweptConditions.ts";
import { treeWith } from "./sweptValues.ts";
import { taskInText } from "./task.ts";

/** Everything that decides which samples the trainer reads, with defaults filled in. */
export interface DataSpec {
  readonly data: ResolvedData;
  /** The teacher's own samples. */
  readonly teacher?: Source;
  /** Teachers that are stored outputs, and where they stand. */
  readonly stored?: readonly StoredSpec[];
  /** Experiment files or runs whose students teach, as the text names them. */
  readonly assistants?: readonly string[];
  /** The experiment file or run whose student this one starts from. */
  readonly start?: string;
  /** Chooses the samples that are held back from `train`. */
  readonly seed?: number;
  /** What the text says that labels are for. */
  readonly task?: TaskName;
  /** The student begins with an embedding, so that the range of values matters. */
  readonly isLookedUp?: boolean;
  /** Augmentation changes their colours, so that the range of raw values matters. */
  readonly areColours?: boolean;
}

interface StoredSpec {
  readonly teacher: ResolvedOutputsTeacher;
  readonly at: JSONPath;
}

/** Specifications with the same key read the same samples. */
export const dataKey = (spec: DataSpec): string => JSON.stringify(spec);

/** Undefined where the text's data is not valid (yet). */
export function dataSpecOf(root: Node | undefined): DataSpec | undefined {
  const given = dataOf(nodeAt(root, ["data"])) as Data | undefined;
  if (typeof given !== "object" || given === null) return undefined;
  const {
    augment: _,
    views: __,
    batchSize: ___,
    sampler: ____,
    shuffle: _____,
    dropRemainder: ______,
    storage: _______,
    ...data
  } = given;
  const experiment = minimal(data);
  if (!isExperiment(experiment)) return undefined;
  const seed = numberOf(nodeAt(root, ["seed"]) ?? items(nodeAt(root, ["seeds"]))[0]);
  const source = dataOf(nodeAt(root, ["teacher", "train", "data"])) as Source | undefined;
  const teacher = source !== undefined && isExperiment(minimal({ train: source })) ? source : undefined;
  const task = taskInText(root);
  const teachers = [...teachersIn(nodeAt(root, ["teacher"]), ["teacher"])];
  const stored = teachers.flatMap(storedTeacher);
  const assistants = teachers.flatMap(({ node }) =>
    textOf(member(node, "type")) === "experiment" ? (textOf(member(node, "path")) ?? []) : [],
  );
  const student = nodeAt(root, ["student"]);
  const start = textOf(member(student, "run")) ?? textOf(member(student, "experiment"));
  return {
    data: resolve(experiment).data,
    ...(teacher && { teacher }),
    ...(stored.length > 0 && { stored }),
    ...(assistants.length > 0 && { assistants: [...new Set(assistants)] }),
    ...(start !== undefined && { start }),
    ...(seed !== undefined && [data.validation, data.test].some(isShare) && { seed }),
    ...(task && { task }),
    ...(hasEmbedding(root) && { isLookedUp: true }),
    ...(items(nodeAt(root, ["data", "augment"])).some(needsColours) && { areColours: true }),
  };
}

interface TeacherAt {
  readonly node: Node;
  readonly at: JSONPath;
}

/** The teacher and, of an ensemble, its members. */
function* teachersIn(node: Node | undefined, at: JSONPath): Generator<TeacherAt> {
  if (node === undefined) return;
  for (const [i, one] of items(member(node, "teachers")).entries())
    yield* teachersIn(one, [...at, "teachers", i]);
  yield { node, at };
}

function storedTeacher({ node, at }: TeacherAt): StoredSpec[] {
  if (textOf(member(node, "type")) !== "outputs") return [];
  const experiment = {
    ...minimal({ train: { type: "npz", path: "train.npz", features: "x", labels: "y" } }),
    teacher: dataOf(node) as Teacher,
  };
  if (!isExperiment(experiment)) return [];
  const { teacher } = resolve(experiment);
  return teacher?.type === "outputs" ? [{ teacher, at }] : [];
}

const hasEmbedding = (root: Node | undefined): boolean =>
  items(nodeAt(root, ["student", "layers"])).some((layer) => textOf(member(layer, "type")) === "embedding");

const needsColours = (augmentation: Node): boolean =>
  entryOf("Augmentation", textOf(member(augmentation, "type")))?.needsColours === true;

/** Those of the text and of each value of a sweep. @param most such values; absent: all */
export function dataSpecs(parsed: Parsed, most = Number.POSITIVE_INFINITY): DataSpec[] {
  const { root } = parsed;
  const values = soundValues(root).filter(({ path }) => /^(data|teacher)\b/.test(path));
  const members = values.slice(0, most).map((value) => treeWith(parsed, valuesWith(value, root)).root);
  const specs = [root, ...members].map(dataSpecOf).filter((spec) => spec !== undefined);
  return [...new Map(specs.map((spec) => [dataKey(spec), spec])).values()];
}

/** A whole experiment around the data, so that the schema can check the data alone. */
const minimal = (data: Data): Experiment => ({
  data,
  student: { layers: [{ type: "dense", units: 2 }] },
  losses: [{ type: "ce" }],
});
