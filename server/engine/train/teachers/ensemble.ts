import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ResolvedEnsembleTeacher, ResolvedTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { type ResolvedNormalize, renormalize } from "../../../data/normalize.ts";
import type { TeacherOutputs } from "../../../data/teacherCache.ts";
import { choice, list, number, optional, referenceTo } from "../../../parameters/parameter.ts";
import type { Problem } from "../../../problem.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import { type Ending, failed } from "../context.ts";
import type { OutputsOptions, Teacher, TeacherMember } from "../teacher.ts";
import { teacherDoubts } from "../teacherDoubts.ts";
import { teacherOutputs } from "../teacherOutputs.ts";
import type { TeacherType } from "./teacherType.ts";

export const ensembleTeacher: TeacherType<ResolvedEnsembleTeacher> = {
  description:
    "Several teachers as one: its outputs are the mean of theirs. Losses that compare layers need a single teacher.",
  hint: "The mean of several teachers.",
  parameters: {
    teachers: list<ResolvedTeacher>(
      "The teachers, each written as a single one would be. They have the same classes.",
      referenceTo("Teacher"),
      {
        minItems: 2,
        examples: [
          [
            { type: "onnx", path: "a.onnx" },
            { type: "onnx", path: "b.onnx" },
          ],
        ],
      },
    ),
    combine: choice(
      "What the mean is of: `probabilities`, or `logits`, which is the normalised geometric mean of probabilities and gives most say to who is most sure.",
      ["probabilities", "logits"],
      { default: "probabilities", examples: ["logits"] },
    ),
    weights: optional(
      list(
        "What each teacher counts; they are divided by their sum. Absent: all count the same.",
        number("What one teacher counts.", { exclusiveMinimum: 0 }),
        { minItems: 2, examples: [[2, 1]] },
      ),
    ),
  },
  isOfLayers: false,
  async open(spec, { normalize, train, taps, other }) {
    const { teachers: specs, combine, weights } = spec;
    if (taps.length > 0)
      return failed(
        "teacher-ensemble",
        `The losses look at the layer "${taps[0]}" of the teacher, and an ensemble has none.`,
        "Compare logits, as kd does, or take one of the teachers alone.",
      );
    if (weights !== undefined && weights.length !== specs.length)
      return failed(
        "ensemble-weights",
        `There are ${weights.length} weights, but ${specs.length} teachers. Give one weight per teacher.`,
      );
    const members: TeacherMember[] = [];
    const close = () => Promise.all(members.map(({ teacher }) => teacher.dispose()));
    const ended = await openAll(specs, members, other);
    if (ended !== undefined) {
      await close();
      return ended;
    }
    const warnings: Problem[] = [];
    for (const [i, { name, teacher }] of members.entries()) {
      const doubts =
        "path" in (specs[i] as ResolvedTeacher) ? await teacherDoubts(teacher, train, normalize) : [];
      for (const { message, ...doubt } of [...teacher.warnings, ...doubts])
        warnings.push({ ...doubt, message: `${name}: ${message}` });
    }
    return {
      ending: "completed",
      result: ensemble(members, {
        combine,
        weights,
        normalize,
        channels: train.shape.at(-1) ?? 1,
        task: train.task,
        warnings,
        close,
      }),
    };
  },
};

/** @returns how a member that could not be opened ended; those before it are in `members` */
async function openAll(
  specs: readonly ResolvedTeacher[],
  members: TeacherMember[],
  open: (spec: ResolvedTeacher) => Promise<Ending<Teacher>>,
): Promise<Ending<never> | undefined> {
  for (const [i, spec] of specs.entries()) {
    const name = `${nameOf(spec)} (${i + 1})`;
    const opened = await open(spec);
    if (opened.ending === "failed")
      return {
        ...opened,
        message: `${name}: ${opened.message}`,
        ...(opened.code === "teacher-untrained"
          ? { hint: "A run of the experiment trains it: distill run FILE" }
          : {}),
      };
    if (opened.ending === "stopped") return opened;
    members.push({ name, teacher: opened.result });
    const [first] = members;
    if (first && first.teacher.classes !== opened.result.classes)
      return failed(
        "class-mismatch",
        `${name} has ${opened.result.classes} classes, ${first.name} has ${first.teacher.classes}.`,
      );
  }
  return undefined;
}

function nameOf(spec: ResolvedTeacher): string {
  if (spec.type === "ensemble") return "ensemble";
  if (spec.type === "outputs") return basename(spec.train);
  return "path" in spec ? basename(spec.path) : "preset" in spec ? spec.preset : "layers";
}

interface Combining {
  readonly combine: ResolvedEnsembleTeacher["combine"];
  readonly weights?: readonly number[] | undefined;
  /** The student's preprocessing. */
  readonly normalize: ResolvedNormalize;
  readonly channels: number;
  readonly task: TaskName | undefined;
  readonly warnings: readonly Problem[];
  readonly close: () => Promise<unknown>;
}

