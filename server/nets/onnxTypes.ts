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

/** Whether outputs of a type can be scores: quantised models give integers, others yes and no. */
export const isReadable = (type: string): boolean => isFloat(type) || isInteger(type) || type === "bool";
