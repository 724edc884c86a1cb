import type { Node } from "jsonc-parser";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { counted, grouped } from "../grouped.ts";
import { layersWithNewHead } from "../nets/head.ts";
import { int8Bytes } from "../nets/int8Bytes.ts";
import { type LayerPlan, type LayerSpec, layerShapes } from "../nets/shapes.ts";
import type { TimedStudent } from "../netTiming.ts";
import { points, type Settings, type Sweeping } from "../sweep/expand.ts";
import { type SizeMeasure, sizeMeasures, sizeText, type TooLarge, unsizedText } from "../sweep/leftOut.ts";
import type { Knowledge, StudentSizes } from "./facts.ts";
import { error, type Finding, fix, replace, warning } from "./finding.ts";
import { memberExperiment } from "./memberExperiment.ts";
import type { SourceModel } from "./model/data.ts";
import { modelOf, type OtherFacts } from "./model/model.ts";
import type { NetModel } from "./model/net.ts";
import { member, numberOf, textOf } from "./model/values.ts";
import { dataOf, nodeAt, type Parsed } from "./parse.ts";
import { sweepPathProblem } from "./sweepPaths.ts";
import { treeWith, valuesOf } from "./sweptValues.ts";

/** A value of a weight in float32. */
const bytesEach = 4;

/** "at most 20,000 parameters, 1,000,000 FLOPs"; undefined without a limit. */
export function budgetText(root: Node | undefined): string | undefined {
  const limits = limitsOf(root, [...sizeMeasures, "latencyMs"]).map(({ measure, limit }) =>
    sizeText[measure](limit),
  );
  return limits.length === 0 ? undefined : `at most ${limits.join(", ")}`;
}

const limitsOf = <M extends string>(root: Node | undefined, of: readonly M[]) =>
  of.flatMap((measure) => {
    const limit = numberOf(nodeAt(root, ["sweep", "budget", measure]));
    return limit === undefined ? [] : [{ measure, limit }];
  });

/** The limits that a sweep sets its students, and their sizes. */
export interface StudentBudget {
  /** A combination whose size is not known, as of a model that no one has read, fits. */
  readonly fits: (point: Settings) => boolean;
  /** The combinations that were asked for and do not fit. */
  readonly refused: readonly TooLarge[];
  /** Those of a size that is not known, as far as they were asked for. */
  readonly unsized: readonly Unsized[];
  /** What is timed of the student of a combination. */
  readonly timed: (point: Settings) => SweptStudent;
}

interface Unsized {
  readonly settings: Settings;
  readonly measure: SizeMeasure;
}

export interface SweptStudent {
  readonly student: TimedStudent;
  /** What is the same where two predictions take the same time. */
  readonly key: unknown;
}

/**
 * undefined where the sweep has no budget. A budget of milliseconds is kept by the sweep's trainer, who measures.
 * @param isThorough false: FLOPs are counted of a few nets alone, as a trace of a large one takes a tenth of a second
 */
export function studentBudget(
  parsed: Parsed,
  knowledge: Knowledge,
  { isThorough = true, ...known }: OtherFacts & { readonly isThorough?: boolean },
): StudentBudget | undefined {
  const { root } = parsed;
  if (nodeAt(root, ["sweep", "budget"]) === undefined) return undefined;
  const limits = limitsOf(root, sizeMeasures);
  const refused: TooLarge[] = [];
  const unsized: Unsized[] = [];
  const sizeOf = sizes(known, isThorough ? Number.POSITIVE_INFINITY : countedAtOnce);
  const modelWith = (point: Settings) => {
    const values = valuesOf(point, root).filter(({ path }) => sweepPathProblem(path, root) === undefined);
    return modelOf(treeWith(parsed, values), knowledge, known);
  };
  const isWithin = (settings: Settings): boolean => {
    const { student, data } = modelWith(settings) ?? {};
    return limits.every(({ measure, limit }) => {
      const known = student && sizeOf(measure, student, data?.train);
      if (student && known === undefined && isSound(student)) unsized.push({ settings, measure });
      const size = known ?? 0;
      if (size > limit) refused.push({ settings, measure, limit, size });
      return size <= limit;
    });
  };
  /** By combination: a check asks for the same ones more than once. */
  const found = new Map<string, boolean>();
  return {
    fits(point) {
      const key = JSON.stringify(point);
      const fits = found.get(key) ?? isWithin(point);
      found.set(key, fits);
      return fits;
    },
    refused,
    unsized,
    timed(point) {
      const { student: model, data: { train: samples } = {} } = modelWith(point) ?? {};
      const layers = model && layersIn(model, samples?.shape);
      if (layers !== undefined) return { student: layers, key: layers };
      const { student, data, seed, task } = memberExperiment(dataOf(root) as Experiment, point, "");
      const { shape, classes } = samples ?? {};
      const isKnown = shape !== undefined && classes !== undefined;
      return {
        student: { student, data, seed, ...(task && { task }) },
        key: { student, of: isKnown ? { shape, classes } : data },
      };
    },
  };
}

interface StudentLayers {
  readonly layers: readonly LayerSpec[];
  /** Of a sample. */
  readonly shape: readonly number[];
}

