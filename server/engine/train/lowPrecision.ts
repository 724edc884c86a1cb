import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityNormalize, type ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, type Samples } from "../../data/samples.ts";
import { cardTexts, type ModelCard } from "../../nets/modelCard.ts";
import { channelsFirst } from "../../nets/onnxInput.ts";
import type { Precision } from "../../optionValues.ts";
import { type Problem, problem } from "../../problem.ts";
import { sizeOf } from "../../sizeOf.ts";
import { metricOf, taskOf } from "../../tasks/tasks.ts";
import { halfWeights } from "../graph/onnx/halfWeights.ts";
import { decodeModel, elementType, encodeModel, type ModelProto } from "../graph/onnx/onnxSchema.ts";
import { calibratedTensors, quantized, type TensorRange } from "../graph/onnx/quantized.ts";
import { foldedModel } from "../native/foldedModel.ts";
import { type OnnxFeeds, openOnnxModel } from "../native/onnxModel.ts";
import { type Assessment, type AssessOptions, assess } from "./assess.ts";
import { inBatches } from "./evaluation.ts";
import type { ExportedModel } from "./exportModel.ts";
import { latencyOf } from "./predictionCost.ts";
import { prepareData } from "./prepare.ts";

export interface PrecisionRequest {
  /** The export in float32. */
  readonly exported: ExportedModel;
  readonly precision: Exclude<Precision, "fp32">;
  /** Of int8: activations are integers, too. */
  readonly calibrate: boolean;
  /** What it is measured on. */
  readonly on: Omit<AssessOptions, "model" | "prepared">;
}

/** What fewer bits cost and save, measured by running both models. */
export interface PrecisionReport {
  readonly precision: PrecisionRequest["precision"];
  /** Training samples from which ranges of activations were taken. */
  readonly calibratedOn?: number;
  readonly split: Assessment["split"];
  readonly samples: number;
  /** That a run is evaluated by. */
  readonly metric: string;
  readonly before: Size;
  readonly after: Size;
  /** Of a share in points, of another metric in percent of its value; negative where it is better. */
  readonly drop: number;
  /** Share of the samples to which both models give the same class. */
  readonly agreement?: number;
}

