import type { ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { isProblem as isDataProblem } from "../../../data/problem.ts";
import type { Provenance } from "../../../data/provenance.ts";
import type { Kind } from "../../../parameters/kind.ts";
import { type Ending, failedBy } from "../context.ts";
import { asProblem } from "../prepare.ts";
import type { Teacher } from "../teacher.ts";
import { describedTeacher } from "./described.ts";
import { ensembleTeacher } from "./ensemble.ts";
import { experimentTeacher } from "./experiment.ts";
import { membersOf } from "./membersOf.ts";
import { onnxTeacher } from "./onnxFile.ts";
import { outputsTeacher } from "./outputs.ts";
import type { OpenTeacherOptions, TeacherContext, TeacherType } from "./teacherType.ts";
import { tfjsTeacher } from "./tfjsFile.ts";
import { ownNormalize } from "./trained.ts";

/** Every teacher that an experiment can name. A row is all of one: schema, reference, completion and how it is opened. */
const teachers = {
  onnx: onnxTeacher,
  tfjs: tfjsTeacher,
  layers: describedTeacher,
  outputs: outputsTeacher,
  ensemble: ensembleTeacher,
  experiment: experimentTeacher,
} as const;

/** Teachers as the experiment file knows them. */
export const teacherKind: Kind = { name: "Teacher", entries: teachers };

const typeOf = ({ type }: Pick<ResolvedTeacher, "type">): TeacherType => teachers[type] as TeacherType;

/** Whether a teacher may be a part of a step's graph. */
export const isOfLayers = (spec: Pick<ResolvedTeacher, "type">): boolean => typeOf(spec).isOfLayers;

/** Brings the experiment's teacher into the room: opened from its file, or trained first. */
export async function openTeacher(
  spec: ResolvedTeacher,
  options: OpenTeacherOptions,
  context: TeacherContext,
): Promise<Ending<Teacher>> {
  const own = ownNormalize(spec, options.train);
  if (own !== undefined && isDataProblem(own)) return failedBy(asProblem(own));
  const other = (spec: ResolvedTeacher) => openTeacher(spec, options, context);
  return typeOf(spec).open(spec, { taps: [], ...options, own, other }, context);
}

/** What a run keeps of its teacher, to know it again. */
export const teacherRecord = (
  spec: ResolvedTeacher,
  { hash }: Teacher,
): NonNullable<Provenance["teacher"]> => ({ hash, from: isTrained(spec) ? "trained" : "file" });

const isTrained = (spec: ResolvedTeacher): boolean => membersOf(spec).some(({ type }) => type === "layers");
