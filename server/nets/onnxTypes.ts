/** Element types of ONNX tensors, by the names that runtimes give them. */

/** Those that a model may take: float32 values become them. */
export const feedableTypes = [
  "float32",
  "float64",
  "float16",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "bool",
] as const;
export type FeedableType = (typeof feedableTypes)[number];

export const isFeedable = (type: string): type is FeedableType =>
  (feedableTypes as readonly string[]).includes(type);

export const isInteger = (type: string): boolean => /^u?int/.test(type);

export const isFloat = (type: string): boolean => /^float(16|32|64)$/.test(type);

/** Whether values are lists of tensors or of maps: `seq(float32)`, `seq(map(int64, float32))`. */
export const isList = (type: string): boolean => type.startsWith("seq(");

/** What to do about lists and maps, as scikit-learn's exporter writes them; undefined where there are none. */
export function noTensorHint(
  kind: "input" | "output",
  types: readonly (string | undefined)[],
): string | undefined {
  const has = (word: string) => types.some((type) => type?.includes(word));
  if (has("map("))
    return kind === "output"
      ? 'Export the scores as an array: skl2onnx does it with options={"zipmap": False}.'
      : "Export the steps behind the DictVectorizer alone, which take numbers.";
  if (has("string") && kind === "input")
    return 'Store what the model says in Python, and teach from that ("type": "outputs").';
  if (has("bfloat16")) return "Export it in float32: model.float() in PyTorch.";
  return has("seq(") && kind === "output"
    ? 'Store what the model says in Python, and teach from that ("type": "outputs"), or name another output.'
    : undefined;
}

/** Whether outputs of a type can be scores: quantised models give integers, others yes and no. */
export const isReadable = (type: string): boolean => isFloat(type) || isInteger(type) || type === "bool";
