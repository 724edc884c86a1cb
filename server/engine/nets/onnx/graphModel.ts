import { damagedFile } from "../../../data/checksums.ts";
import { partsOf } from "../../../data/descriptions/missing.ts";
import { type OpenFile, openFile, plainBytes, readAt } from "../../../data/formats/bytes.ts";
import { type Field, MalformedMessage, MessageFile } from "../../../data/formats/protobuf.ts";
import { machineMemory } from "../../../data/machineMemory.ts";
import type { DataProblem } from "../../../data/problem.ts";
import type { Graph, GraphNode, GraphPort, GraphTensor } from "../../../nets/graph.ts";
import type { GraphObstacle } from "../../../nets/graphPlan.ts";
import type { AttributeValue } from "../../../nets/operators/operator.ts";
import { castTo } from "../../../nets/operators/operator.ts";
import { untied } from "../../../nets/untied.ts";
import { sizeOf } from "../../../sizeOf.ts";
import {
  type AttributeProto,
  decodeNode,
  decodeTensor,
  type TensorProto,
} from "../../graph/onnx/onnxSchema.ts";
import { elementBytes, floatsIn, tensorValues } from "../../graph/onnx/tensorValues.ts";

/** What a file may hold at most: networks of thousands of layers have less, damaged and hostile files more. */
const most = {
  nodes: 20_000,
  tensors: 20_000,
  /** Bytes of all nodes, weights that stand in them included. */
  nodeBytes: 2 ** 25,
  /** Values of a tensor of whole numbers, or of one that is read with the graph. */
  values: 2 ** 20,
  rank: 8,
};

/** Floats that are read with the graph: bounds, scales, epsilons, and vectors, of which `untied` has to see the values. */
const mostSmall = 64;
const mostInVector = 2 ** 13;

export interface GraphProblem {
  readonly code: GraphObstacle["code"] | "model-weights";
  readonly message: string;
}

/** Why a graph cannot be a student, as the file's problem. */
export const graphProblem = (
  path: string,
  { code, message }: GraphObstacle,
): { readonly problem: GraphProblem } => failure(path, message, code);

export interface ReadGraph extends Graph {
  /** Values of the tensors of floats, in the order of the file. */
  readonly weights: (
    names: readonly string[],
  ) => Promise<Record<string, Float32Array> | { readonly problem: GraphProblem | DataProblem }>;
}

/**
 * Reads the graph of an ONNX model: nodes, whole numbers and a few small floats; weights when they are asked for. Nothing of
 * the file is run, and its claims are held against bounds before memory is taken for them.
 */
export async function readGraphModel(
  path: string,
): Promise<ReadGraph | { readonly problem: GraphProblem | DataProblem }> {
  const damage = await damagedFile([path]);
  if (damage !== undefined) return { problem: damage };
  const opened = await openFile(path, { isModel: true });
  if ("code" in opened) return { problem: opened };
  try {
    return await readOpened(path, opened);
  } catch (error) {
    if (error instanceof Refused) return failure(path, error.message);
    if (error instanceof MalformedMessage) return failure(path, "it is damaged or truncated");
    throw error;
  } finally {
    await opened.handle.close();
  }
}

/** Why a file is not read, said in a sentence. */
class Refused extends Error {}

const failure = (path: string, why: string, code: GraphProblem["code"] = "model-format") => ({
  problem: { code, message: `${path} cannot be trained as an ONNX model: ${why}.` },
});

/** Where the values of a tensor lie. */
type Place =
  | { readonly kind: "bytes"; readonly start: number; readonly end: number; readonly type: number }
  | {
      readonly kind: "external";
      readonly entries: readonly (readonly [string, string])[];
      readonly type: number;
    }
  | { readonly kind: "read"; readonly values: ArrayLike<number> };

