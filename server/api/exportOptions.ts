import { suggestion } from "../language/suggest.ts";
import type { ModelOutput } from "../nets/modelCard.ts";
import type { Layout } from "../nets/onnxInput.ts";
import {
  exportFormats,
  imageLayouts,
  type ModelFormat,
  modelOutputs,
  type Precision,
  precisions,
  studentKinds,
  type Values,
} from "../optionValues.ts";
import { oneOf } from "../parameters/words.ts";
import { type Problem, problem } from "../problem.ts";
import type { StudentKind } from "../runs/student.ts";

export interface ExportOptions {
  readonly format: string;
  readonly out: string;
  /** A file of that name may be replaced, whatever it is. */
  readonly replace?: boolean;
  readonly output?: string;
  readonly raw?: boolean;
  readonly layout?: string;
  readonly weights?: string;
  readonly precision?: string;
  readonly calibrate?: boolean;
  readonly maxDrop?: string;
  readonly runsDirectory?: string;
}

/** Points that an export in fewer bits may lose where nobody says. */
const usualDrop = 0.5;

const choices = {
  format: exportFormats,
  output: modelOutputs,
  layout: imageLayouts,
  weights: studentKinds,
  precision: precisions,
} as const satisfies Readonly<Partial<Record<keyof ExportOptions, Values>>>;

type Choices = typeof choices;

export interface KnownOptions {
  readonly format: ModelFormat | "web";
  readonly output: ModelOutput | undefined;
  readonly layout: Layout | undefined;
  readonly weights: StudentKind;
  readonly precision: Precision;
  readonly raw: boolean;
  readonly calibrate: boolean;
  /** Points. */
  readonly maxDrop: number;
}

/** What the words on the command line ask for, or what is wrong with them. */
export function knownOptions(given: ExportOptions): KnownOptions | { readonly problem: Problem } {
  const { format, precision = "fp32", weights = "best", raw = false, calibrate = false, maxDrop } = given;
  for (const [name, values] of Object.entries(choices)) {
    const known = Object.keys(values);
    const value = given[name as keyof Choices];
    if (value === undefined || known.includes(value)) continue;
    const meant = suggestion(value, known);
    return problem(
      "export-option",
      `--${name} is "${value}"; expected ${oneOf(known)}.`,
      meant && `Did you mean --${name} ${meant}?`,
    );
  }
  const drop = maxDrop === undefined ? usualDrop : Number(maxDrop);
  if (maxDrop?.trim() === "" || !(drop >= 0))
    return problem(
      "export-option",
      `--max-drop is "${maxDrop}"; expected points, a number ≥ 0.`,
      "Usual is 0.5.",
    );
  if (calibrate && precision !== "int8")
    return problem(
      "export-option",
      `--calibrate is about the integers of int8, and --precision is ${precision}.`,
      "Add --precision int8, or leave --calibrate out.",
    );
  if (maxDrop !== undefined && precision === "fp32")
    return problem(
      "export-option",
      "--max-drop is about what fewer bits lose, and fp32 loses nothing.",
      "Add --precision int8 or --precision fp16, or leave --max-drop out.",
    );
  const own = (["raw", "output", "layout"] as const).find((name) => given[name] !== undefined);
  if (format === "web" && own !== undefined)
    return problem(
      "export-option",
      `A page feeds its student itself, so that --${own} says nothing.`,
      `Leave --${own} out, or export it as ONNX: --format onnx.`,
    );
  if ((format === "tfjs" || format === "savedmodel") && precision !== "fp32")
    return problem(
      "export-option",
      `A ${format === "tfjs" ? "TensorFlow.js layers model" : "SavedModel"} has its weights in 32 bits, and not in ${precision}.`,
      "Export it as ONNX: --format onnx.",
    );
  const { output, layout } = given;
  return { format, output, layout, weights, precision, raw, calibrate, maxDrop: drop } as KnownOptions;
}
