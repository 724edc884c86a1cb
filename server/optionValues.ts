import type { SourceKey } from "./fileQuery.ts";
import type { ModelOutput } from "./nets/modelCard.ts";
import type { Layout } from "./nets/onnxInput.ts";
import type { StudentKind } from "./runs/student.ts";

/**
 * The values that options of commands take, each with what help says of it. Here, and without an import that is loaded, because help
 * names them before any command is.
 */
export type Values<Value extends string = string> = Readonly<Record<Value, string>>;

const modelFormats = {
  onnx: "",
  tfjs: "a model.json with its weights",
  savedmodel: "for TensorFlow",
} as const satisfies Values;
export type ModelFormat = keyof typeof modelFormats;
export const exportFormats = { ...modelFormats, web: "a page" } as const satisfies Values;

export const modelOutputs: Values<ModelOutput> = {
  probabilities: "default",
  logits: "default of a bare network",
  numbers: "of a regression, whose only one it is",
};

export const imageLayouts: Values<Layout> = { nhwc: "default", nchw: "" };

export const studentKinds: Values<StudentKind> = { best: "by validation, default", final: "" };

/** In what an exported model keeps its weights. */
export const precisions = { fp32: "default", fp16: "", int8: "" } as const satisfies Values;
export type Precision = keyof typeof precisions;

export const reportFormatNames = {
  html: "default",
  md: "",
  json: "",
  csv: "",
  latex: "",
} as const satisfies Values;
export type ReportFormatName = keyof typeof reportFormatNames;

export const logFormats = { tensorboard: "", mlflow: "", csv: "", parquet: "" } as const satisfies Values;
export type LogFormat = keyof typeof logFormats;

/** Splits that are evaluated. */
export const splits = {
  train: "",
  validation: "",
  test: "default if there is one",
} as const satisfies Values;
export type Split = keyof typeof splits;

/** Splits whose outputs are stored; all of them where none is named. */
export const storedSplits: Values<SourceKey> = { train: "", validation: "", test: "", unlabelled: "" };

/** "html (default), md or json" */
export function valuesText(values: Values): string {
  const words = Object.entries(values).map(([value, note]) => (note === "" ? value : `${value} (${note})`));
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
