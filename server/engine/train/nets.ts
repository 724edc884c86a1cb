import { resolve } from "node:path";
import type { ResolvedStudent, ResolvedTrainedTeacher } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Samples } from "../../data/samples.ts";
import { readModelJson } from "../nets/modelJson.ts";
import { buildNet, type Net } from "../nets/net.ts";
import { presetLayers } from "../nets/presets/presets.ts";
import type { LayerProblem, LayerSpec } from "../nets/shapes.ts";
import type { NamedData } from "../program.ts";
import { type Problem, problem } from "./problem.ts";

export interface OpenedNet {
  readonly net: Net;
  /** Absent: it starts from fresh weights. */
  readonly weights?: NamedData;
}

/** The student that the experiment describes, or starts from. */
export async function openStudent(
  student: ResolvedStudent,
  samples: Samples,
  baseDirectory: string,
): Promise<OpenedNet | { readonly problem: Problem }> {
  if ("model" in student) return readNet(resolve(baseDirectory, student.model), samples.shape);
  const net = buildNet(layersOf(student, samples), samples.shape);
  return "problems" in net ? netProblem("student", net.problems) : { net };
}

/** The layers that a description stands for: its own, or a preset's. */
export function layersOf(
  described: Exclude<ResolvedStudent, { model: string }> | ResolvedTrainedTeacher,
  { classes }: Samples,
): readonly LayerSpec[] {
  return "layers" in described
    ? (described.layers as readonly unknown[] as readonly LayerSpec[])
    : presetLayers(described, classes);
}

/** A tfjs layers model, as its converter and `model.save` write it. */
export async function readNet(
  path: string,
  sample: readonly number[],
): Promise<Required<OpenedNet> | { readonly problem: Problem }> {
  const read = await readModelJson(path, sample).catch((error: NodeJS.ErrnoException) =>
    problem(
      "model-unreadable",
      `${path}: ${error.message}`,
      "Give the path of a tfjs layers model's model.json.",
    ),
  );
  if ("problem" in read) return read;
  const net = buildNet(read.layers, sample);
  return "problems" in net ? netProblem(path, net.problems) : { net, weights: read.weights };
}

/** The first thing that is wrong with a list of layers: what follows from it is rarely worth a second message. */
export function netProblem(whose: string, problems: readonly LayerProblem[]): { readonly problem: Problem } {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return problem(first?.code ?? "layers", `${whose}: ${first?.message ?? "has no layers"}${more}`);
}