async function readOpened(
  path: string,
  opened: OpenFile,
): Promise<ReadGraph | { readonly problem: GraphProblem | DataProblem }> {
  const message = new MessageFile(opened.handle.fd, opened.size);
  let graphField: Field | undefined;
  let irVersion = 8;
  const opsets = new Map<string, number>();
  const metadata: Record<string, string> = {};
  for (const field of message.fields()) {
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 7) {
      if (graphField !== undefined) throw new Refused("it has two graphs");
      graphField = field;
    } else if (field.number === 8) {
      const [domain, version] = opsetOf(message, field);
      opsets.set(domain, version);
    } else if (field.number === 14) {
      const [key, value] = propertyOf(message, field);
      Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true });
    }
  }
  if (graphField === undefined) throw new Refused("it has no graph");

  const tensors = new Map<string, GraphTensor>();
  const places = new Map<string, Place>();
  const nodes: GraphNode[] = [];
  const inputs: GraphPort[] = [];
  const outputs: GraphPort[] = [];
  let nodeBytes = 0;
  const add = (tensor: GraphTensor, place: Place) => {
    if (tensors.size >= most.tensors) throw new Refused(`it has more than ${most.tensors} constants`);
    tensors.set(tensor.name, tensor);
    places.set(tensor.name, place);
  };
  for (const field of message.fields(graphField.start, graphField.end)) {
    if (field.number === 1) {
      nodeBytes += field.end - field.start;
      if (nodeBytes > most.nodeBytes || nodes.length >= most.nodes)
        throw new Refused(`its nodes are more than ${most.nodes}, or take more than ${most.nodeBytes} bytes`);
      const node = decoded(decodeNode, message, field);
      const domain = node.domain === "ai.onnx" ? "" : node.domain;
      if (node.op_type === "Constant" && domain === "") {
        const constant = constantOf(node.attribute, node.output[0] ?? "");
        if (constant !== undefined) {
          add(constant, { kind: "read", values: constant.values ?? [] });
          continue;
        }
      }
      nodes.push({
        name: node.name === "" ? (node.output[0] ?? "") : node.name,
        operator: domain === "" ? node.op_type : `${domain}::${node.op_type}`,
        inputs: node.input,
        outputs: node.output,
        attributes: Object.fromEntries(node.attribute.flatMap(attributeOf)),
        attributeTypes: Object.fromEntries(node.attribute.map(({ name, type }) => [name, type])),
      });
    } else if (field.number === 5) {
      const { tensor, place } = await tensorOf(opened, message, field);
      add(tensor, place);
    } else if (field.number === 11) inputs.push(portOf(message, field));
    else if (field.number === 12) outputs.push(portOf(message, field));
    else if (field.number === 15) throw new Refused("it has sparse weights, which are not trained");
  }
  const own = untied(nodes, tensors);
  const placeOf = (name: string) => places.get(own.copies.get(name) ?? name);
  return {
    file: path,
    irVersion,
    opset: opsets.get("") ?? opsets.get("ai.onnx") ?? 0,
    metadata,
    nodes: own.nodes,
    tensors: own.tensors,
    inputs: inputs.filter(({ name }) => !tensors.has(name)),
    outputs,
    weights: (names) => readWeights(path, names, { tensors: own.tensors, placeOf }),
  };
}

/** What a decoder of messages throws of bytes that are none is damage, whatever it is. */
function decoded<T>(decode: (bytes: Uint8Array) => T, message: MessageFile, field: Field): T {
  const bytes = message.bytes(field);
  try {
    return decode(bytes);
  } catch (error) {
    throw new MalformedMessage(String(error), field.start);
  }
}

/** Reads the values of weights, as float32. */
async function readWeights(
  path: string,
  names: readonly string[],
  {
    tensors,
    placeOf,
  }: {
    readonly tensors: ReadonlyMap<string, GraphTensor>;
    readonly placeOf: (name: string) => Place | undefined;
  },
): Promise<Record<string, Float32Array> | { readonly problem: GraphProblem | DataProblem }> {
  const needed = names.reduce((sum, name) => sum + 4 * sizeOf(tensors.get(name)?.shape ?? []), 0);
  if (needed > machineMemory())
    return failure(path, `its weights take ${needed} bytes, more than this machine has`, "model-weights");
  const files = new Map<string, OpenFile>();
  const weights: [string, Float32Array][] = [];
  const open = async (file: string): Promise<OpenFile | DataProblem> => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const opened = await openFile(file, { isModel: true });
    if (!("code" in opened)) files.set(file, opened);
    return opened;
  };
  try {
    for (const name of names) {
      const place = placeOf(name) as Place;
      const count = sizeOf((tensors.get(name) as GraphTensor).shape);
      if (place.kind === "read") {
        weights.push([name, Float32Array.from(place.values)]);
        continue;
      }
      const found = await locate(path, place);
      if ("problem" in found) return found;
      const opened = await open(found.file);
      if ("code" in opened) return { problem: opened };
      const width = elementBytes(place.type);
      const length = found.length ?? count * width;
      if (length !== count * width || found.start + length > opened.size)
        return failure(
          path,
          `the weight ${name} has ${length} bytes from byte ${found.start} on; ${count} values need ${count * width}`,
          "model-weights",
        );
      const bytes = new Uint8Array(length);
      const filled = await plainBytes(opened, found.start, length).read(bytes);
      if (typeof filled === "object") return { problem: filled };
      weights.push([name, floatsIn(bytes, place.type)]);
    }
    return Object.fromEntries(weights);
  } finally {
    await Promise.all([...files.values()].map(({ handle }) => handle.close()));
  }
}