function ensemble(
  members: readonly TeacherMember[],
  { combine, weights = members.map(() => 1), normalize, channels, task, warnings, close }: Combining,
): Teacher {
  const teachers = members.map(({ teacher }) => teacher);
  const classes = teachers[0]?.classes ?? 0;
  const sum = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / sum);
  const mean = (given: readonly Float32Array[], out: Float32Array) =>
    meanOf(combine, task)(given, shares, { classes, out });
  const sizes = teachers.map(({ parameters }) => parameters);
  const forward: Teacher["forward"] = async (samples, count) => {
    const given: Float32Array[] = [];
    for (const teacher of teachers) given.push(await teacher.logits(inputOf(teacher, samples), count));
    const logits = new Float32Array(count * classes);
    mean(given, logits);
    return { logits, features: {} };
  };
  const inputOf = ({ normalize: own }: Teacher, samples: Float32Array): Float32Array => {
    if (own === undefined) return samples;
    const input = new Float32Array(samples.length);
    renormalize(samples, { from: normalize, to: own, channels, out: input });
    return input;
  };
  return {
    classes,
    ...(sizes.every((size) => size !== undefined) ? { parameters: sizes.reduce((a, b) => a + b, 0) } : {}),
    hash: createHash("sha256")
      .update(JSON.stringify([combine, shares, teachers.map(({ hash, normalize }) => [hash, normalize])]))
      .digest("hex"),
    warnings,
    features: {},
    members,
    outputSource: {
      knows: (samples) => teachers.every(({ outputSource }) => outputSource?.knows(samples) ?? true),
      outputs: (samples, options) => outputsOf(teachers, samples, options, mean),
    },
    forward,
    logits: async (samples, count) => (await forward(samples, count)).logits,
    async assertUntouched() {
      for (const teacher of teachers) await teacher.assertUntouched();
    },
    async dispose() {
      await close();
    },
  };
}

/** The outputs of each member are cached as those of a single teacher, and combined on lookup. */
async function outputsOf(
  teachers: readonly Teacher[],
  samples: Parameters<typeof teacherOutputs>[1],
  options: OutputsOptions,
  mean: (given: readonly Float32Array[], out: Float32Array) => void,
): Promise<TeacherOutputs | { readonly problem: Problem } | undefined> {
  const all: TeacherOutputs[] = [];
  const close = async () => {
    for (const outputs of all) await outputs.close();
  };
  for (const [i, teacher] of teachers.entries()) {
    const onProgress = (done: number) =>
      options.onProgress(Math.floor((i * samples.count + done) / teachers.length));
    const found = await teacherOutputs(teacher, samples, { ...options, onProgress });
    if (found === undefined || "problem" in found) {
      await close();
      return found;
    }
    all.push(found);
  }
  const classes = all[0]?.classes ?? 0;
  return {
    count: samples.count,
    classes,
    gather(rows, out) {
      const given = all.map((outputs) => {
        const logits = new Float32Array(rows.length * classes);
        outputs.gather(rows, logits);
        return logits;
      });
      mean(given, out);
    },
    close,
  };
}

interface Into {
  readonly classes: number;
  readonly out: Float32Array;
}

/** Numbers of a regression have no probabilities. */
const meanOf = (combine: Combining["combine"], task: TaskName | undefined) =>
  combine === "logits" || task === "regression"
    ? meanOfLogits
    : task === "multiLabel"
      ? meanOfEach
      : meanOfProbabilities;

/** log p − log(1 − p) with p = Σ w · σ(z): of labels, each of which has a probability of its own. */
function meanOfEach(
  given: readonly Float32Array[],
  shares: readonly number[],
  { out }: Pick<Into, "out">,
): void {
  // Both sums are of positive numbers, so that neither p near 0 nor p near 1 loses its digits.
  const mean = (sign: number, i: number) =>
    shares.reduce((sum, share, k) => sum + share / (1 + Math.exp(-sign * (given[k]?.[i] as number))), 0);
  for (let i = 0; i < (given[0]?.length ?? 0); i++) out[i] = Math.log(mean(1, i)) - Math.log(mean(-1, i));
}

/** Σ w · z */
export function meanOfLogits(
  given: readonly Float32Array[],
  shares: readonly number[],
  { out }: Pick<Into, "out">,
): void {
  const [first] = given;
  for (let i = 0; i < (first?.length ?? 0); i++)
    out[i] = shares.reduce((sum, share, k) => sum + share * (given[k]?.[i] as number), 0);
}

/**
 * log Σ w · softmax(z): logits of the mean. The largest term is factored out, so that no probability underflows to 0.
 */
export function meanOfProbabilities(
  given: readonly Float32Array[],
  shares: readonly number[],
  { classes, out }: Into,
): void {
  const count = (given[0]?.length ?? 0) / classes;
  const logs = new Float64Array(given.length);
  for (let row = 0; row < count; row++) {
    const norms = given.map((logits) => logSumExp(logits.subarray(row * classes, (row + 1) * classes)));
    for (let k = 0; k < classes; k++) {
      given.forEach((logits, i) => {
        logs[i] =
          Math.log(shares[i] as number) + (logits[row * classes + k] as number) - (norms[i] as number);
      });
      out[row * classes + k] = logSumExp(logs);
    }
  }
}

function logSumExp(values: Float32Array | Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
