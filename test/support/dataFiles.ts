/** Writers of small data files, for tests only. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import protobuf from "protobufjs";

/** A new directory for one test. */
export async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "data-test-"));
  context.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes files into a new directory, by paths in it, and returns its path. */
export async function filesIn(
  context: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = await temporaryDirectory(context);
  await write(directory, files);
  return directory;
}

/** Writes files below a folder, with their folders. */
export async function write(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

type Encode = (view: DataView, at: number, value: number, little: boolean) => void;

const idxTypes: Readonly<Record<string, readonly [code: number, bytes: number, set: Encode]>> = {
  uint8: [8, 1, (view, at, value) => view.setUint8(at, value)],
  int8: [9, 1, (view, at, value) => view.setInt8(at, value)],
  int16: [11, 2, (view, at, value, little) => view.setInt16(at, value, little)],
  int32: [12, 4, (view, at, value, little) => view.setInt32(at, value, little)],
  float32: [13, 4, (view, at, value, little) => view.setFloat32(at, value, little)],
  float64: [14, 8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

export function encodeIdx(type: string, shape: readonly number[], values: readonly number[]): Uint8Array {
  const [code, bytes, set] = idxTypes[type] as (typeof idxTypes)[string];
  const offset = 4 + 4 * shape.length;
  const view = new DataView(new ArrayBuffer(offset + values.length * bytes));
  view.setUint32(0, (code << 8) | shape.length);
  for (const [i, axis] of shape.entries()) view.setUint32(4 + 4 * i, axis);
  for (const [i, value] of values.entries()) set(view, offset + i * bytes, value, false);
  return new Uint8Array(view.buffer);
}

const npyTypes: Readonly<Record<string, readonly [bytes: number, set: Encode]>> = {
  b1: [1, (view, at, value) => view.setUint8(at, value)],
  u1: [1, (view, at, value) => view.setUint8(at, value)],
  i1: [1, (view, at, value) => view.setInt8(at, value)],
  u2: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  i2: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  u4: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  i4: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  u8: [8, (view, at, value, little) => view.setBigUint64(at, BigInt(value), little)],
  i8: [8, (view, at, value, little) => view.setBigInt64(at, BigInt(value), little)],
  f4: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  f8: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
};

/** `values` in the order of the file. */
export function encodeNpy(
  descr: string,
  shape: readonly number[],
  values: readonly number[],
  { fortran = false, version = 1 }: { readonly fortran?: boolean; readonly version?: 1 | 2 | 3 } = {},
): Uint8Array {
  const [bytes, set] = npyTypes[descr.slice(1)] as (typeof npyTypes)[string];
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix;
  const view = new DataView(new ArrayBuffer(prefix + length + values.length * bytes));
  const out = new Uint8Array(view.buffer);
  out.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), prefix);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  const little = descr[0] !== ">";
  for (const [i, value] of values.entries()) set(view, prefix + length + i * bytes, value, little);
  return out;
}

/** A model.json of a small classifier: 4 → 8 → 3. */
export const modelJson = {
  format: "layers-model",
  generatedBy: "TensorFlow.js tfjs-layers v4.22.0",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "sequential_1",
      layers: [
        {
          class_name: "Dense",
          config: {
            name: "hidden",
            units: 8,
            activation: "relu",
            batch_input_shape: [null, 4],
            dtype: "float32",
          },
        },
        { class_name: "Dropout", config: { name: "drop", rate: 0.5 } },
        { class_name: "Dense", config: { name: "logits", units: 3, activation: "linear" } },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "hidden/kernel", shape: [4, 8], dtype: "float32" },
        { name: "hidden/bias", shape: [8], dtype: "float32" },
        { name: "logits/kernel", shape: [8, 3], dtype: "float32" },
        { name: "logits/bias", shape: [3], dtype: "float32" },
      ],
    },
  ],
};

