import { halfToNumber, numberToHalf } from "../../../data/formats/half.ts";
import { sizeOf } from "../../../sizeOf.ts";
import { elementType, type TensorProto } from "./onnxSchema.ts";

/** How a number of a TensorProto.DataType stands in bytes, little-endian. */
interface Format {
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
  readonly write: (view: DataView, at: number, value: number) => void;
}

const int8: Format = {
  width: 1,
  read: (view, at) => view.getInt8(at),
  write: (view, at, value) => view.setInt8(at, value),
};
const int16: Format = {
  width: 2,
  read: (view, at) => view.getInt16(at, true),
  write: (view, at, value) => view.setInt16(at, value, true),
};
const int32: Format = {
  width: 4,
  read: (view, at) => view.getInt32(at, true),
  write: (view, at, value) => view.setInt32(at, value, true),
};
/** Numbers of 64 bits are rounded to 53: the largest, which stands for an end without bound, would be one too large. */
const int64: Format = {
  width: 8,
  read: (view, at) => Number(view.getBigInt64(at, true)),
  write: (view, at, value) =>
    view.setBigInt64(at, value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(Math.trunc(value)), true),
};
const float32: Format = {
  width: 4,
  read: (view, at) => view.getFloat32(at, true),
  write: (view, at, value) => view.setFloat32(at, value, true),
};

const formats: Readonly<Record<number, Format>> = {
  [elementType.float32]: float32,
  [elementType.uint8]: { ...int8, read: (view, at) => view.getUint8(at) },
  [elementType.int8]: int8,
  [elementType.uint16]: { ...int16, read: (view, at) => view.getUint16(at, true) },
  [elementType.int16]: int16,
  [elementType.int32]: int32,
  [elementType.int64]: int64,
  [elementType.bool]: { ...int8, read: (view, at) => view.getUint8(at) },
  [elementType.float16]: {
    width: 2,
    read: (view, at) => halfToNumber(view.getUint16(at, true)),
    write: (view, at, value) => view.setUint16(at, numberToHalf(value), true),
  },
  [elementType.float64]: {
    width: 8,
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
  [elementType.uint32]: { ...int32, read: (view, at) => view.getUint32(at, true) },
  [elementType.uint64]: { ...int64, read: (view, at) => Number(view.getBigUint64(at, true)) },
  /** The first 16 bits of a float32. */
  [elementType.bfloat16]: {
    width: 2,
    read(view, at) {
      const word = new DataView(new ArrayBuffer(4));
      word.setUint16(0, view.getUint16(at, true));
      return word.getFloat32(0);
    },
    write(view, at, value) {
      const word = new DataView(new ArrayBuffer(4));
      word.setFloat32(0, value);
      view.setUint16(at, word.getUint16(0), true);
    },
  },
};

const formatOf = (type: number): Format => formats[type] ?? float32;

/** Bytes of a value. */
export const elementBytes = (type: number): number => formatOf(type).width;

/** As many values as the bytes have. */
export function floatsIn(bytes: Uint8Array, type: number): Float32Array {
  // A copy: the bytes may stand anywhere in a file.
  if (type === elementType.float32) return new Float32Array(new Uint8Array(bytes).buffer);
  return Float32Array.from(numbersIn(bytes, type));
}

function numbersIn(bytes: Uint8Array, type: number): number[] {
  const { width, read } = formatOf(type);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / width }, (_, i) => read(view, i * width));
}

/** Values of a tensor in any of its forms; undefined where its bytes are not those of as many values as its shape has. */
export function tensorValues(
  tensor: Omit<TensorProto, "name">,
  count: number = sizeOf(tensor.dims),
): ArrayLike<number> | undefined {
  const { raw_data: raw, data_type: type } = tensor;
  const typed = [tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data].find(
    (list) => list !== undefined && list.length > 0,
  );
  // Halves stand in int32_data as bits.
  if (typed !== undefined) return type === elementType.float16 ? typed.map(halfToNumber) : typed;
  if (raw.length === 0 && count === 0) return [];
  if (raw.byteLength !== elementBytes(type) * count) return undefined;
  return type === elementType.float32 ? floatsIn(raw, type) : numbersIn(raw, type);
}

/** Values of a float32 tensor of a model that was written here. */
export function floatValues(tensor: TensorProto): Float32Array {
  const values = tensorValues(tensor);
  if (values === undefined) throw new Error(`${tensor.name} has another size than its shape says.`);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** Values of an int32 or int64 tensor; of others none. */
export const integersIn = ({
  data_type: type,
  raw_data,
}: Pick<TensorProto, "data_type" | "raw_data">): number[] =>
  type === elementType.int32 || type === elementType.int64 ? numbersIn(raw_data, type) : [];

export function encodeTensor(
  { name, shape, type }: { readonly name: string; readonly shape: readonly number[]; readonly type: number },
  values: ArrayLike<number>,
): TensorProto {
  const { width, write } = formatOf(type);
  const bytes = new Uint8Array(width * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) write(view, i * width, values[i] as number);
  return { name, dims: shape, data_type: type, raw_data: bytes };
}
