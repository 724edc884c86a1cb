import { resolve } from "node:path";
import type { ResolvedStudent, ResolvedTrainedTeacher } from "../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { isProblem as isDataProblem } from "../../data/problem.ts";
import type { Samples } from "../../data/samples.ts";
import { normalizeDoubt } from "../../nets/knownNormalize.ts";
import type { ReadCard } from "../../nets/modelCard.ts";
import { presetLayers } from "../../nets/presets/presets.ts";
import type { LayerProblem, LayerSpec } from "../../nets/shapes.ts";
import { type Problem, problem } from "../../problem.ts";
import { readModelJson } from "../nets/modelJson.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import { asProblem } from "./prepare.ts";

export interface OpenedNet {
  readonly net: Net;
  /** It was described with a softmax at its end, which is left out: losses and metrics take logits. */
  readonly softmaxLeftOut: boolean;
  /** Absent: it starts from fresh weights. */
  readonly weights?: NamedData;
  /** The card of an exported model. */
  readonly card?: ReadCard;
}

/** The student that the experiment describes, or starts from. */
export async function openStudent(
  student: ResolvedStudent,
  samples: Samples,
  baseDirectory: string,
): Promise<OpenedNet | { readonly problem: Problem }> {
  return "model" in student
    ? readNet(resolve(baseDirectory, student.model), samples.shape)
    : describedNet("student", layersOf(student, samples), samples.shape);
}

/** A net that gives logits. */
export function describedNet(
  whose: string,
  layers: readonly LayerSpec[],
  sample: readonly number[],
): OpenedNet | { readonly problem: Problem } {
  const last = layers.at(-1);
  const endsInSoftmax = last?.type === "softmax" || last?.["activation"] === "softmax";
  const net = buildNet(endsInSoftmax ? [...layers.slice(0, -1), linear(last)] : layers, sample);
  if ("problems" in net) return netProblem(whose, net.problems);
  return { net, softmaxLeftOut: endsInSoftmax };
}

export const softmaxWarning = (whose: string): Problem => ({
  code: "softmax-output",
  message: `${whose}: the softmax at the end is left out: losses take logits and apply it themselves.`,
});

/** A student that goes on from a model and is to see its samples otherwise than that one did. */
export function normalizeWarning(
  { card, net: { inputShape } }: OpenedNet,
  normalize: ResolvedNormalize,
): Problem | undefined {
  if (card?.normalize === undefined) return undefined;
  const message = normalizeDoubt(card.normalize, normalize, inputShape.at(-1) ?? 1);
  return message === undefined ? undefined : { code: "student-normalize", message };
}

/** The same layer without its softmax; it keeps its name and its inputs. */
function linear({ axis: _, ...layer }: LayerSpec): LayerSpec {
  return { ...layer, type: layer.type === "softmax" ? "activation" : layer.type, activation: "linear" };
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
  const read = await readModelJson(path, sample);
  if ("problem" in read)
    return isDataProblem(read.problem) ? asProblem(read.problem) : { problem: read.problem };
  const described = describedNet(path, read.layers, sample);
  return "problem" in described ? described : { ...described, weights: read.weights, card: read.card };
}

/** The first thing that is wrong with a list of layers: what follows from it is rarely worth a second message. */
export function netProblem(whose: string, problems: readonly LayerProblem[]): { readonly problem: Problem } {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return problem(first?.code ?? "layers", `${whose}: ${first?.message ?? "has no layers"}${more}`);
}