/** Float32 zeros of the given shapes. */
export function encodeSafetensors(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  let offset = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = offset;
    offset += shape.reduce((size, axis) => size * axis, 4);
    return [name, { dtype: "F32", shape, data_offsets: [start, offset] }];
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const out = new Uint8Array(8 + header.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  return out;
}

export interface OnnxContents {
  /** Bytes of the weight [4, 3], inside the file. */
  readonly rawBytes?: number;
  /** Keep the weight in this file instead. */
  readonly location?: string;
  /** Add a loop whose body has a weight [4, 3] in this file. */
  readonly innerLocation?: string;
  /** Of the weights of a function of the model. */
  readonly functionLocation?: string;
  /** Instead of Clip, with a weight [3] in an attribute. */
  readonly operator?: string;
  readonly softmax?: boolean;
}

/**
 * x [batch, 4] → MatMul with w [4, 3] → Add b [3] (a Constant node) → Clip to 0 → y [batch, 3], optionally with a
 * Softmax before y.
 */
export function encodeOnnx({
  rawBytes = 48,
  location,
  innerLocation,
  functionLocation,
  operator,
  softmax = false,
}: OnnxContents = {}): Uint8Array {
  const float = 1;
  const int64 = 7;
  const raw = (bytes: number) => (out: Writer) => out.uint32(field(9)).bytes(new Uint8Array(bytes));
  const external = (location: string) => (out: Writer) => {
    for (const [key, value] of [
      ["location", location],
      ["offset", "0"],
      ["length", String(rawBytes)],
    ] as const) {
      message(out, 13, (entry) => entry.uint32(field(1)).string(key).uint32(field(2)).string(value));
    }
    return out.uint32(14 << 3).int32(1);
  };
  const tensor =
    (name: string, type: number, dims: readonly number[], data: (out: Writer) => Writer) => (out: Writer) => {
      for (const dim of dims) out.uint32(1 << 3).int64(dim);
      data(out.uint32(2 << 3).int32(type))
        .uint32(field(8))
        .string(name);
    };
  const port = (name: string, dims: readonly (number | string)[]) => (out: Writer) => {
    out.uint32(field(1)).string(name);
    message(out, 2, (type) =>
      message(type, 1, (tensorType) => {
        tensorType.uint32(1 << 3).int32(float);
        message(tensorType, 2, (shape) => {
          for (const dim of dims) {
            message(shape, 1, (out) =>
              typeof dim === "number" ? out.uint32(1 << 3).int64(dim) : out.uint32(field(2)).string(dim),
            );
          }
        });
      }),
    );
  };
  const node =
    (operator: string, inputs: readonly string[], output: string, attribute?: (out: Writer) => void) =>
    (out: Writer) => {
      for (const input of inputs) out.uint32(field(1)).string(input);
      out
        .uint32(field(2))
        .string(output)
        .uint32(field(3))
        .string(`/${operator}`)
        .uint32(field(4))
        .string(operator);
      if (attribute) message(out, 5, (out) => message(out.uint32(field(1)).string("value"), 5, attribute));
    };
  const model = protobuf.Writer.create();
  model
    .uint32(1 << 3)
    .int64(8)
    .uint32(field(2))
    .string("pytorch")
    .uint32(field(3))
    .string("2.0");
  message(model, 7, (graph) => {
    message(graph, 1, node("MatMul", ["x", "w"], "product"));
    message(graph, 1, node("Constant", [], "b", tensor("b", float, [3], raw(12))));
    message(graph, 1, node("Add", ["product", "b"], "sum"));
    const last = [["sum", "zero"], softmax ? "clipped" : "y"] as const;
    if (operator === undefined) message(graph, 1, node("Clip", ...last));
    else message(graph, 1, node(operator, ...last, tensor("c", float, [3], raw(12))));
    if (softmax) message(graph, 1, node("Softmax", ["clipped"], "y"));
    message(
      graph,
      5,
      tensor("w", float, [4, 3], location === undefined ? raw(rawBytes) : external(location)),
    );
    if (innerLocation !== undefined)
      message(graph, 1, (loop) => {
        loop.uint32(field(4)).string("Loop");
        message(loop, 5, (body) =>
          message(body, 6, (graph) => message(graph, 5, tensor("v", float, [4, 3], external(innerLocation)))),
        );
      });
    message(graph, 5, tensor("zero", float, [], raw(4)));
    message(graph, 5, tensor("axes", int64, [2], raw(16)));
    message(graph, 11, port("x", ["batch", 4]));
    message(graph, 11, port("w", [4, 3]));
    message(graph, 12, port("y", ["batch", 3]));
    message(graph, 13, port("product", ["batch", 3]));
  });
  message(model, 8, (opset) => opset.uint32(2 << 3).int64(17));
  message(model, 8, (opset) =>
    opset
      .uint32(field(1))
      .string("com.microsoft")
      .uint32(2 << 3)
      .int64(1),
  );
  if (functionLocation !== undefined)
    message(model, 25, (it) =>
      message(it, 7, node("Constant", [], "f", tensor("f", float, [12], external(functionLocation)))),
    );
  return model.finish();
}

type Writer = protobuf.Writer;

/** The tag of a length-delimited field. */
function field(number: number): number {
  return (number << 3) | 2;
}

function message(out: Writer, number: number, write: (out: Writer) => void): void {
  out.uint32(field(number)).fork();
  write(out);
  out.ldelim();
}
