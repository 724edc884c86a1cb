import { type AttrValue, elementType, type NodeDef, shapeProto } from "./tensorflowSchema.ts";

/** Inputs that are lists of sizes or places. */
const lists: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  BroadcastTo: [1],
  Tile: [1],
  Fill: [0],
  Slice: [1, 2],
  StridedSlice: [1, 2],
};

/**
 * Turns a graph built for one batch size into one for any: `batch` must be a size that divides no other dimension. Sizes in lists are
 * computed from the size of the input, and constants with the same values for each sample are repeated as often as samples come in.
 * Undefined where some node needs the size in another way.
 * @param input the placeholder whose first axis is the batch
 */
export function withSymbolicBatch(
  nodes: readonly NodeDef[],
  { batch, input }: { readonly batch: number; readonly input: NodeDef },
): readonly NodeDef[] | undefined {
  const sized = (size: number) => size !== 0 && size % batch === 0;
  const alike = nodes.filter((node) => node.op === "Const" && !dimsOf(node).some(sized));
  const constants = new Map(alike.map((node) => [node.name, node]));
  const made = new Map<string, NodeDef>();
  const add = (node: NodeDef): string => {
    made.set(node.name, node);
    return node.name;
  };
  /** Sizes as a tensor, with those of the batch computed. */
  const computed = (list: readonly number[], name: string): string => {
    const parts = list.map((size, axis) =>
      sized(size)
        ? add(
            product(sizeOfBatch(add, input), add(ints(`${name}/times_${axis}`, [size / batch])), name, axis),
          )
        : add(ints(`${name}/size_${axis}`, [size])),
    );
    if (parts.length === 1) return parts[0] as string;
    const axis = add(ints(`${name}/axis`, 0));
    return add({
      ...{ name, op: "ConcatV2", input: [...parts, axis] },
      attr: { N: { i: parts.length }, T: int32, Tidx: int32 },
    });
  };

  /** A constant as often as samples come in, under its name. */
  const spread = ({ name, attr }: NodeDef, { dims, axis, first, step }: Rows): NodeDef => {
    const dtype = attr["dtype"] as AttrValue;
    const row = add(constant(`${name}/row`, { dtype, dims, content: first }));
    const times = computed(
      dims.map((_, at) => (at === axis ? batch : 1)),
      `${name}/times`,
    );
    const tiled = { op: "Tile", input: [row, times], attr: { T: dtype, Tmultiples: int32 } };
    if (step === undefined) return { name, ...tiled };
    // What grows from sample to sample: the rows, and the number of the sample of each times the step.
    const rows = add({ name: `${name}/rows`, ...tiled });
    const [zero, one] = [0, 1].map((at) => add(ints(`batch/scalar_${at}`, at))) as [string, string];
    const count = add({
      name: "batch/count",
      op: "Reshape",
      input: [sizeOfBatch(add, input), add(ints("batch/none", []))],
      attr: { T: int32, Tshape: int32 },
    });
    const numbers = add({
      name: "batch/numbers",
      op: "Range",
      input: [zero, count, one],
      attr: { Tidx: int32 },
    });
    const inner = dims[axis] as number;
    const apart = dims.toSpliced(axis, 1, -1, inner);
    const steps = add(constant(`${name}/step`, { dtype, dims: dims.toSpliced(axis, 0, 1), content: step }));
    const column = add({
      name: `${name}/samples`,
      op: "Reshape",
      input: [
        numbers,
        add(
          ints(
            `${name}/column`,
            apart.map((size) => (size === -1 ? -1 : 1)),
          ),
        ),
      ],
      attr: { T: int32, Tshape: int32 },
    });
    const moved = add({ name: `${name}/moved`, op: "Mul", input: [column, steps], attr: { T: int32 } });
    const joined = add({
      name: `${name}/joined`,
      op: "Reshape",
      input: [moved, add(ints(`${name}/dims`, dims.with(axis, -1)))],
      attr: { T: int32, Tshape: int32 },
    });
    return { name, op: "AddV2", input: [rows, joined], attr: { T: int32 } };
  };

  const freed: NodeDef[] = [];
  for (const node of nodes) {
    if (node.op === "Const") {
      if (constants.has(node.name)) freed.push(node);
      else {
        const rows = rowsOf(node, { batch, sized });
        if (rows === undefined) return undefined;
        freed.push(spread(node, rows));
      }
      continue;
    }
    const attr = node === input ? anyBatch(node, batch) : node.attr;
    if (Object.values(attr).some((value) => numbersIn(value).some(sized))) return undefined;
    const inputs = node.input.map((name, place) => {
      const list = listIn(constants.get(name));
      if (list === undefined || !list.some(sized)) return name;
      if (!lists[node.op]?.includes(place)) return undefined;
      if (node.op === "Reshape" && list.filter(sized).length === 1)
        return add(
          ints(
            `${name}/any`,
            list.map((size) => (sized(size) ? -1 : size)),
          ),
        );
      return computed(list, `${name}/sizes`);
    });
    if (inputs.includes(undefined)) return undefined;
    freed.push({ ...node, input: inputs as string[], attr });
  }
  const all = [...freed, ...made.values()];
  const read = new Set(all.flatMap((node) => node.input));
  return all.filter(({ op, name }) => op !== "Const" || read.has(name));
}