/** The bytes of a weight: in the model's own file, or in one beside it. */
async function locate(
  path: string,
  place: Exclude<Place, { kind: "read" }>,
): Promise<
  | { readonly file: string; readonly start: number; readonly length?: number }
  | { readonly problem: GraphProblem }
> {
  if (place.kind === "bytes") return { file: path, start: place.start, length: place.end - place.start };
  const entry = (key: string) => place.entries.find(([name]) => name === key)?.[1];
  const location = entry("location") ?? "";
  const { weightFiles, missingFiles, outsideFiles } = await partsOf(path, [location]);
  const [file] = weightFiles;
  if (outsideFiles.length > 0 || file === undefined)
    return failure(path, `its weights file "${location}" is outside of its folder`, "model-weights");
  if (missingFiles.length > 0)
    return failure(path, `its weights file ${location} does not exist`, "model-weights");
  const [start, length] = [Number(entry("offset") ?? 0), entry("length")];
  if (!(Number.isSafeInteger(start) && start >= 0))
    return failure(path, `an offset in ${location} is no number`, "model-weights");
  return { file, start, ...(length === undefined ? {} : { length: Number(length) }) };
}

/** Bytes of a float by TensorProto.DataType. */
/** A tensor of the graph; its values only where they are few, or whole numbers. */
async function tensorOf(
  opened: OpenFile,
  message: MessageFile,
  field: Field,
): Promise<{ readonly tensor: GraphTensor; readonly place: Place }> {
  const shape: number[] = [];
  let [type, name] = [0, ""];
  let raw: Field | undefined;
  const entries: [string, string][] = [];
  for (const part of message.fields(field.start, field.end)) {
    if (part.number === 1) shape.push(...message.numbers(part));
    else if (part.number === 2) type = part.value;
    else if (part.number === 8) name = message.text(part);
    else if (part.number === 9 || (part.number === 4 && part.end > part.start)) raw = part;
    else if (part.number === 13) entries.push(propertyOf(message, part));
    if (shape.length > most.rank) throw new Refused(`the constant "${name}" has more than ${most.rank} axes`);
  }
  const dtype = elementTypeOf(type, name);
  const count = sizeOf(shape);
  if (shape.some((extent) => !(Number.isSafeInteger(extent) && extent >= 0)) || !Number.isSafeInteger(count))
    throw new Refused(`the constant "${name}" has the shape [${shape.join(", ")}]`);
  const isWeight = dtype === "float32" && count > (shape.length === 1 ? mostInVector : mostSmall);
  if (entries.length > 0 && isWeight)
    return {
      tensor: { name, shape, dtype, type, isNode: false },
      place: { kind: "external", entries, type },
    };
  if (isWeight && raw !== undefined)
    return { tensor: { name, shape, dtype, type, isNode: false }, place: { kind: "bytes", ...raw, type } };
  if (count > most.values)
    throw new Refused(`the constant "${name}" has ${count} values, more than ${most.values}`);
  if (entries.length > 0) {
    const found = await locate(opened.file, { kind: "external", entries, type });
    if ("problem" in found) throw new Refused(found.problem.message);
    const beside = await openFile(found.file, { isModel: true });
    if ("code" in beside) throw new Refused(`its weights file ${found.file} cannot be read`);
    try {
      const bytes = await readAt(beside, found.start, Math.min(found.length ?? count * 8, most.values * 8));
      if ("code" in bytes) throw new Refused(`its weights file ${found.file} cannot be read`);
      const values = decodedValues({ data_type: type, raw_data: bytes, dims: shape, name }, count);
      return { tensor: { name, shape, dtype, type, isNode: false, values }, place: { kind: "read", values } };
    } finally {
      await beside.handle.close();
    }
  }
  const values = decodedValues(decoded(decodeTensor, message, field), count);
  return { tensor: { name, shape, dtype, type, isNode: false, values }, place: { kind: "read", values } };
}

