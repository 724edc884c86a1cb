import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type {
  ResolvedExperimentStudent,
  ResolvedModelStudent,
  ResolvedModuleStudent,
  ResolvedRunStudent,
  ResolvedStudent,
  ResolvedTrainedTeacher,
} from "../../../schemas/resolvedExperiment.gen.ts";
import { isIdentity, type ResolvedNormalize } from "../../data/normalize.ts";
import { type DataProblem, isProblem as isDataProblem } from "../../data/problem.ts";
import type { Provenance } from "../../data/provenance.ts";
import type { Samples } from "../../data/samples.ts";
import type { GraphStudentOptions } from "../../nets/graphStudent.ts";
import { lastDense, noHead } from "../../nets/head.ts";
import { normalizeDoubt } from "../../nets/knownNormalize.ts";
import { lostMask, lostMasks } from "../../nets/lostMasks.ts";
import type { ReadCard } from "../../nets/modelCard.ts";
import { ownStudent } from "../../nets/ownStudents.ts";
import { presetLayers } from "../../nets/presets/presets.ts";
import type { LayerProblem, LayerSpec } from "../../nets/shapes.ts";
import { isModulePath } from "../../parameters/moduleName.ts";
import { type Problem, problem } from "../../problem.ts";
import { taskOf } from "../../tasks/tasks.ts";
import { readFileWeights } from "../nets/fileWeights.ts";
import { fingerprintOf } from "../nets/fingerprint.ts";
import { readModelJson } from "../nets/modelJson.ts";
import { buildNet, type LayeredNet, type Net, structureOf } from "../nets/net.ts";
import { ownNet } from "../nets/ownNet.ts";
import { readGraphNet } from "../nets/savedNet.ts";
import { inUnits } from "../nets/unitsLayer.ts";
import type { NamedData } from "../program.ts";
import { classOrder } from "./classOrder.ts";
import type { Ending, TrainContext, TrainedStudent } from "./context.ts";
import { moduleProblemOf } from "./lossTrial.ts";
import { asProblem } from "./prepare.ts";

export interface OpenedNet {
  readonly net: Net;
  /** The activation of the task that its description ends in, which is dropped: losses and metrics take logits. */
  readonly leftOut?: string;
  /** Weights that it starts from; the others are fresh. */
  readonly weights?: NamedData;
  /** The card of an exported model. */
  readonly card?: ReadCard;
  /** What the run trained it on whose student it is, as of {@link TrainedStudent}. */
  readonly learnedFrom?: TrainedStudent["learnedFrom"];
  /** Remarks about its weights' file. */
  readonly remarks?: readonly Problem[];
}

/** The student that the experiment describes, or starts from. */
export async function openStudent(
  student: ResolvedStudent,
  samples: Samples,
  { baseDirectory, studentOf }: Pick<TrainContext, "baseDirectory" | "studentOf">,
): Promise<OpenedNet | { readonly problem: Problem } | Stopped> {
  if ("run" in student || "experiment" in student) {
    const { head, ...named } = student as ResolvedRunStudent | ResolvedExperimentStudent;
    const path = resolve(baseDirectory, "run" in named ? named.run : named.experiment);
    const found = await studentOf(path, { teaches: false });
    if (found.ending === "stopped") return found;
    if (found.ending === "failed") return problem(found.code, found.message, found.hint);
    const { model, classNames, learnedFrom } = found.result;
    const obstacle = head === "keep" ? classOrder("The student", classNames, samples) : undefined;
    if (obstacle !== undefined) return obstacle;
    const read = await readStudent(model, samples, head);
    return "problem" in read ? read : { ...read, learnedFrom };
  }
  if ("model" in student) {
    const { model, head } = student as ResolvedModelStudent;
    return readStudent(resolve(baseDirectory, model), samples, head);
  }
  if ("type" in student && isModulePath(student.type))
    return openOwn(student as ResolvedModuleStudent, samples);
  const described = describedNet(
    "student",
    inUnits(layersOf(student as DescribedNet, samples), samples.standard),
    samples,
  );
  return "problem" in described ? described : withFileWeights(described, student, baseDirectory);
}

/**
 * The facts by which a run recognises what its student begins with: weights that are not drawn, and of a saved network what it
 * computes, too. None where all are drawn.
 */
export function studentRecord({ net, weights, card }: OpenedNet): Pick<Provenance, "student"> {
  if (weights === undefined) return {};
  const hash = createHash("sha256").update(fingerprintOf(weights, net));
  if (card !== undefined) hash.update(JSON.stringify(structureOf(net)));
  return { student: { hash: hash.digest("hex") } };
}

/** The same with the weights of a file, where the student names one. */
async function withFileWeights(
  opened: OpenedNet & { readonly net: LayeredNet },
  student: ResolvedStudent,
  baseDirectory: string,
): Promise<OpenedNet | { readonly problem: Problem }> {
  const { weights: path } = student as DescribedStudent;
  if (path === undefined) return opened;
  const { layers } = opened.net.form;
  const read = await readFileWeights(resolve(baseDirectory, path), layers, student as DescribedStudent);
  return "problem" in read ? refused(read) : { ...opened, ...read };
}

