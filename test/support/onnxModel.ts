import { encodeModel, type ModelProto, type NodeProto } from "../../server/engine/graph/onnx/onnxSchema.ts";

/** Samples of 2 × 3 pixels with 3 channels, and the classes of the teachers made here. */
export const sample = [2, 3, 3];
export const classes = 4;
const size = 18;

/** onnx.TensorProto.DataType */
const types = { float32: 1, uint8: 2, int32: 6, int64: 7, string: 8, float16: 10, float64: 11 };
type Type = keyof typeof types;
type Shape = readonly (number | string)[] | undefined;

export interface FixtureOptions {
  readonly type?: Type;
  /** Of the input, with the batch; undefined declares none. */
  readonly shape: Shape;
  /** The order of the channels that the weights expect. */
  readonly order?: "nhwc" | "nchw";
  /** Reshape of the input inside the model: −1 takes any number of samples. */
  readonly rows?: number;
  /** Operators after the scores, the last of which gives `output`. */
  readonly tail?: readonly NodeProto[];
  /** Integer constants that the tail uses. */
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  readonly inputs?: ModelProto["graph"]["input"];
  /** Before and beside the scores. */
  readonly outputs?: ModelProto["graph"]["output"];
  readonly outputType?: Type;
  readonly outputShape?: Shape;
  /** Instead of all other outputs. */
  readonly onlyOutputs?: ModelProto["graph"]["output"];
  readonly opset?: number;
  readonly irVersion?: number;
  readonly externalWeights?: string;
  /** What the model says of itself. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Numbers among its weights that no operator reads. */
  readonly more?: number;
}

/** Scores as a dense layer gives them: scores = x · weights, whatever surrounds it. */
export function fixture(options: FixtureOptions): Uint8Array {
  const { type = "float32", shape, order = "nhwc", rows = -1, tail = [] } = options;
  const scores = tail.length === 0 && options.outputType === undefined ? "output" : "scores";
  const casts = options.outputType === undefined ? [] : [cast(scores, "output", options.outputType)];
  const weights = order === "nhwc" ? weightsOf() : channelsFirstWeights();
  const model = {
    ir_version: options.irVersion ?? 8,
    producer_name: "fixture",
    metadata_props: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    opset_import: [{ domain: "", version: options.opset ?? 18 }],
    graph: {
      name: "teacher",
      node: [
        cast("input", "floats", "float32"),
        node("Reshape", ["floats", "rows"], ["flat"]),
        node("MatMul", ["flat", "weights"], [scores]),
        ...tail,
        ...casts,
      ],
      initializer: [
        initializer("rows", "int64", [2], BigInt64Array.of(BigInt(rows), rows === -1 ? BigInt(size) : -1n)),
        { ...initializer("weights", "float32", [size, classes], weights), ...external(options) },
        ...(options.more
          ? [initializer("more", "float32", [options.more], new Float32Array(options.more))]
          : []),
        initializer("column", "int64", [4], BigInt64Array.of(-1n, BigInt(classes), 1n, 1n)),
        initializer("pairs", "int64", [3], BigInt64Array.of(-1n, 2n, 2n)),
        initializer("first", "int64", [1], BigInt64Array.of(0n)),
        ...Object.entries(options.lists ?? {}).map(([name, list]) =>
          initializer(name, "int64", [list.length], BigInt64Array.from(list, BigInt)),
        ),
      ],
      input: [port("input", type, shape), ...(options.inputs ?? [])],
      output: options.onlyOutputs ?? [
        ...(options.outputs ?? []),
        port("output", options.outputType ?? "float32", options.outputShape ?? ["batch", classes]),
      ],
    },
  };
  return encodeModel(model as unknown as ModelProto);
}

/**
 * Scores in an output per class, [batch] each, as scikit-learn's exporter cuts them for `zipmap: "columns"`.
 * @param order of the columns, one per output
 */
export function inColumns(order: readonly number[]): Partial<FixtureOptions> {
  const names = order.map((column) => `i${column}`);
  return {
    tail: order.flatMap((column, i) => [
      node("Slice", ["scores", `from${column}`, `from${column + 1}`, "from1"], [`cut${i}`]),
      node("Reshape", [`cut${i}`, "flat1"], [names[i] as string]),
    ]),
    lists: {
      flat1: [-1],
      ...Object.fromEntries(Array.from({ length: classes + 1 }, (_, k) => [`from${k}`, [k]])),
    },
    onlyOutputs: names.map((name) => port(name, "float32", ["batch"])),
  };
}

/** A model that takes each column of a table by itself, and gives them as scores, in the order of its inputs. */
export const ofColumns = (names: readonly string[]): Uint8Array =>
  encodeModel({
    ir_version: 8,
    producer_name: "fixture",
    opset_import: [{ domain: "", version: 18 }],
    graph: {
      name: "columns",
      node: [node("Concat", names, ["output"], { axis: 1 })],
      initializer: [],
      input: names.map((name) => port(name, "float32", ["batch", 1])),
      output: [port("output", "float32", ["batch", names.length])],
    },
  } as unknown as ModelProto);

/** The weights of every fixture, [size, classes], for samples with channels last. */
export const weightsOf = (): Float32Array =>
  Float32Array.from({ length: size * classes }, (_, i) => Math.sin(i * 1.7));

/** Outputs of a fixture for samples with channels last, [count, classes]. */
export function scoresOf(samples: Float32Array, count: number): Float32Array {
  const weights = weightsOf();
  return Float32Array.from({ length: count * classes }, (_, i) => {
    const [row, k] = [Math.floor(i / classes), i % classes];
    let score = 0;
    for (let j = 0; j < size; j++)
      score += (samples[row * size + j] as number) * (weights[j * classes + k] as number);
    return score;
  });
}

export const node = (
  op_type: string,
  input: readonly string[],
  output: readonly string[],
  ints: Readonly<Record<string, number>> = {},
): NodeProto => ({
  op_type,
  domain: "",
  name: output[0] as string,
  input,
  output,
  attribute: Object.entries(ints).map(([name, i]) => ({ name, type: 2, i })),
});

export const port = (name: string, type: Type, shape: Shape): ModelProto["graph"]["input"][number] => {
  const dim = shape?.map((extent) =>
    typeof extent === "number" ? { dim_value: extent } : { dim_param: extent },
  );
  const tensor_type = { elem_type: types[type], ...(dim === undefined ? {} : { shape: { dim } }) };
  return { name, type: { tensor_type } } as ModelProto["graph"]["input"][number];
};

const cast = (from: string, to: string, type: Type) => node("Cast", [from], [to], { to: types[type] });

/** A file beside the model has the weights. */
function external({ externalWeights }: FixtureOptions) {
  return externalWeights === undefined
    ? {}
    : {
        raw_data: new Uint8Array(0),
        external_data: [{ key: "location", value: externalWeights }],
        data_location: 1,
      };
}

function initializer(
  name: string,
  type: Type,
  dims: readonly number[],
  { buffer, byteOffset, byteLength }: ArrayBufferView,
) {
  return { name, dims, data_type: types[type], raw_data: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** The same rows in the order of an image with channels first. */
function channelsFirstWeights(): Float32Array {
  const [height = 0, width = 0, channels = 0] = sample;
  const weights = weightsOf();
  const out = new Float32Array(weights.length);
  for (let position = 0; position < height * width; position++)
    for (let channel = 0; channel < channels; channel++)
      for (let k = 0; k < classes; k++)
        out[(channel * height * width + position) * classes + k] = weights[
          (position * channels + channel) * classes + k
        ] as number;
  return out;
}