function elementTypeOf(type: number, name: string): GraphTensor["dtype"] {
  if (type === 8 || type === 14 || type === 15 || type > 16)
    throw new Refused(`the constant "${name}" holds texts, complex or quantised numbers`);
  return castTo(type);
}

function decodedValues(tensor: TensorProto, count: number): ArrayLike<number> {
  const values = tensorValues(tensor, count);
  if (values === undefined)
    throw new Refused(
      `the constant "${tensor.name}" has ${tensor.raw_data.byteLength} bytes for ${count} values`,
    );
  return values;
}

/** The value of a Constant node, whichever attribute has it. */
function constantOf(attributes: readonly AttributeProto[], name: string): GraphTensor | undefined {
  const [attribute] = attributes;
  if (attribute === undefined) return undefined;
  const list = (
    values: readonly number[],
    dtype: GraphTensor["dtype"],
    shape: readonly number[],
  ): GraphTensor => ({
    name,
    shape,
    dtype,
    type: dtype === "float32" ? 1 : 7,
    values,
    isNode: true,
  });
  switch (attribute.name) {
    case "value": {
      const value = attributeTensor(attribute.t, name);
      return value && { ...value, name, isNode: true };
    }
    case "value_float":
      return list([attribute.f ?? 0], "float32", []);
    case "value_int":
      return list([attribute.i ?? 0], "int32", []);
    case "value_floats":
      return list(attribute.floats ?? [], "float32", [attribute.floats?.length ?? 0]);
    case "value_ints":
      return list(attribute.ints ?? [], "int32", [attribute.ints?.length ?? 0]);
    default:
      return undefined;
  }
}

function attributeTensor(tensor: TensorProto | undefined | null, name: string) {
  if (!tensor) return undefined;
  const shape = [...tensor.dims];
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count) || shape.length > most.rank || count > most.nodeBytes || count < 0)
    throw new Refused(`the constant "${name}" has the shape [${shape.join(", ")}]`);
  const { data_type: type } = tensor;
  return { shape, dtype: elementTypeOf(type, name), type, values: decodedValues(tensor, count) };
}

function attributeOf({
  name,
  type,
  f,
  i,
  s,
  t,
  floats,
  ints,
  strings,
}: AttributeProto): [string, AttributeValue][] {
  const value: AttributeValue | undefined = {
    1: f,
    2: i,
    3: s && new TextDecoder().decode(s),
    4: attributeTensor(t, name),
    6: floats,
    7: ints,
    8: strings?.map((text) => new TextDecoder().decode(text)),
  }[type];
  return value === undefined ? [] : [[name, value]];
}

function opsetOf(message: MessageFile, { start, end }: Field): readonly [string, number] {
  let domain = "";
  let version = 0;
  for (const field of message.fields(start, end)) {
    if (field.number === 1) domain = message.text(field);
    else if (field.number === 2) version = field.value;
  }
  return [domain, version];
}

function propertyOf(message: MessageFile, { start, end }: Field): [string, string] {
  let [key, value] = ["", ""];
  for (const field of message.fields(start, end)) {
    if (field.number === 1) key = message.text(field);
    else if (field.number === 2) value = message.text(field, 2 ** 20);
  }
  return [key, value];
}

function portOf(message: MessageFile, port: Field): GraphPort {
  let [name, type] = ["", 0];
  const shape: (number | string)[] = [];
  const within = ({ start, end }: Field, number: number) =>
    [...message.fields(start, end)].filter((field) => field.number === number);
  for (const field of message.fields(port.start, port.end)) {
    if (field.number === 1) name = message.text(field);
    if (field.number !== 2) continue;
    for (const tensor of within(field, 1))
      for (const part of message.fields(tensor.start, tensor.end)) {
        if (part.number === 1) type = part.value;
        if (part.number !== 2) continue;
        for (const dim of within(part, 1)) {
          const [size] = within(dim, 1);
          const [symbol] = within(dim, 2);
          shape.push(size?.value ?? (symbol === undefined ? "" : message.text(symbol)));
          if (shape.length > most.rank) throw new Refused(`"${name}" has more than ${most.rank} axes`);
        }
      }
  }
  return { name, shape, dtype: castTo(type), type };
}
