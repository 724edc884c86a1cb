import type { Shape } from "../../../nets/layers/layer.ts";
import {
  channelsFirst,
  channelsLast,
  type Feeding,
  feedingsOf,
  type Layout,
} from "../../../nets/onnxInput.ts";
import { type Problem, problem } from "../../../problem.ts";
import { sizeOf } from "../../../sizeOf.ts";
import type { OnnxModel, OnnxPort, OnnxValues } from "../../native/onnxModel.ts";
import { type FedSamples, type OtherInput, otherFeeds } from "./onnxFeeds.ts";

export interface Trial {
  readonly feeding: Feeding;
  readonly classes: number;
  /** The model's outputs for {@link trialSamples}, [count, classes]. */
  readonly outputs: Float32Array;
  readonly count: number;
  /** The other order of the channels, where the model accepts it too and computes something else. */
  readonly otherLayout?: Layout;
}

interface Ports extends FedSamples {
  readonly input: OnnxPort;
  readonly others: readonly OtherInput[];
  readonly output: OnnxPort;
  /** As in {@link Reading}. */
  readonly mayBeBare?: boolean | undefined;
  readonly labels?: number | undefined;
}

/**
 * Tries the possible layouts of the input until one works: shapes that a model declares may be open, missing, or
 * narrower inside than outside. A model that cannot take these samples fails here, before training.
 */
export async function findFeeding(
  model: OnnxModel,
  { layout, path, ...ports }: Ports & { readonly layout: "auto" | Layout; readonly path: string },
): Promise<Trial | { readonly problem: Problem }> {
  const { input, sample } = ports;
  const feedings = feedingsOf(input.shape, sample, layout);
  if (feedings.length === 0) {
    return problem(
      "model-input",
      `${path}: the input "${input.name}" has the shape [${input.shape.join(", ")}]; samples of the shape ` +
        `[${sample.join(", ")}] do not fit it${layout === "auto" ? ", neither channels last nor channels first" : ` in the layout ${layout}`}.`,
      "Give the samples' shape in the source (shape), or another teacher.",
    );
  }
  let first: string | undefined;
  let found: Trial | undefined;
  for (const feeding of feedings) {
    if (found !== undefined && (feeding.layout === found.feeding.layout || !sameAxes(feeding, found.feeding)))
      continue;
    const tried = await trial(model, ports, feeding);
    if (typeof tried === "string") first ??= tried;
    else if (found === undefined) found = tried;
    else return { ...found, otherLayout: feeding.layout };
  }
  return (
    found ??
    problem(
      "teacher-failed",
      `${path}: the teacher cannot take samples of the shape [${sample.join(", ")}]: ${first}`,
      "Check data, teacher.input, teacher.output and teacher.layout.",
    )
  );
}

/** Whether two layouts differ only in the order of the channels. */
const sameAxes = (a: Feeding, b: Feeding) => a.batch === b.batch && a.shape.length === b.shape.length;

