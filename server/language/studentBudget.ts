import type { Node } from "jsonc-parser";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { counted, grouped } from "../grouped.ts";
import { int8Bytes } from "../nets/int8Bytes.ts";
import type { LayerSpec } from "../nets/shapes.ts";
import type { TimedStudent } from "../netTiming.ts";
import { points, type Settings, type Sweeping } from "../sweep/expand.ts";
import { type SizeMeasure, sizeMeasures, sizeText, type TooLarge } from "../sweep/leftOut.ts";
import type { Knowledge } from "./facts.ts";
import { error, type Finding, fix, replace, warning } from "./finding.ts";
import { memberExperiment } from "./memberExperiment.ts";
import { modelOf, type OtherFacts } from "./model/model.ts";
import type { NetModel } from "./model/net.ts";
import { numberOf } from "./model/values.ts";
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
  /** What is timed of the student of a combination. */
  readonly timed: (point: Settings) => SweptStudent;
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
  const sizeOf = sizes(known, isThorough ? Number.POSITIVE_INFINITY : countedAtOnce);
  const modelWith = (point: Settings) => {
    const values = valuesOf(point, root).filter(({ path }) => sweepPathProblem(path, root) === undefined);
    return modelOf(treeWith(parsed, values), knowledge, known);
  };
  const isWithin = (settings: Settings): boolean => {
    const { student, data } = modelWith(settings) ?? {};
    return limits.every(({ measure, limit }) => {
      const size = (student && sizeOf(measure, student, data?.train?.shape)) ?? 0;
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

/** Nets whose FLOPs are counted while a person types. */
const countedAtOnce = 20;

type SizeOf = (
  measure: SizeMeasure,
  student: NetModel,
  shape: readonly number[] | undefined,
) => number | undefined;

/** @param most nets whose FLOPs are counted */
function sizes({ countFlops }: Pick<OtherFacts, "countFlops">, most: number): SizeOf {
  /** By layers: combinations often differ in other values. */
  const counts = new Map<string, number | undefined>();
  return (measure, student, shape) => {
    const { parameters, plan } = student;
    if (measure === "parameters") return parameters;
    if (measure === "bytes") return parameters && bytesEach * parameters;
    if (measure === "int8Bytes")
      return parameters === undefined || plan === undefined ? undefined : int8Bytes(plan);
    const net = layersIn(student, shape);
    if (net === undefined) return undefined;
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
  const [first] = budget.refused;
  if (first === undefined || (found > 0 && (!isThorough || found >= wanted))) return [];
  const { measure } = first;
  const alike = budget.refused.filter((one) => one.measure === measure);
  const smallest = Math.min(...alike.map(({ size }) => size));
  const node = nodeAt(parsed.root, ["sweep", "budget", measure]);
  if (node === undefined) return [];
  const code = "sweep-budget";
  if (found > 0)
    return [
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
