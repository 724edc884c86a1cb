import { sizeOf } from "../../../sizeOf.ts";
import { attributeType, elementType, type NodeProto, type TensorProto } from "./onnxSchema.ts";
import { integersIn } from "./tensorValues.ts";

/** Nodes and constants that a model for any batch has besides. They read the model's input and each other alone, so they come first. */
export interface BatchParts {
  /** The model's input, whose first axis is the batch. */
  readonly input: string;
  readonly nodes: Map<string, NodeProto>;
  readonly constants: Map<string, TensorProto>;
}

/** A list of int64 that has the batch at `axis`. @returns its name */
export function listWithBatch(
  parts: BatchParts,
  { name, list, axis }: { readonly name: string; readonly list: readonly number[]; readonly axis: number },
): string {
  const [before, after] = [list.slice(0, axis), list.slice(axis + 1)];
  const inputs = [
    ...(before.length > 0 ? [int64(parts, `${name}.before`, before)] : []),
    batchSize(parts),
    ...(after.length > 0 ? [int64(parts, `${name}.after`, after)] : []),
  ];
  return node(parts, "Concat", { inputs, output: `${name}.list`, ints: { axis: 0 } });
}

/**
 * Makes a constant with the batch along `axis` from the samples that come in, under its own name: equal values are spread, and whole
 * numbers that grow by the same from sample to sample, as the places of samples in a flattened tensor, are computed.
 * @returns whether its values allow it
 */
export function constantForAnyBatch(
  parts: BatchParts,
  tensor: TensorProto,
  { axis, batch }: { readonly axis: number; readonly batch: number },
): boolean {
  const { name, dims, data_type } = tensor;
  const inner = (dims[axis] as number) / batch;
  const row = [...dims.slice(0, axis), 1, ...(inner === 1 ? [] : [inner]), ...dims.slice(axis + 1)];
  const rows = rowsOf(tensor, { outer: sizeOf(dims.slice(0, axis)), batch });
  if (rows === undefined) return false;
  const { first, step } = rows;
  const made = inner === 1 ? name : `${name}.rows`;
  const alone = row.map(() => 1);
  if (step === undefined) {
    parts.constants.set(`${name}.row`, { name: `${name}.row`, dims: row, data_type, raw_data: first });
    const times = listWithBatch(parts, { name: `${name}.times`, list: alone, axis });
    node(parts, "Expand", { inputs: [`${name}.row`, times], output: made });
  } else {
    const column = int64(parts, `${name}.column`, alone.with(axis, -1));
    const inputs = [sampleNumbers(parts), column];
    const samples = node(parts, "Reshape", { inputs, output: `${name}.samples` });
    const steps = int64(parts, `${name}.step`, step, row);
    const moved = node(parts, "Mul", { inputs: [samples, steps], output: `${name}.moved` });
    const start = int64(parts, `${name}.row`, integersIn({ data_type, raw_data: first }), row);
    const sum = node(parts, "Add", { inputs: [moved, start], output: `${name}.int64` });
    node(parts, "Cast", { inputs: [sum], output: made, ints: { to: data_type } });
  }
  if (made !== name) {
    const joined = int64(parts, `${name}.joined`, dims.with(axis, -1));
    node(parts, "Reshape", { inputs: [made, joined], output: name });
  }
  return true;
}

interface Rows {
  /** Of the first sample. */
  readonly first: Uint8Array;
  /** From one sample to the next; absent where all have the same. */
  readonly step?: readonly number[];
}

/** What each sample has of a constant [outer, batch, ...], as the first sample's values and a step. */
function rowsOf(
  { data_type, raw_data }: TensorProto,
  { outer, batch }: { readonly outer: number; readonly batch: number },
): Rows | undefined {
  const width = raw_data.length / (outer * batch);
  const ofSample = (sample: number): Uint8Array => {
    const row = new Uint8Array(outer * width);
    for (let i = 0; i < outer; i++) {
      const from = (i * batch + sample) * width;
      row.set(raw_data.subarray(from, from + width), i * width);
    }
    return row;
  };
  const first = ofSample(0);
  const samples = Array.from({ length: batch - 1 }, (_, i) => i + 1);
  if (samples.every((sample) => Buffer.compare(ofSample(sample), first) === 0)) return { first };
  if (data_type !== elementType.int32 && data_type !== elementType.int64) return undefined;
  const start = integersIn({ data_type, raw_data: first });
  const numbersOf = (sample: number) => integersIn({ data_type, raw_data: ofSample(sample) });
  const step = numbersOf(1).map((value, i) => value - (start[i] as number));
  const grows = samples.every((sample) =>
    numbersOf(sample).every((value, i) => value === (start[i] as number) + sample * (step[i] as number)),
  );
  return grows ? { first, step } : undefined;
}

/** [1], int64 */
const batchSize = (parts: BatchParts): string =>
  node(parts, "Shape", { inputs: [parts.input], output: "batch/size", ints: { start: 0, end: 1 } });

/** 0, 1, … of the samples, int64 */
function sampleNumbers(parts: BatchParts): string {
  const count = node(parts, "Squeeze", { inputs: [batchSize(parts)], output: "batch/count" });
  const [from, by] = [0, 1].map((value) => int64(parts, `batch/${value}`, [value], []));
  return node(parts, "Range", { inputs: [from as string, count, by as string], output: "batch/samples" });
}

function node(
  { nodes }: BatchParts,
  op_type: string,
  {
    inputs,
    output,
    ints = {},
  }: {
    readonly inputs: readonly string[];
    readonly output: string;
    readonly ints?: Readonly<Record<string, number>>;
  },
): string {
  const attribute = Object.entries(ints).map(([name, i]) => ({ name, type: attributeType.int, i }));
  nodes.set(output, { op_type, domain: "", name: output, input: inputs, output: [output], attribute });
  return output;
}

function int64(
  { constants }: BatchParts,
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): string {
  constants.set(name, { name, dims, data_type: elementType.int64, raw_data: int64Bytes(values) });
  return name;
}

export const int64Bytes = (list: readonly number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
