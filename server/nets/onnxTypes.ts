/** Element types of ONNX tensors, by the names that runtimes give them. */

/** Those that a model may take: float32 values become them. */
export const feedableTypes = ["float32", "float64", "float16", "uint8", "int8", "int32", "int64"] as const;
export type FeedableType = (typeof feedableTypes)[number];

export const isFeedable = (type: string): type is FeedableType =>
  (feedableTypes as readonly string[]).includes(type);

export const isInteger = (type: string): boolean => /^u?int/.test(type);

export const isFloat = (type: string): boolean => /^float(16|32|64)$/.test(type);
