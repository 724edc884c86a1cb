import type { LearnedFacts } from "../../fileHeaders.ts";
import type { Field, MessageFile } from "../formats/protobuf.ts";

/** What a node of the domain ai.onnx.ml has learned and calls its classes: all of it stands in its attributes. */
export interface Classical {
  readonly parameters: number;
  readonly learned: Required<LearnedFacts>;
  /** What its columns stand for, in order: names, or numbers as text. */
  readonly labels: readonly string[];
  /** Numbers a sample that a forest gives. An exporter may declare one where they are several. */
  readonly targets: number;
  /** Its scores are those of a support vector machine's pairs of classes: those of two are reversed. */
  readonly isOfPairs: boolean;
}

/**
 * Reads a node's attributes where its operator is one of scikit-learn's, XGBoost's or LightGBM's models as their exporters
 * write them (onnx/defs/traditionalml/defs.cc), or says of which classes its columns are; undefined for all others. A forest of
 * a hundred thousand nodes has a million values: attributes that nothing is asked of are left after their name.
 */
export function readClassical(
  message: MessageFile,
  operator: string,
  attributes: readonly Field[],
): Classical | undefined {
  const wanted = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (wanted === undefined) return undefined;
  const read = Object.fromEntries(attributes.map((field) => readAttribute(message, field, wanted)));
  const numbers = (name: string) => read[name]?.numbers ?? [];
  const labels = labelKeys.flatMap((key) => [...(read[key]?.strings ?? []), ...numbers(key).map(String)]);
  const trees = new Set(numbers("nodes_treeids")).size || numbers("tree_roots").length;
  const nodes = numbers("nodes_treeids").length || numbers("nodes_featureids").length;
  const vectors = numbers("vectors_per_class").reduce(
    (sum, count) => sum + count,
    numbers("n_supports")[0] ?? 0,
  );
  // Without support vectors a machine is linear, and its coefficients are those of the features.
  const isLinear = trees === 0 && vectors === 0;
  const values = ["coefficients", "intercepts"].reduce((sum, key) => sum + (read[key]?.floats ?? 0), 0);
  return {
    parameters: isLinear ? values : 0,
    learned: { trees, treeNodes: nodes, supportVectors: vectors },
    labels,
    targets: numbers("n_targets")[0] ?? 0,
    isOfPairs: operator === "SVMClassifier" && vectors > 0 && (read["prob_a"]?.floats ?? 0) === 0,
  };
}

const labelKeys = ["classlabels_strings", "classlabels_int64s", "classlabels_ints"];
const ofTrees = ["nodes_treeids"];
const ofLines = ["coefficients", "intercepts"];
const ofVectors = ["vectors_per_class", "n_supports", ...ofLines];

/** By operator the attributes that are read. */
const operators: Readonly<Record<string, readonly string[]>> = {
  ZipMap: labelKeys,
  TreeEnsembleClassifier: [...ofTrees, ...labelKeys],
  TreeEnsembleRegressor: [...ofTrees, "n_targets"],
  // Trees of ai.onnx.ml 5: each has a root, each inner node a feature.
  TreeEnsemble: ["tree_roots", "nodes_featureids", "n_targets"],
  LinearClassifier: [...ofLines, ...labelKeys],
  LinearRegressor: ofLines,
  SVMClassifier: [...ofVectors, "prob_a", ...labelKeys],
  SVMRegressor: ofVectors,
};

interface Attribute {
  readonly numbers: readonly number[];
  readonly strings: readonly string[];
  /** How many there are. */
  readonly floats: number;
}

/** AttributeProto { name 1, i 3, floats 7, ints 8, strings 9 } */
function readAttribute(
  message: MessageFile,
  { start, end }: Field,
  wanted: readonly string[],
): readonly [name: string, Attribute] {
  const numbers: number[] = [];
  const strings: string[] = [];
  let floats = 0;
  let name = "";
  for (const field of message.fields(start, end)) {
    if (field.number === 1) name = message.text(field);
    else if (!wanted.includes(name)) break;
    else if (field.number === 3) numbers.push(field.value);
    // Repeated numbers are packed into one field, or stand in one field each.
    else if (field.number === 7) floats += Math.max(1, (field.end - field.start) / 4);
    else if (field.number === 8) for (const value of message.numbers(field)) numbers.push(value);
    else if (field.number === 9) strings.push(message.text(field));
  }
  return [name, { numbers, strings, floats }];
}
