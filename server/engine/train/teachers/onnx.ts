import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import type { ResolvedNormalize } from "../../../data/normalize.ts";
import { type OnnxModel, type OnnxPort, openOnnxModel } from "../../native/onnxModel.ts";
import { type Problem, problem } from "../problem.ts";
import type { Teacher } from "../teacher.ts";
import { channelsFirst, type Layout, matchInput } from "./onnxInput.ts";

export interface OnnxTeacherContext {
  /** Absolute path of the model. */
  readonly path: string;
  /** Shape of one sample, channels last. */
  readonly sample: readonly number[];
  readonly threads?: number;
  /** Its own preprocessing, where it has one. */
  readonly normalize?: ResolvedNormalize | undefined;
}

/** A trained network from any framework, as an ONNX file, run by ONNX Runtime. */
export async function openOnnxTeacher(
  spec: ResolvedOnnxTeacher,
  { path, sample, threads, normalize }: OnnxTeacherContext,
): Promise<Teacher | { problem: Problem }> {
  let model: OnnxModel;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
    model = await openOnnxModel(path, threads === undefined ? {} : { threads });
  } catch (error) {
    return problem("teacher-unreadable", `${path}: ${reason(error)}`, "Give the path of an ONNX model file.");
  }
  const opened = openPorts(model, spec, path, sample);
  if ("problem" in opened) {
    await model.dispose();
    return opened;
  }
  const { input, output, layout, shape, type } = opened;
  const fixedBatch = typeof input.shape[0] === "number" && input.shape[0] > 0 ? input.shape[0] : undefined;
  const size = sample.reduce((product, extent) => product * extent, 1);

  const run = async (samples: Float32Array, count: number) => {
    const laidOut =
      layout === "nchw" ? channelsFirst(samples, count, sample) : samples.slice(0, count * size);
    const data = type === "float64" ? Float64Array.from(laidOut) : laidOut;
    return model.run({ [input.name]: { type, shape: [count, ...shape], data } }, output.name);
  };
  // A model that was exported for one batch size gets batches of that size, the last one filled up with zeros.
  const runAll = async (samples: Float32Array, count: number): Promise<Float32Array> => {
    if (fixedBatch === undefined) return (await run(samples, count)).data;
    const parts: Float32Array[] = [];
    for (let start = 0; start < count; start += fixedBatch) {
      const rows = Math.min(fixedBatch, count - start);
      const batch = new Float32Array(fixedBatch * size);
      batch.set(samples.subarray(start * size, (start + rows) * size));
      const { data } = await run(batch, fixedBatch);
      parts.push(data.subarray(0, (data.length / fixedBatch) * rows));
    }
    return concatenate(parts);
  };

  // One trial run tells the number of classes and whether the outputs are probabilities; a model that
  // cannot take these samples fails here, before anything is trained.
  const trialCount = Math.max(fixedBatch ?? 2, 2);
  let trial: Float32Array;
  try {
    trial = await runAll(trialSamples(trialCount * size), trialCount);
  } catch (error) {
    await model.dispose();
    return problem(
      "teacher-failed",
      `${path}: the teacher cannot take samples of the shape [${sample.join(", ")}]: ${reason(error)}`,
      "Check data, teacher.input and teacher.layout.",
    );
  }
  const classes = trial.length / trialCount;
  const probabilities = spec.outputs === "probabilities" || looksLikeProbabilities(trial, classes);
  return {
    classes,
    hash: createHash("sha256")
      .update(bytes)
      .update(JSON.stringify([input.name, output.name, layout, probabilities]))
      .digest("hex"),
    ...(normalize === undefined ? {} : { normalize }),
    async logits(samples, count) {
      const outputs = await runAll(samples, count);
      // log p are logits again: softmax(log p) = p. The floor keeps a probability of 0 finite.
      return probabilities ? outputs.map((p) => Math.log(Math.max(p, 1e-30))) : outputs;
    },
    dispose: () => model.dispose(),
  };
}

interface Ports {
  readonly input: OnnxPort;
  readonly output: OnnxPort;
  readonly layout: Layout;
  /** Shape of one sample as the model wants it. */
  readonly shape: readonly number[];
  readonly type: "float32" | "float64";
}

function openPorts(
  model: OnnxModel,
  spec: ResolvedOnnxTeacher,
  path: string,
  sample: readonly number[],
): Ports | { problem: Problem } {
  const input = pick(model.inputs, spec.input);
  if (input === undefined) return noSuchPort(path, "input", spec.input, model.inputs);
  const output = pick(model.outputs, spec.output);
  if (output === undefined) return noSuchPort(path, "output", spec.output, model.outputs);
  const type = input.type;
  if (type !== "float32" && type !== "float64") {
    return problem(
      "teacher-input",
      `${path}: the input "${input.name}" has the type ${type}; float32 or float64 was expected.`,
    );
  }
  const match = matchInput(input.shape.slice(1), sample, spec.layout);
  if (match === undefined) {
    return problem(
      "teacher-input",
      `${path}: the input "${input.name}" has the shape [${input.shape.join(", ")}]; samples of the shape ` +
        `[${sample.join(", ")}] do not fit it, neither channels last nor channels first.`,
      "Give the samples' shape in the source (shape), or another teacher.",
    );
  }
  return { input, output, type, ...match };
}

const pick = (ports: readonly OnnxPort[], name: string | undefined) =>
  name === undefined ? ports[0] : ports.find((port) => port.name === name);

const noSuchPort = (path: string, kind: string, name: string | undefined, ports: readonly OnnxPort[]) =>
  problem(
    `teacher-${kind}`,
    name === undefined
      ? `${path}: the model has no ${kind}.`
      : `${path}: the model has no ${kind} named "${name}".`,
    `Its ${kind}s are ${ports.map((port) => `"${port.name}"`).join(", ")}.`,
  );

/** Rows that are non-negative and sum to 1 came out of a softmax, whatever the file says. */
function looksLikeProbabilities(outputs: Float32Array, classes: number): boolean {
  for (let start = 0; start < outputs.length; start += classes) {
    const row = outputs.subarray(start, start + classes);
    if (row.some((value) => value < 0 || value > 1)) return false;
    if (Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) > 1e-3) return false;
  }
  return true;
}

/** Values in [0, 1] without a pattern, the same ones each time. */
const trialSamples = (length: number) => Float32Array.from({ length }, (_, i) => (i * 0.618034) % 1);

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