/** A student of a person's own module, which has been loaded. */
function openOwn(
  { type, ...given }: ResolvedModuleStudent,
  { shape, classes }: Samples,
): OpenedNet | { readonly problem: Problem } {
  const own = ownStudent(type);
  if (own === undefined) throw new Error(`The student ${type} has not been loaded`);
  try {
    return { net: ownNet(own, given, { input: shape, outputs: classes }) };
  } catch (error) {
    return { problem: moduleProblemOf(error, `The student ${type}`) };
  }
}

/** A net with logits as output: without the activation that its task has behind it. */
export function describedNet(
  whose: string,
  layers: readonly LayerSpec[],
  { shape, task }: Pick<Samples, "shape" | "task">,
): (OpenedNet & { readonly net: LayeredNet }) | { readonly problem: Problem } {
  const last = layers.at(-1);
  const { activation } = taskOf(task);
  const endsInIt =
    activation !== undefined && (last?.type === activation || last?.["activation"] === activation);
  const net = buildNet(endsInIt ? [...layers.slice(0, -1), linear(last as LayerSpec)] : layers, shape);
  if ("problems" in net) return netProblem(whose, net.problems);
  return { net, ...(endsInIt ? { leftOut: activation } : {}) };
}

/** The same layers without the dropped end. */
export const endWarning = (whose: string, { leftOut }: OpenedNet): Problem | undefined =>
  leftOut === undefined
    ? undefined
    : {
        code: "softmax-output",
        message: `${whose}: the ${leftOut} at the end is dropped: losses take logits and apply it themselves.`,
      };

/** Layers that treat padding as words. */
export const maskWarnings = (whose: string, { net }: OpenedNet): readonly Problem[] =>
  net.form.kind === "layers"
    ? lostMasks(net.form.layers).map(({ name }) => ({
        code: "mask-lost",
        message: `${whose}: ${lostMask(name)}`,
      }))
    : [];

/** A student that starts from a model with another normalisation. */
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

type DescribedStudent = Exclude<
  ResolvedStudent,
  { model: string } | { run: string } | { experiment: string } | ResolvedModuleStudent
>;

type DescribedNet = DescribedStudent | ResolvedTrainedTeacher;

/** The layers of a description: its own, or a preset's. */
export function layersOf(described: DescribedNet, { classes }: Samples): readonly LayerSpec[] {
  return "layers" in described
    ? (described.layers as readonly unknown[] as readonly LayerSpec[])
    : presetLayers(described, classes);
}

/** A stop was requested while another experiment trained. */
export type Stopped = Extract<Ending<never>, { readonly ending: "stopped" }>;

interface ReadNet extends OpenedNet {
  readonly weights: NamedData;
  readonly card: ReadCard;
}

/** A saved network to train further, with its head or with a new one for as many outputs as the samples have. */
async function readStudent(
  path: string,
  samples: Samples,
  head: "keep" | "replace",
): Promise<OpenedNet | { readonly problem: Problem }> {
  const read = await readNet(path, samples, head === "replace" ? samples.classes : undefined);
  // The names are those of the outputs that are gone.
  return "problem" in read || head === "keep" ? read : { ...read, card: withoutClasses(read.card) };
}

const withoutClasses = ({ classNames: _, ...card }: ReadCard): ReadCard => card;

/** A tfjs layers model, as written by its converter and `model.save`, or an ONNX model. */
export async function readNet(
  path: string,
  samples: Pick<Samples, "shape" | "task" | "tokens">,
  newHead?: number,
): Promise<ReadNet | { readonly problem: Problem }> {
  if (path.endsWith(".onnx"))
    return readGraph(path, { sample: samples.shape, tokens: samples.tokens, newHead });
  const read = await readModelJson(path, samples.shape);
  if ("problem" in read) return refused(read);
  const { weights, card } = read;
  const dense = newHead === undefined ? undefined : lastDense(read.layers);
  if (newHead !== undefined && dense === undefined) return problem("head-missing", `${path}: ${noHead}.`);
  const layers = read.layers.map((layer) => (layer === dense ? { ...layer, units: newHead } : layer));
  const described = describedNet(path, layers, samples);
  if ("problem" in described) return described;
  const kept = Object.entries(weights).filter(
    ([name]) => name.slice(0, name.lastIndexOf(".")) !== dense?.name,
  );
  return { ...described, weights: Object.fromEntries(kept), card };
}

async function readGraph(
  path: string,
  options: GraphStudentOptions,
): Promise<ReadNet | { readonly problem: Problem }> {
  const read = await readGraphNet(path, options);
  if ("problem" in read) return refused(read);
  const { normalize } = read.card;
  if (normalize?.inside === true && !isIdentity(normalize))
    return problem(
      "model-format",
      `${path} normalises its samples itself, as exports do: a student gets them normalised.`,
      "Start from the model.onnx of the run, or export it with --raw.",
    );
  return read;
}

const refused = (read: { readonly problem: Problem | DataProblem }): { readonly problem: Problem } =>
  isDataProblem(read.problem) ? asProblem(read.problem) : { problem: read.problem };

/** The first problem of a list of layers: later ones often follow from it. */
export function netProblem(whose: string, problems: readonly LayerProblem[]): { readonly problem: Problem } {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return problem(first?.code ?? "layers", `${whose}: ${first?.message ?? "has no layers"}${more}`);
}