async function trial(model: OnnxModel, ports: Ports, feeding: Feeding): Promise<Trial | string> {
  const { input, output, labels } = ports;
  // As many samples as labels would not show which axis is theirs.
  const count = typeof feeding.batch === "number" ? Math.max(2, feeding.batch) : labels === 2 ? 3 : 2;
  try {
    const { outputs } = await runBatches(
      model,
      { ...ports, input: input.name, output: output.name, taps: [], feeding },
      trialSamples(count, ports.sample),
      count,
    );
    return { feeding, classes: outputs.length / count, outputs, count };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Values in [0, 1] without a pattern, the same in every run. */
export const trialSamples = (count: number, sample: readonly number[]): Float32Array =>
  Float32Array.from({ length: count * sizeOf(sample) }, (_, i) => (i * 0.618034) % 1);

/** The tensors that a run reads. */
export interface Reading extends FedSamples {
  /** It takes the sample. */
  readonly input: string;
  readonly others: readonly OtherInput[];
  /** The scores. */
  readonly output: string;
  /** Tensors inside, by name. */
  readonly taps: readonly string[];
  readonly feeding: Feeding;
  /** Outputs may be [batch], one number a sample. */
  readonly mayBeBare?: boolean | undefined;
  /** How many labels a sample may have: outputs may be [labels, batch, 2], of each that it is absent and that it is there. */
  readonly labels?: number | undefined;
}

export interface Reply {
  readonly outputs: Float32Array; // [count, classes]
  /** By tensor. */
  readonly features: Readonly<Record<string, Feature>>;
}

interface Feature {
  /** Of one sample, channels last. */
  readonly shape: Shape;
  readonly values: Float32Array; // [count, ...shape]
}

/**
 * The model's outputs for samples in the data's layout, [count, classes], and inner tensors. A tensor of four axes has
 * its channels first, as ONNX's convolutions do.
 * @throws when the model refuses, or gives something else than one row of scores per sample
 */
export async function runBatches(
  model: OnnxModel,
  { input, others, output, taps, feeding, mayBeBare = false, labels, ...fed }: Reading,
  samples: Float32Array,
  count: number,
): Promise<Reply> {
  const { layout, shape } = feeding;
  const { sample } = fed;
  const size = sizeOf(sample);
  const most = feeding.batch === "any" ? count : feeding.batch === "none" ? 1 : feeding.batch;
  const batch = feeding.batch === "none" ? undefined : most;
  let out: Float32Array | undefined;
  // Layers may have any name that the runtime can return: it refuses names of an object's own members, such as
  // "constructor".
  const features: Record<string, Feature> = Object.create(null);
  for (let start = 0; start < count; start += most) {
    const rows = Math.min(most, count - start);
    const own = samples.subarray(start * size, (start + rows) * size);
    const values = rows === most ? own : filledUp(own, most * size);
    const data = layout === "nchw" ? channelsFirst(values, most, sample) : values;
    const feeds = {
      ...otherFeeds(others, values, { ...fed, batch }),
      [input]: { shape: [...(batch === undefined ? [] : [batch]), ...shape], data },
    };
    const [given, ...tapValues] = await model.run(feeds, [output, ...taps]);
    const scores = given && (presenceOf(given, labels, batch) ?? given);
    if (scores === undefined) throw new Error("it gives nothing.");
    const isBare = mayBeBare && scores.shape.length === 1 && batch !== undefined;
    const classes = classesOf(isBare ? [...scores.shape, 1] : scores.shape, batch);
    out = put(scores.data, out, { start, rows, count, size: classes });
    tapValues.forEach((values, i) => {
      const name = taps[i] as string;
      const part = featureOf(name, values, batch);
      const kept = put(part.values, features[name]?.values, { start, rows, count, size: sizeOf(part.shape) });
      features[name] = { shape: part.shape, values: kept };
    });
  }
  return { outputs: out ?? new Float32Array(0), features };
}

/**
 * [batch, labels] of what scikit-learn's forests and neighbours give for several labels, [labels, batch, 2]; undefined for other
 * shapes.
 * @throws where these are no shares of absent and there
 */
function presenceOf(
  { shape, data }: OnnxValues,
  labels: number | undefined,
  batch: number | undefined,
): OnnxValues | undefined {
  if (labels === undefined || batch === undefined || shape.join() !== [labels, batch, 2].join())
    return undefined;
  const there = new Float32Array(batch * labels);
  for (let i = 0; i < batch; i++)
    for (let label = 0; label < labels; label++) {
      const at = 2 * (label * batch + i);
      const share = data[at + 1] as number;
      if (!(Math.abs((data[at] as number) + share - 1) < 1e-3))
        throw new Error(
          `it gives [${shape.join(", ")}], of each label that it is absent and that it is there, but ${data[at]} and ${share} do not sum to 1. Store what it says in Python, and teach from that ("type": "outputs").`,
        );
      there[i * labels + label] = share;
    }
  return { shape: [batch, labels], data: there };
}

/** A model for one batch size gets batches of that size; the last one is filled up with zeros. */
function filledUp(values: Float32Array, length: number): Float32Array {
  const filled = new Float32Array(length);
  filled.set(values);
  return filled;
}

/** Rows of one run among those of all; of a single run its own array. */
function put(
  values: Float32Array,
  all: Float32Array | undefined,
  {
    start,
    rows,
    count,
    size,
  }: { readonly start: number; readonly rows: number; readonly count: number; readonly size: number },
): Float32Array {
  if (rows === count && values.length === count * size) return values;
  const out = all ?? new Float32Array(count * size);
  out.set(values.subarray(0, rows * size), start * size);
  return out;
}

/** @param batch the first axis; undefined where there is none */
function featureOf(name: string, { shape, data }: OnnxValues, batch: number | undefined): Feature {
  if (batch !== undefined && shape[0] !== batch)
    throw new Error(
      `"${name}" is [${shape.join(", ")}]; the ${batch} samples were expected along its first axis.`,
    );
  const own = batch === undefined ? shape : shape.slice(1);
  const [channels, height, width] = own;
  if (own.length !== 3 || !channels || !height || !width) return { shape: own, values: data };
  const last = [height, width, channels] as const;
  return { shape: last, values: channelsLast(data, batch ?? 1, last) };
}

/** [batch, classes], with any number of axes of size 1, which a global pooling leaves. */
function classesOf(shape: readonly number[], batch: number | undefined): number {
  const scores = batch === undefined ? shape : shape.slice(1);
  const wide = scores.filter((extent) => extent !== 1);
  if ((batch !== undefined && shape[0] !== batch) || wide.length > 1 || scores.length === 0) {
    const expected = batch === undefined ? "[classes]" : `[${batch}, classes]`;
    throw new Error(`it gives [${shape.join(", ")}]; ${expected} was expected.`);
  }
  return wide[0] ?? 1;
}
