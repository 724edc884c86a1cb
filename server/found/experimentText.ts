import { oneLine } from "../language/skeleton.ts";
import type { Split } from "./names.ts";

/** A part of an experiment. */
export type Part = Readonly<Record<string, unknown>>;

/** Samples for which an experiment is written. */
export interface Written {
  /** `train`, and what there is of `validation` and `test`. */
  readonly data: Readonly<Partial<Record<Split, Part>>>;
  readonly count: number;
  /** Of a sample, channels last. */
  readonly shape: readonly number[];
  readonly isRegression: boolean;
  /** Numbers below the least label, which are no classes. */
  readonly exclude?: readonly number[];
  /** Values are bytes. */
  readonly isBytes: boolean;
  /** Of texts. */
  readonly tokens?: { readonly vocabulary: number; readonly padding: number } | undefined;
}

/**
 * A whole experiment as a person would lay it out.
 * @param words what the files hold, for comments, each a line
 */
export function experimentText(samples: Written, teacher: Part, words: readonly string[]): string {
  const { data, isRegression } = samples;
  const normalize = normalizeOf(samples);
  const inData = {
    ...data,
    ...(data.validation === undefined && { validation: { split: 0.2 } }),
    ...(data.test === undefined && { test: { split: 0.2 } }),
    ...(samples.exclude && { exclude: samples.exclude }),
    ...(normalize !== undefined && { normalize }),
    ...(isRegression && { standardizeTargets: true }),
    ...(samples.count < 2000 && { batchSize: 32 }),
  };
  const softened = isRegression
    ? {
        losses: [
          { type: "kd", weight: 0.5 },
          { type: "mse", weight: 0.5 },
        ],
      }
    : { temperature: 3, alpha: 0.7 };
  const parts = {
    ...(isRegression && { task: "regression" }),
    teacher,
    student: netOf(samples, "student"),
    ...softened,
    training: { epochs: epochsOf(samples) },
    baselines: { studentAlone: true },
  };
  return [
    "{",
    ...words.map((line) => `  // ${line}`),
    '  "data": {',
    lines(inData, "    "),
    "  },",
    lines(parts, "  "),
    "}",
    "",
  ].join("\n");
}

/** A teacher that is larger than the student, and is trained first. */
export const trainedTeacher = (samples: Written): Part => ({
  type: "layers",
  ...netOf(samples, "teacher"),
  train: { epochs: epochsOf(samples) },
});

const lines = (parts: Part, indent: string): string =>
  Object.entries(parts)
    .map(([key, value]) => `${indent}${JSON.stringify(key)}: ${oneLine(value)}`)
    .join(",\n");

/** About 400,000 samples in all: a minute or two for a small network on a CPU. */
const epochsOf = ({ count }: Written): number => Math.min(40, Math.max(3, Math.round(400_000 / count)));

export const isNormalized = (samples: Written): boolean => normalizeOf(samples) !== undefined;

function normalizeOf({ tokens, isBytes, shape }: Written): unknown {
  if (tokens !== undefined) return undefined;
  return isBytes && shape.length > 1 ? { scale: 0.00392156862745098 } : "fit";
}

function netOf({ tokens, shape }: Written, role: "teacher" | "student"): Part {
  const isLarge = role === "teacher";
  if (tokens !== undefined)
    return {
      preset: "transformer",
      vocabulary: tokens.vocabulary,
      maskToken: tokens.padding,
      width: isLarge ? 64 : 32,
      depth: isLarge ? 2 : 1,
    };
  const [height = 1, width = 1, channels] = shape;
  const least = channels === undefined ? 1 : Math.min(height, width);
  if (least > 48) return { preset: "mobilenetV2", width: isLarge ? 0.5 : 0.25 };
  if (least >= 14)
    return isLarge ? { preset: "lenet", filters: [32, 64], hidden: [128] } : { preset: "lenet" };
  return isLarge ? { preset: "mlp", hidden: [256, 256], dropout: 0.2 } : { preset: "mlp", hidden: [16] };
}