interface Size {
  readonly value: number;
  readonly bytes: number;
  /** Of one sample. */
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** An export with its weights in fewer bits, and what ONNX Runtime says of both. */
export async function inLowPrecision({
  exported,
  precision,
  calibrate,
  on,
}: PrecisionRequest): Promise<
  { readonly exported: ExportedModel; readonly report: PrecisionReport } | { readonly problem: Problem }
> {
  const prepared = await prepareData(on.data, on);
  if ("problem" in prepared)
    return problem(
      "export-unmeasured",
      `What ${precision} costs cannot be measured: ${prepared.problem.message}`,
      "Put the run's data back, or leave --precision out.",
    );
  const before = exported.files["model.onnx"] as Uint8Array;
  const folder = await mkdtemp(join(tmpdir(), "distillery-"));
  const path = (name: string) => join(folder, `${name}.onnx`);
  try {
    await writeFile(path("before"), before);
    const folded = await foldedModel(decodeModel(before));
    await writeFile(path("folded"), encodeModel(folded));
    const ranges = calibrate
      ? await rangesOf(path("folded"), folded, { exported, train: prepared.train })
      : undefined;
    const after = precision === "fp16" ? halfWeights(folded) : quantized(folded, ranges?.ranges);
    if (isAsWide(after))
      return problem(
        "export-unchanged",
        `${precision} changes nothing of this student: none of its weights has so many values that fewer bits save any.`,
        "Leave --precision out.",
      );
    const { metrics: _, ...kept } = exported.card; // they are those of the weights in float32
    const card: ModelCard = { ...kept, precision };
    const metadata_props = Object.entries(cardTexts(card)).map(([key, value]) => ({ key, value }));
    const model = encodeModel({ ...after, metadata_props });
    await writeFile(path("after"), model);
    const measured = [];
    for (const name of ["before", "after"] as const) {
      const assessed = await assess({ ...on, prepared, model: path(name) });
      if ("problem" in assessed) return assessed;
      const cost = await costOf(path(name), exported, on.threads);
      measured.push({ assessed, ...cost, bytes: name === "before" ? before.length : model.length });
    }
    const [first, second] = measured as [Measure, Measure];
    return {
      exported: { ...exported, card, files: { ...exported.files, "model.onnx": model } },
      report: {
        precision,
        ...(ranges ? { calibratedOn: ranges.samples } : {}),
        ...comparison(first, second, on),
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether no constant of a model has fewer bits than float32. */
const isAsWide = ({ graph }: ModelProto): boolean =>
  !graph?.initializer.some(({ data_type }) => narrow.has(data_type));

const narrow: ReadonlySet<number> = new Set([elementType.float16, elementType.int8, elementType.uint8]);

interface Measure extends Omit<Size, "value"> {
  readonly assessed: Assessment;
}

function comparison(before: Measure, after: Measure, { task }: Pick<AssessOptions, "task">) {
  const { split, samples } = before.assessed;
  const { key: metric } = taskOf(task);
  const size = ({ assessed, p50Ms, p95Ms, bytes }: Measure): Size => ({
    value: assessed.metrics[metric] as number,
    bytes,
    p50Ms,
    p95Ms,
  });
  const [a, b] = [size(before), size(after)];
  const { better, format } = metricOf(metric) ?? {};
  const worse = better === "lower" ? b.value - a.value : a.value - b.value;
  const drop = 100 * (format === "number" ? worse / (Math.abs(a.value) || 1) : worse);
  const [given, other] = [before.assessed.answers, after.assessed.answers];
  const isClass = given instanceof Int32Array && other !== undefined;
  const equal = isClass ? given.reduce((sum, said, i) => sum + Number(said === other[i]), 0) : 0;
  return {
    split,
    samples,
    metric,
    before: a,
    after: b,
    drop: Math.round(drop * 1e6) / 1e6,
    ...(isClass ? { agreement: equal / samples } : {}),
  };
}

/** As many show the ranges; more change them little. */
const calibrationSamples = 512;
const calibrationBatch = 64;

interface Calibration {
  readonly exported: ExportedModel;
  readonly train: Samples;
}

/** The least and largest value of what is quantised, over training samples from all of the set. */
async function rangesOf(path: string, folded: ModelProto, { exported, train }: Calibration) {
  const wanted = calibratedTensors(folded);
  const inside = wanted.filter((name) => name !== exported.input.name);
  const model = await openOnnxModel(path, { taps: inside });
  const ranges = new Map<string, TensorRange>();
  const extend = (name: string, values: Float32Array) => {
    let { least, most } = ranges.get(name) ?? { least: 0, most: 0 };
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    ranges.set(name, { least, most });
  };
  const samples = Math.min(calibrationSamples, train.count);
  const batch = exported.input.shape[0] === "batch" ? calibrationBatch : 1;
  try {
    for (const part of inBatches(samples, batch)) {
      const rows = part.map((i) => Math.floor((i * train.count) / samples));
      const feeds = feedsOf(train, rows, exported);
      // Of a student of one layer that is the input alone.
      const given = inside.length === 0 ? [] : await model.run(feeds, inside);
      for (const [i, name] of inside.entries()) extend(name, given[i]?.data ?? new Float32Array());
      for (const [name, { data }] of Object.entries(feeds)) if (wanted.includes(name)) extend(name, data);
    }
  } finally {
    await model.dispose();
  }
  return { ranges, samples };
}

/** Samples as the export takes them. */
function feedsOf(samples: Samples, rows: Int32Array, { input, card }: ExportedModel): OnnxFeeds {
  const values = new Float32Array(rows.length * sizeOf(samples.shape));
  const normalize: ResolvedNormalize = card.normalize?.inside === false ? card.normalize : identityNormalize;
  fillBatch(samples, rows, normalize, values);
  const data = input.order === "channels first" ? channelsFirst(values, rows.length, samples.shape) : values;
  return { [input.name]: { shape: [rows.length, ...input.shape.slice(1).map(Number)], data } };
}

/** Of a sample of zeros. */
async function costOf(path: string, { input, output }: ExportedModel, threads: number) {
  const model = await openOnnxModel(path, { threads });
  const shape = [1, ...input.shape.slice(1).map(Number)];
  const feeds = { [input.name]: { shape, data: new Float32Array(sizeOf(shape)) } };
  try {
    return await latencyOf(() => model.run(feeds, [output.name]));
  } finally {
    await model.dispose();
  }
}
