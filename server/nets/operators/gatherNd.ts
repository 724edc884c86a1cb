import { sizeOf } from "../../sizeOf.ts";
import {
  type Call,
  dtypeOf,
  Misfit,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
  stridesOf,
  valuesOf,
} from "./operator.ts";

/** Values at places that are written out, axis by axis: how PyTorch's exporter looks a mask up. */
const gatherND: Operator = {
  shape: (call) => {
    const { shape } = placesOf(call);
    return { shape, dtype: dtypeOf(call) };
  },
  forward: (call) => {
    const { tf } = call;
    const { data, depth, isForOne } = placesOf(call);
    const shape = [...(call.outputs[0] as Operand).shape];
    const rest = data.slice(depth);
    // The numbers of rows, each of which has the values of the axes behind the last that is written out.
    const strides = stridesOf(data.slice(0, depth));
    const indices = tf.reshape(tf.cast(call.plain(1), "int32"), [-1, depth]);
    const from = isForOne ? 1 : 0;
    const rows = tf.sum(tf.mul(tf.slice(indices, [0, from]), tf.tensor1d(strides.slice(from), "int32")), -1);
    const table = data.slice(from, depth);
    const values = tf.reshape(call.plain(0), [
      ...(isForOne ? [data[0] as number] : []),
      sizeOf(table),
      sizeOf(rest),
    ]);
    return tf.reshape(tf.gather(values, tf.cast(rows, "int32"), from), shape);
  },
};

interface Places {
  readonly data: readonly number[];
  /** How many axes are written out. */
  readonly depth: number;
  /** The places of the only sample, which are those of every other. */
  readonly isForOne: boolean;
  readonly shape: readonly number[];
}

function placesOf(call: Call): Places {
  const [data, indices] = [shapeOf(call, 0), shapeOf(call, 1)];
  const depth = indices.at(-1) ?? 0;
  if (numberOf(call, "batch_dims", 0) !== 0) throw new Misfit("no batch_dims", "some");
  if (indices.length < 1 || depth < 1 || depth > data.length)
    throw new Misfit(`places of up to ${data.length} axes`, `[${indices.join(", ")}]`);
  const values = valuesOf(call, 1);
  const samples = call.batch?.axis === 0 && call.batch.inner === 1 ? call.batch.size : undefined;
  const isForOne =
    samples !== undefined &&
    samples > 1 &&
    indices.length > 1 &&
    indices[0] === 1 &&
    values?.every((value, i) => i % depth !== 0 || value === 0) === true;
  if (values?.some((value) => value < 0)) throw new Misfit("places from 0", "some below");
  const places = indices.slice(0, -1);
  const shape = [...(isForOne ? [samples, ...places.slice(1)] : places), ...data.slice(depth)];
  return { data, depth, isForOne, shape };
}

export const gatherNd = { GatherND: gatherND } as const satisfies Readonly<Record<string, Operator>>;
