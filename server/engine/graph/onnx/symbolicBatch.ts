import { type BatchParts, constantForAnyBatch, int64Bytes, listWithBatch } from "./batchConstants.ts";
import { elementType, type ModelProto } from "./onnxSchema.ts";
import { integersIn } from "./tensorValues.ts";

/** An end beyond every tensor's. */
const toTheEnd = 2 ** 31 - 1;

/**
 * Turns a model built for one batch size into one for any: `batch` must be a size that divides
 * no other dimension. Reshapes infer the batch, slices go to its end, what is spread takes it from the input, constants with values
 * for each sample are made for those that come in, inputs and outputs name it.
 * Undefined where some node needs the size as a number.
 */
export function withSymbolicBatch(model: ModelProto, batch: number): ModelProto | undefined {
  const { graph } = model;
  const sized = (size: number) => size !== 0 && size % batch === 0;
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const parts: BatchParts = { input: graph.input[0]?.name ?? "", nodes: new Map(), constants: new Map() };
  let possible = true;

  for (const tensor of graph.initializer) {
    const axes = tensor.dims.flatMap((size, axis) => (sized(size) ? [axis] : []));
    const [axis] = axes;
    if (axis === undefined) continue;
    if (axes.length > 1 || !constantForAnyBatch(parts, tensor, { axis, batch })) possible = false;
    constants.delete(tensor.name);
  }
  const node = graph.node.map((call) => {
    const input = call.input.map((name, i) => {
      const tensor = constants.get(name);
      const list = tensor?.data_type === elementType.int64 ? integersIn(tensor) : [];
      if (!tensor || !list.some(sized)) return name;
      const axis = list.indexOf(batch);
      if (call.op_type === "Expand" && i === 1 && axis >= 0 && list.filter(sized).length === 1)
        return listWithBatch(parts, { name, list, axis });
      const free = freed(call.op_type, i, list, sized);
      if (!free) possible = false;
      // A list may be the shape of one node and the end of another.
      const symbolic = { ...tensor, name: `${name}.${call.op_type}`, raw_data: int64Bytes(free ?? list) };
      parts.constants.set(symbolic.name, symbolic);
      return symbolic.name;
    });
    return { ...call, input };
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
  const nodes = [...parts.nodes.values(), ...node];
  const result = { ...graph, node: nodes, input: named(graph.input), output: named(graph.output) };
  const used = new Set(nodes.flatMap(({ input }) => input));
  const initializer = [...constants.values(), ...parts.constants.values()].filter(({ name }) =>
    used.has(name),
  );
  return possible ? { ...model, graph: { ...result, initializer } } : undefined;
}

/** What an operator's integer input becomes when the batch may be any. */
function freed(op: string, input: number, list: readonly number[], sized: (size: number) => boolean) {
  if (op === "Reshape" && list.filter((size) => sized(size) || size === -1).length === 1)
    return list.map((size) => (sized(size) ? -1 : size));
  if (op === "Slice" && input === 2) return list.map((end) => (sized(end) ? toTheEnd : end));
  return undefined;
}
