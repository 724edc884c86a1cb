import {
  attributeType,
  elementType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "./onnxSchema.ts";

/** An end beyond every tensor's. */
const toTheEnd = 2 ** 31 - 1;

/**
 * Turns a model built for one batch size into one for any: `batch` must be a size that divides
 * no other dimension. Reshapes infer the batch, slices go to its end, what is spread takes it from the input, inputs and outputs
 * name it.
 * Undefined where some node needs the size as a number.
 */
export function withSymbolicBatch(model: ModelProto, batch: number): ModelProto | undefined {
  const { graph } = model;
  const sized = (size: number) => size !== 0 && size % batch === 0;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const added: TensorProto[] = [];
  let possible = graph.initializer.every(({ dims }) => !dims.some(sized));

  const node = graph.node.flatMap((call) => {
    const input = call.input.map((name, i) => {
      const tensor = constants.get(name);
      const list = tensor?.data_type === elementType.int64 ? integers(tensor) : [];
      if (!tensor || !list.some(sized)) return name;
      if (call.op_type === "Expand" && i === 1 && list[0] === batch && !list.slice(1).some(sized)) {
        const rest = `${name}.rest`;
        if (!added.some((known) => known.name === rest))
          added.push({ ...tensor, name: rest, dims: [list.length - 1], raw_data: int64Bytes(list.slice(1)) });
        return rest;
      }
      const free = freed(call.op_type, i, list, sized);
      if (!free) possible = false;
      // A list may be the shape of one node and the end of another.
      const symbolic = { ...tensor, name: `${name}.${call.op_type}`, raw_data: int64Bytes(free ?? list) };
      if (!added.some((known) => known.name === symbolic.name)) added.push(symbolic);
      return symbolic.name;
    });
    const [x = "", rest = ""] = input;
    if (call.op_type !== "Expand" || rest === call.input[1]) return [{ ...call, input }];
    // The size is that of the samples that come in.
    const [size, shape] = [`${call.name}.batch`, `${call.name}.shape`];
    return [
      made("Shape", [graph.input[0]?.name ?? ""], size, { start: 0, end: 1 }),
      made("Concat", [size, rest], shape, { axis: 0 }),
      { ...call, input: [x, shape] },
    ];
  });

  const named = (values: ModelProto["graph"]["input"]) =>
    values.map((value) => {
      const { elem_type, shape } = value.type.tensor_type;
      const dim = shape.dim.map((size) => {
        if (!("dim_value" in size) || !sized(size.dim_value)) return size;
        if (size.dim_value !== batch) possible = false;
        return { dim_param: "batch" };
      });
      return { ...value, type: { tensor_type: { elem_type, shape: { dim } } } };
    });
  const result = { ...graph, node, input: named(graph.input), output: named(graph.output) };
  const used = new Set(node.flatMap(({ input }) => input));
  const initializer = [...graph.initializer, ...added].filter(({ name }) => used.has(name));
  return possible ? { ...model, graph: { ...result, initializer } } : undefined;
}

const made = (
  op_type: string,
  input: readonly string[],
  output: string,
  ints: Readonly<Record<string, number>>,
): NodeProto => ({
  op_type,
  domain: "",
  name: output,
  input,
  output: [output],
  attribute: Object.entries(ints).map(([name, i]) => ({ name, type: attributeType.int, i })),
});

/** What an operator's integer input becomes when the batch may be any. */
function freed(op: string, input: number, list: readonly number[], sized: (size: number) => boolean) {
  if (op === "Reshape" && list.filter((size) => sized(size) || size === -1).length === 1)
    return list.map((size) => (sized(size) ? -1 : size));
  if (op === "Slice" && input === 2) return list.map((end) => (sized(end) ? toTheEnd : end));
  return undefined;
}

function integers({ raw_data }: TensorProto): number[] {
  const copy = raw_data.slice();
  return Array.from(new BigInt64Array(copy.buffer, copy.byteOffset, copy.byteLength / 8), Number);
}

function int64Bytes(list: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
}