const int32: AttrValue = { type: elementType.int32 };

/** [1] */
function sizeOfBatch(add: (node: NodeDef) => string, input: NodeDef): string {
  const attr = { T: int32, Index: int32 };
  const [from, to] = [0, 1].map((at) => add(ints(`batch/${at}`, [at])));
  const shape = add({
    name: "batch/shape",
    op: "Shape",
    input: [input.name],
    attr: { T: input.attr["dtype"] as AttrValue, out_type: int32 },
  });
  return add({
    ...{ name: "batch/size", op: "StridedSlice", input: [shape, from as string, to as string, to as string] },
    attr,
  });
}

const product = (size: string, times: string, name: string, axis: number): NodeDef => ({
  ...{ name: `${name}/batch_${axis}`, op: "Mul", input: [size, times] },
  attr: { T: int32 },
});

function ints(name: string, values: number | readonly number[]): NodeDef {
  const list = [values].flat();
  const dims = typeof values === "number" ? [] : [list.length];
  return constant(name, { dtype: int32, dims, content: new Uint8Array(Int32Array.from(list).buffer) });
}

function constant(
  name: string,
  {
    dtype,
    dims,
    content,
  }: { readonly dtype: AttrValue; readonly dims: readonly number[]; readonly content: Uint8Array },
): NodeDef {
  const tensor = {
    dtype: (dtype as { readonly type: number }).type,
    tensor_shape: shapeProto(dims),
    tensor_content: content,
  };
  return { name, op: "Const", input: [], attr: { dtype, value: { tensor } } };
}

type Tensor = Extract<AttrValue, { readonly tensor: unknown }>["tensor"];

const tensorOf = ({ attr }: NodeDef): Tensor => (attr["value"] as { readonly tensor: Tensor }).tensor;

const dimsOf = (node: NodeDef): number[] => tensorOf(node).tensor_shape.dim.map(({ size }) => size);

/** The whole numbers of a constant that is one, or a list of them. */
function listIn(node: NodeDef | undefined): readonly number[] | undefined {
  if (node === undefined) return undefined;
  const { dtype, tensor_shape, tensor_content } = tensorOf(node);
  if (dtype !== elementType.int32 || tensor_shape.dim.length > 1) return undefined;
  return [...new Int32Array(tensor_content.slice().buffer)];
}

/** Sizes that an attribute has. */
function numbersIn(value: AttrValue): readonly number[] {
  if ("list" in value) return value.list.i;
  if ("shape" in value) return value.shape.dim.map(({ size }) => size);
  return "i" in value ? [value.i] : [];
}

function anyBatch({ attr }: NodeDef, batch: number): NodeDef["attr"] {
  const { shape } = attr["shape"] as { readonly shape: Tensor["tensor_shape"] };
  const dims = shape.dim.map(({ size }, axis) => (axis === 0 && size === batch ? -1 : size));
  return { ...attr, shape: { shape: shapeProto(dims) } };
}

interface Rows {
  /** Of one sample. */
  readonly dims: readonly number[];
  /** Along which samples follow each other. */
  readonly axis: number;
  /** Of the first sample. */
  readonly first: Uint8Array;
  /** What whole numbers grow by from sample to sample; absent where all samples have the same. */
  readonly step?: Uint8Array;
}

/** What a constant has for each sample; undefined where that follows no rule. */
function rowsOf(
  node: NodeDef,
  { batch, sized }: { readonly batch: number; readonly sized: (size: number) => boolean },
): Rows | undefined {
  const { dtype, tensor_content: content } = tensorOf(node);
  const dims = dimsOf(node);
  const axis = dims.findIndex(sized);
  if (dims.filter(sized).length > 1) return undefined;
  const outer = dims.slice(0, axis).reduce((product, size) => product * size, 1);
  const width = content.length / (outer * batch);
  const place = { dims: dims.with(axis, (dims[axis] as number) / batch), axis };
  const ofSample = (sample: number): Buffer =>
    Buffer.concat(
      Array.from({ length: outer }, (_, i) => {
        const from = (i * batch + sample) * width;
        return content.subarray(from, from + width);
      }),
    );
  const first = ofSample(0);
  const samples = Array.from({ length: batch - 1 }, (_, i) => i + 1);
  if (samples.every((sample) => first.equals(ofSample(sample)))) return { ...place, first };
  if (dtype !== elementType.int32) return undefined;
  const numbersOf = (sample: number) => new Int32Array(Uint8Array.from(ofSample(sample)).buffer);
  const start = numbersOf(0);
  const step = numbersOf(1).map((value, i) => value - (start[i] as number));
  const grows = samples.every((sample) =>
    numbersOf(sample).every((value, i) => value === (start[i] as number) + sample * (step[i] as number)),
  );
  return grows ? { ...place, first, step: new Uint8Array(step.buffer) } : undefined;
}
