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
import { savedModelTeacher } from "./savedModelFolder.ts";
import type { OpenTeacherOptions, TeacherContext, TeacherType } from "./teacherType.ts";
import { tfjsTeacher } from "./tfjsFile.ts";
import { ownNormalize } from "./trained.ts";

/** Every teacher of the experiment file. Schema, reference, completion and opening follow from a row. */
const teachers = {
  onnx: onnxTeacher,
  tfjs: tfjsTeacher,
  savedModel: savedModelTeacher,
  layers: describedTeacher,
  outputs: outputsTeacher,
  ensemble: ensembleTeacher,
  experiment: experimentTeacher,
} as const;

/** The teachers as a kind of the experiment file. */
export const teacherKind: Kind = { name: "Teacher", entries: teachers };

const typeOf = ({ type }: Pick<ResolvedTeacher, "type">): TeacherType => teachers[type] as TeacherType;

/** Whether a teacher can be part of a step's graph. */
export const isOfLayers = (spec: Pick<ResolvedTeacher, "type">): boolean => typeOf(spec).isOfLayers;

/** Opens the experiment's teacher from its file, or trains it first. */
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

/** The facts by which a run recognises its teacher. */
export const teacherRecord = (
  spec: ResolvedTeacher,
  { hash }: Teacher,
): NonNullable<Provenance["teacher"]> => ({ hash, from: isTrained(spec) ? "trained" : "file" });

const isTrained = (spec: ResolvedTeacher): boolean => membersOf(spec).some(({ type }) => type === "layers");