/** The net of a person's own modules is computed in a process of its own alone. */
const layersIn = (
  { specs, own }: NetModel,
  shape: readonly number[] | undefined,
): StudentLayers | undefined =>
  specs === undefined || shape === undefined || own !== undefined ? undefined : { layers: specs, shape };

/** Of a net that is only described, what its size depends on is known, or reported; so is what is wrong with files and modules. */
const isSound = ({ file, own }: NetModel): boolean =>
  file === undefined
    ? own !== undefined && (own.knowledge?.facts?.net?.problem ?? own.knowledge?.problem) === undefined
    : file.knowledge?.facts !== undefined;

/** Nets whose FLOPs are counted while a person types. */
const countedAtOnce = 20;

type Fed = Partial<Pick<SourceModel, "shape" | "classes">> | undefined;

type SizeOf = (measure: SizeMeasure, student: NetModel, fed: Fed) => number | undefined;

/** What sizes follow from. */
interface Sized {
  readonly parameters?: number | undefined;
  readonly plan?: LayerPlan | undefined;
  readonly net?: StudentLayers | undefined;
  readonly sizes?: Omit<StudentSizes, "layers"> | undefined;
}

function sizedOf(student: NetModel, { shape, classes }: NonNullable<Fed>): Sized {
  const { file, own, parameters, plan } = student;
  if (file === undefined)
    return { parameters, plan, net: layersIn(student, shape), sizes: own?.knowledge?.facts?.net };
  const facts = file.knowledge?.facts ?? {};
  const given = facts.outputs?.length === 1 ? facts.outputs[0]?.shape.at(-1) : undefined;
  const isNew = textOf(member(student.node, "head")) === "replace" && given !== classes;
  const { layers, ...sizes } = facts.sizes ?? {};
  if (layers === undefined || shape === undefined || (isNew && classes === undefined))
    return isNew ? {} : { parameters, sizes };
  const net = { layers: isNew && classes ? layersWithNewHead(layers, classes) : layers, shape };
  const shapes = layerShapes(net.layers, shape);
  return shapes.problems.length > 0 ? {} : { parameters: shapes.parameterCount, plan: shapes, net };
}

/** @param most nets whose FLOPs are counted */
function sizes({ countFlops }: Pick<OtherFacts, "countFlops">, most: number): SizeOf {
  /** By layers: combinations often differ in other values. */
  const counts = new Map<string, number | undefined>();
  return (measure, student, fed) => {
    const { parameters, plan, net, sizes } = sizedOf(student, fed ?? {});
    if (measure === "parameters") return parameters;
    if (measure === "bytes") return parameters && bytesEach * parameters;
    if (measure === "int8Bytes")
      return parameters === undefined || plan === undefined ? sizes?.int8Bytes : int8Bytes(plan);
    if (net === undefined) return sizes?.flops;
    const key = JSON.stringify(net);
    if (!counts.has(key) && counts.size < most) counts.set(key, countFlops?.(net.layers, net.shape));
    return counts.get(key);
  };
}

/** Combinations that no student within the budget is found for: all of them is an error. */
export function budgetFindings(
  parsed: Parsed,
  budget: StudentBudget | undefined,
  isThorough: boolean,
): Finding[] {
  if (budget === undefined) return [];
  const experiment = dataOf(parsed.root) as Sweeping;
  const wanted = points(experiment).length;
  const found = points(experiment, { ...(isThorough ? {} : { most: 1 }), fits: budget.fits }).length;
  const at = (measure: SizeMeasure) => nodeAt(parsed.root, ["sweep", "budget", measure]);
  const unsized = isThorough ? sizeMeasures.flatMap((measure) => unsizedFinding(budget, measure, at)) : [];
  const [first] = budget.refused;
  if (first === undefined || (found > 0 && (!isThorough || found >= wanted))) return unsized;
  const { measure } = first;
  const alike = budget.refused.filter((one) => one.measure === measure);
  const smallest = Math.min(...alike.map(({ size }) => size));
  const node = at(measure);
  if (node === undefined) return unsized;
  if (found > 0)
    return [
      ...unsized,
      {
        code,
        ...warning(
          node,
          `Of ${counted(wanted, "combination")}, ${grouped(found)} ${found === 1 ? "is" : "are"} within the budget; the others are not trained.`,
        ),
      },
    ];
  const words = `the smallest that was tried has ${sizeText[measure](smallest)}`;
  const change = fix(`Change to ${smallest}`, replace(node, String(smallest)));
  return [{ code, ...error(node, `No student is within the budget: ${words}.`, change) }];
}

const code = "sweep-budget";

/** A budget that is not kept is told of before anything trains. */
function unsizedFinding(
  { unsized }: StudentBudget,
  measure: SizeMeasure,
  at: (measure: SizeMeasure) => Node | undefined,
): Finding[] {
  const node = at(measure);
  const settings = unsized.filter((one) => one.measure === measure).map((one) => one.settings);
  if (node === undefined || settings.length === 0) return [];
  return [{ code, ...warning(node, unsizedText(measure, settings)) }];
}
