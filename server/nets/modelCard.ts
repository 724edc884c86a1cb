import type { ResolvedNormalize } from "../data/normalize.ts";
import type { RawSample } from "../data/rawSample.ts";
import type { BooleanWords, FittedColumn } from "../data/tables/fittedColumn.ts";
import type { TokenFacts } from "../data/text/textEncoder.ts";
import type { TaskName } from "../tasks/tasks.ts";

/**
 * What an exported model carries with it: `metadata_props` of an ONNX model, each key a text, and `userDefinedMetadata` of a
 * tfjs layers model. Shapes are left to the model itself.
 */
export interface ModelCard {
  /** What it predicts; absent: the class. */
  readonly task?: TaskName;
  /** In the order of the outputs, where the data has names: of classes, of labels, or of a regression's numbers. */
  readonly classNames?: readonly string[];
  /** Of several labels: the probability from which on a label counts as given, one for all or one for each. */
  readonly threshold?: RawSample["threshold"];
  /** Names of a table's columns, in the order of the inputs. */
  readonly featureNames?: readonly string[];
  /** How a table's columns become inputs. */
  readonly columns?: readonly ColumnCard[];
  /** How its table writes false, which is 0, and true, which is 1. */
  readonly booleans?: readonly BooleanWords[];
  /** Of texts: what the numbers are, and of which tokenizer (SHA-256 of its file). */
  readonly tokens?: TokenFacts;
  readonly output: ModelOutput;
  /** What the network has to see: `inside`, the model does it itself and takes raw values. */
  readonly normalize?: ResolvedNormalize & { readonly inside: boolean };
  /** Of raw values. */
  readonly range?: RawSample["range"];
  /** Layers of a tfjs model that were put around the network. */
  readonly added?: readonly string[];
  readonly distillery?: string;
  readonly run?: string;
  /** Of the network, without the normalisation around it and scales of its weights; folded layers count as they were trained. */
  readonly parameters?: number;
  readonly experiment?: string;
  readonly weights?: "best" | "final";
  /** Of the weights, where it is not fp32. */
  readonly precision?: "fp16" | "int8";
  /** Of the training that the weights are of, where it has stages. */
  readonly stage?: string;
  /** SHA-256 of its teacher. */
  readonly teacher?: string;
  readonly temperature?: number | readonly number[];
  readonly losses?: readonly Readonly<Record<string, unknown>>[];
  /** By split, of these weights. */
  readonly metrics?: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

/** A table's column, and the inputs that it becomes. */
interface ColumnCard extends FittedColumn {
  readonly features: readonly string[];
}

/** `numbers`: of a regression, which has neither. */
export type ModelOutput = "probabilities" | "logits" | "numbers";

const modelOutputs: readonly unknown[] = ["probabilities", "logits", "numbers"] satisfies ModelOutput[];

/** Texts by key, as ONNX keeps them; what is not a text is JSON. */
export const cardTexts = (card: ModelCard): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(card)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );

/** What a reader of a model has to know of its card. A model from elsewhere has none, or other things under these names. */
export type ReadCard = Pick<ModelCard, "normalize" | "classNames" | "added" | "run" | "parameters"> & {
  readonly output?: ModelOutput;
};

/** @param metadata what stands in the model: values, or JSON of them */
export function readCard(metadata: unknown): ReadCard {
  if (typeof metadata !== "object" || metadata === null) return {};
  const { normalize, classNames, added, output, run, parameters } = Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, typeof value === "string" ? parsed(value) : value]),
  );
  return {
    ...(isNormalize(normalize) ? { normalize } : {}),
    ...(isTexts(classNames) ? { classNames } : {}),
    ...(isTexts(added) ? { added } : {}),
    ...(modelOutputs.includes(output) ? { output: output as ModelOutput } : {}),
    ...(typeof run === "string" ? { run } : {}),
    ...(typeof run === "string" && isCount(parameters) ? { parameters } : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

function isNormalize(value: unknown): value is NonNullable<ModelCard["normalize"]> {
  if (typeof value !== "object" || value === null) return false;
  const { scale, mean, std, inside } = value as Readonly<Record<string, unknown>>;
  return Number.isFinite(scale) && isNumbers(mean) && isNumbers(std) && typeof inside === "boolean";
}
