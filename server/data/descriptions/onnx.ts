import type { LayerFacts, LearnedFacts, ModelPort } from "../../fileHeaders.ts";
import { isOneNumber } from "../../nets/onnxInput.ts";
import { isList, isReadable } from "../../nets/onnxTypes.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { OpenFile } from "../formats/bytes.ts";
import { type Field, MalformedMessage, MessageFile } from "../formats/protobuf.ts";
import type { DataProblem } from "../problem.ts";
import type { ModelDescription } from "./description.ts";
import { operatorsWithoutFloat64 } from "./float64Kernels.ts";
import { partsOf } from "./missing.ts";
import { readClassical } from "./onnxClassical.ts";
import { withColumnsJoined, withSharesUnrounded } from "./onnxColumns.ts";
import { operatorsBesideOnnx } from "./onnxOperators.ts";

/** Element types of TensorProto.DataType (onnx.proto). */
const elementTypes: readonly (string | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
];

/** Weights may be quantised; wider integers are shapes and indices. */
const trainedType = /^(b?float|u?int[48]$)/;

/** As an export of ours names what it computes with and has not learned: a normalisation by channels, for one. */
const ownConstant = /^constant_\d+$/;

/** Names of a great many classes; what others put into a model's metadata may be anything. */
const longestProperty = 2 ** 20;

/** Reads the graph of an ONNX model (ModelProto, IR version 3 on) without the weights. */
export async function describeOnnx(opened: OpenFile): Promise<ModelDescription | DataProblem> {
  const { file, handle, size } = opened;
  try {
    const model = readModel(new MessageFile(handle.fd, size));
    if (model === undefined) return notOnnx(file);
    const { weightFiles, ...description } = model;
    return {
      kind: "model",
      format: "onnx",
      bytes: size,
      ...description,
      ...(await partsOf(file, [...weightFiles.keys()], weightFiles)),
    };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    // An ONNX file begins with the field 1, a number; if that stands there, the damage came later.
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    if (head[0] !== 8) return notOnnx(file);
    const message = `The ONNX model is damaged or truncated: ${error.message}`;
    return { code: "corrupt", message, file, offset: error.offset };
  }
}

function notOnnx(file: string): DataProblem {
  return {
    code: "wrong-magic",
    message: "This is not an ONNX model.",
    file,
    offset: 0,
    expected: "a model with a graph",
  };
}

interface Graph {
  readonly nodes: Node[];
  /** Operators of the graphs within its nodes and of the model's functions, where loops may be, too. */
  readonly innerOperators: Set<string>;
  readonly inputs: ModelPort[];
  readonly outputs: ModelPort[];
  readonly shapes: Map<string, readonly number[]>;
  /** Tensors that are declared as such. */
  readonly float64: Set<string>;
  /** By name, where they stand. */
  readonly initializers: Map<string, Field>;
  /** As the model names them, with the number of their first bytes that it reads. */
  readonly weightFiles: Map<string, number>;
  /** It was exported here, and names its weights and its constants each in their way. */
  readonly isOwn: boolean;
  /** How many graphs this one is within. */
  readonly depth: number;
  parameters: number;
  readonly learned: { -readonly [What in keyof LearnedFacts]-?: number };
}

interface Node {
  readonly name: string;
  readonly operator: string;
  /** Of the operator: "" is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Type of its output, where it converts to one. */
  readonly castTo: string | undefined;
  /** What its columns are called, where it says so. */
  readonly labels: readonly string[];
  /** How many columns it has, where it is a forest that says so; else 0. */
  readonly targets: number;
  readonly isOfPairs: boolean;
}

/** The newest version of the file's form that ONNX Runtime 1.30 loads. Python's onnx 1.23 writes 14 where it is not told otherwise. */
const newestIr = 13;

function readModel(message: MessageFile) {
  let graph: Graph | undefined;
  let producer = "";
  let irVersion = 0;
  let opset: number | undefined;
  const metadata: [string, string][] = [];
  const functions: Field[] = [];
  for (const field of message.fields()) {
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 2) producer = message.text(field) + producer;
    else if (field.number === 3) producer += ` ${message.text(field)}`;
    else if (field.number === 7) {
      // A runtime would take both together.
      if (graph !== undefined) throw new MalformedMessage("It has two graphs.", field.start);
      graph = readGraph(message, field, { isOwn: producer === "distillery", depth: 0 });
    } else if (field.number === 8) opset = readOpset(message, field) ?? opset;
    else if (field.number === 14) metadata.push(readProperty(message, field));
    else if (field.number === 25) functions.push(field);
  }
  if (graph === undefined || graph.outputs.length === 0) return undefined;
  for (const field of functions) readFunction(message, field, graph);
  const { nodes, inputs, initializers, shapes, weightFiles } = graph;
  const unrounded = withSharesUnrounded(graph.outputs, nodes);
  const given = withColumnsJoined(unrounded, nodes, (name) => wholeNumbers(message, initializers.get(name)));
  const outputs = given.map((port) => outputOf(port, nodes, () => classesBeside(message, graph)));
  const scores = scoresOf(outputs);
  const withoutKernel = operatorsWithoutFloat64(nodes, { declared: graph.float64, opset });
  const unconverted = operatorsBesideOnnx(nodes, opset);
  return {
    ...(producer.trim() === "" ? {} : { producer: producer.trim() }),
    ...(opset === undefined ? {} : { opset }),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
    // Before IR version 4 the weights are inputs too, with a default.
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    outputs,
    ...(scores === undefined ? {} : { scores: scores.name }),
    ...sizeOfAll(graph),
    layers: layersOf(nodes, shapes),
    operators: countOf(nodes.map(({ operator }) => operator)),
    ...(loopsIn(graph) ? { hasLoops: true } : {}),
    ...(irVersion > newestIr ? { newerIr: irVersion } : {}),
    ...(withoutKernel.length === 0 ? {} : { withoutKernel }),
    ...(unconverted.length === 0 ? {} : { unconverted }),
    ...(scores && wayTo(scores.name, nodes).at(-1)?.isOfPairs ? { isOfPairs: true } : {}),
    endsInSoftmax: scores?.probabilities === true,
    weightFiles,
  };
}

const looping = ["Loop", "Scan"];

const loopsIn = ({ nodes, innerOperators }: Graph): boolean =>
  looping.some((name) => innerOperators.has(name) || nodes.some(({ operator }) => operator === name));

/** The version of the operators without a domain of their own. */
function readOpset(message: MessageFile, opset: Field): number | undefined {
  let domain = "";
  let version: number | undefined;
  for (const field of message.fields(opset.start, opset.end)) {
    if (field.number === 1) domain = message.text(field);
    else if (field.number === 2) version = field.value;
  }
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

function readGraph(
  message: MessageFile,
  { start, end }: Field,
  { isOwn, depth }: Pick<Graph, "isOwn" | "depth">,
): Graph {
  const graph: Graph = {
    nodes: [],
    innerOperators: new Set(),
    inputs: [],
    outputs: [],
    shapes: new Map(),
    float64: new Set(),
    initializers: new Map(),
    weightFiles: new Map(),
    isOwn,
    depth,
    parameters: 0,
    learned: { trees: 0, treeNodes: 0, supportVectors: 0 },
  };
  for (const field of message.fields(start, end)) {
    if (field.number === 1) graph.nodes.push(readNode(message, field, graph));
    else if (field.number === 5) graph.initializers.set(readTensor(message, field, graph), field);
    else if (field.number === 15) readSparse(message, field, graph);
    else if (field.number === 11) graph.inputs.push(readPort(message, field));
    else if (field.number === 12) graph.outputs.push(readPort(message, field));
    else if (field.number === 13) {
      const { name, shape, dtype } = readPort(message, field);
      graph.shapes.set(name, shape);
      if (dtype === "float64") graph.float64.add(name);
    }
  }
  for (const { name, dtype } of graph.inputs) if (dtype === "float64") graph.float64.add(name);
  return graph;
}

function readNode(message: MessageFile, { start, end }: Field, graph: Graph): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Field[] = [];
  let name = "";
  let operator = "";
  let domain = "";
  for (const field of message.fields(start, end)) {
    if (field.number === 1) inputs.push(message.text(field));
    else if (field.number === 2) outputs.push(message.text(field));
    else if (field.number === 3) name = message.text(field);
    else if (field.number === 4) operator = message.text(field);
    else if (field.number === 5) attributes.push(field);
    else if (field.number === 7) domain = message.text(field);
  }
  const classical = readClassical(message, operator, attributes);
  const before = graph.parameters;
  // Some exporters keep weights in Constant nodes.
  for (const attribute of attributes) readAttribute(message, attribute, graph);
  if (classical !== undefined) {
    graph.parameters = before + classical.parameters;
    for (const what of ["trees", "treeNodes", "supportVectors"] as const)
      graph.learned[what] += classical.learned[what];
  }
  const { labels = [], targets = 0, isOfPairs = false } = classical ?? {};
  const castTo =
    operator === "Cast" ? elementTypes[attributes[0] ? wholeOf(message, attributes[0]) : 0] : undefined;
  return { name, operator, domain, inputs, outputs, castTo, labels, targets, isOfPairs };
}

/** AttributeProto { i 3 } */
const wholeOf = (message: MessageFile, attribute: Field): number =>
  nested(message, attribute, 3)[0]?.value ?? 0;

/** AttributeProto { t 5, g 6, tensors 10, graphs 11, sparse_tensor 22, sparse_tensors 23 } */
function readAttribute(message: MessageFile, { start, end }: Field, graph: Graph): void {
  for (const field of message.fields(start, end)) {
    if (field.number === 5 || field.number === 10) readTensor(message, field, graph);
    else if (field.number === 6 || field.number === 11) readInner(message, field, graph);
    else if (field.number === 22 || field.number === 23) readSparse(message, field, graph);
  }
}

/** SparseTensorProto { values 1, indices 2 } */
function readSparse(message: MessageFile, field: Field, graph: Graph): void {
  for (const number of [1, 2])
    for (const tensor of nested(message, field, number)) readTensor(message, tensor, graph);
}

/** The weights of a graph within a node, as the body of a loop. */
function readInner(message: MessageFile, field: Field, graph: Graph): void {
  const depth = graph.depth + 1;
  if (depth > deepest) throw new MalformedMessage("Graphs are nested too deeply.", field.start);
  const inner = readGraph(message, field, { isOwn: graph.isOwn, depth });
  graph.parameters += inner.parameters;
  for (const what of ["trees", "treeNodes", "supportVectors"] as const)
    graph.learned[what] += inner.learned[what];
  for (const [file, bytes] of inner.weightFiles) addWeights(graph, file, bytes);
  for (const operator of [...inner.innerOperators, ...inner.nodes.map(({ operator }) => operator)])
    graph.innerOperators.add(operator);
}

/** FunctionProto { node 7, attribute_proto 11 }, run wherever a node has its name: a graph's nodes without the rest. */
function readFunction(message: MessageFile, { start, end }: Field, graph: Graph): void {
  for (const field of message.fields(start, end)) {
    if (field.number === 7) graph.innerOperators.add(readNode(message, field, graph).operator);
    // Defaults of its attributes.
    else if (field.number === 11) readAttribute(message, field, graph);
  }
}

/** Loops within conditions within loops; a damaged file may claim more than the stack takes. */
const deepest = 32;

/** A forest has no parameters, rather than 0. */
function sizeOfAll({ parameters, learned }: Graph): Pick<ModelDescription, "parameters" | "learned"> {
  const { trees, treeNodes, supportVectors } = learned;
  if (trees + supportVectors === 0) return { parameters };
  return {
    ...(parameters === 0 ? {} : { parameters }),
    learned: {
      ...(trees === 0 ? {} : { trees, treeNodes }),
      ...(supportVectors === 0 ? {} : { supportVectors }),
    },
  };
}

/** Adds a tensor's values to the parameters and gives its name. */
function readTensor(message: MessageFile, { start, end }: Field, graph: Graph): string {
  const shape: number[] = [];
  let name = "";
  let type = 0;
  const outside = new Map<string, string>();
  for (const field of message.fields(start, end)) {
    if (field.number === 1) shape.push(...message.numbers(field));
    else if (field.number === 2) type = field.value;
    else if (field.number === 8) name = message.text(field);
    else if (field.number === 13) outside.set(...readExternal(message, field));
  }
  const location = outside.get("location");
  const lastByte = Number(outside.get("offset") ?? 0) + Number(outside.get("length") ?? 0);
  if (location !== undefined) addWeights(graph, location, Number.isSafeInteger(lastByte) ? lastByte : 0);
  if (elementTypes[type] === "float64") graph.float64.add(name);
  // A number without axes is a constant of the graph: the bounds of a Clip, an epsilon.
  const isConstant = shape.length === 0 || (graph.isOwn && ownConstant.test(name));
  if (!isConstant && trainedType.test(elementTypes[type] ?? "")) graph.parameters += sizeOf(shape);
  return name;
}

/** StringStringEntryProto { key, value } */
function readProperty(message: MessageFile, { start, end }: Field): [string, string] {
  let key = "";
  let value = "";
  for (const field of message.fields(start, end)) {
    if (field.number === 1) key = message.text(field);
    else if (field.number === 2) value = message.text(field, longestProperty);
  }
  return [key, value];
}

/** Where a tensor's values lie in a file beside the model: `location`, `offset`, `length`. */
function readExternal(message: MessageFile, { start, end }: Field): [string, string] {
  let key = "";
  let value = "";
  for (const field of message.fields(start, end)) {
    if (field.number === 1) key = message.text(field);
    else if (field.number === 2) value = message.text(field, 4096);
  }
  return [key, value];
}

function addWeights({ weightFiles }: Graph, file: string, bytes: number): void {
  weightFiles.set(file, Math.max(weightFiles.get(file) ?? 0, bytes));
}

/** ValueInfoProto { name 1, type 2 } */
function readPort(message: MessageFile, port: Field): ModelPort {
  let name = "";
  let type: PortType = { dtype: "unknown", shape: [] };
  for (const field of message.fields(port.start, port.end)) {
    if (field.number === 1) name = message.text(field);
    else if (field.number === 2) type = readType(message, field);
  }
  return { name, ...type };
}

type PortType = Required<Pick<ModelPort, "dtype" | "shape">>;

/** TypeProto { tensor_type 1, sequence_type 4, map_type 5 }; what is no tensor in words, such as `seq(map(int64, float32))`. */
function readType(message: MessageFile, { start, end }: Field, depth = 0): PortType {
  for (const field of message.fields(start, end)) {
    if (field.number === 1) return readTensorType(message, field);
    if ((field.number === 4 || field.number === 5) && depth < deepest)
      return { dtype: readCompound(message, field, depth + 1), shape: [] };
  }
  return { dtype: "unknown", shape: [] };
}

/** Sequence { elem_type 1 }, Map { key_type 1, value_type 2 } */
function readCompound(message: MessageFile, { number, start, end }: Field, depth: number): string {
  const isMap = number === 5;
  let key: string | undefined;
  let value = "unknown";
  for (const field of message.fields(start, end)) {
    if (field.number === (isMap ? 2 : 1)) value = readType(message, field, depth).dtype;
    else if (field.number === 1) key = elementTypes[field.value];
  }
  return isMap ? `map(${key ?? "unknown"}, ${value})` : `seq(${value})`;
}

/** Tensor { elem_type 1, shape 2 { dim 1 { dim_value 1 } } } */
function readTensorType(message: MessageFile, { start, end }: Field): PortType {
  let type = 0;
  const shape: number[] = [];
  for (const part of message.fields(start, end)) {
    if (part.number === 1) type = part.value;
    if (part.number !== 2) continue;
    for (const dim of nested(message, part, 1)) {
      const [size] = [...message.fields(dim.start, dim.end)].filter(({ number }) => number === 1);
      shape.push(size?.value ?? -1);
    }
  }
  return { dtype: elementTypes[type] ?? "unknown", shape };
}

export function nested(message: MessageFile, { start, end }: Field, number: number): Field[] {
  return [...message.fields(start, end)].filter((field) => field.number === number);
}

/** The tensors that the nodes make, but for constants and the shapes that models compute on the side. */
function layersOf(nodes: readonly Node[], shapes: ReadonlyMap<string, readonly number[]>): LayerFacts[] {
  const isSide = new Set(["Constant", "ConstantOfShape", "Shape", "Size", "Range"]);
  return nodes
    .filter(({ operator, outputs }) => !isSide.has(operator) && outputs[0])
    .map(({ operator, outputs }) => {
      const name = outputs[0] as string;
      const shape = shapes.get(name);
      return { name, type: operator, ...(shape && { shape: shape.slice(1) }) };
    });
}

/**
 * An output with what the graph behind it tells: that it comes out of a softmax, and what its columns are called. The maps that
 * scikit-learn's exporter makes of scores, from class to probability, are taken for the scores that go into them: a teacher is
 * read so.
 */
function outputOf(port: ModelPort, nodes: readonly Node[], beside: () => readonly string[]): ModelPort {
  const way = wayTo(port.name, nodes);
  const isMap = way[0]?.operator === "ZipMap";
  const isFloat = isMap || hasFloats(port);
  const named = way.find(({ labels }) => labels.length > 0)?.labels ?? beside();
  const columns = port.shape.length < 2 ? undefined : port.shape.at(-1);
  // scikit-learn's exporter declares one number of a forest that learned several.
  const targets = columns === 1 ? (way.at(-1)?.targets ?? 0) : 0;
  const isOfClasses =
    isFloat &&
    named.length > 0 &&
    (isMap || columns === undefined || columns < 1 || columns === named.length);
  return {
    ...port,
    ...(targets > 1 ? { shape: [...port.shape.slice(0, -1), targets] } : {}),
    // Of several labels the exporter names no classes, and what goes in is no row.
    ...(isMap ? { shape: named.length > 0 ? [-1, named.length] : [], dtype: "float32" } : {}),
    ...(way.some(({ operator }) => operator === "Softmax") ? { probabilities: true } : {}),
    ...(isOfClasses ? { classNames: named } : {}),
  };
}

/** The nodes behind a tensor, the last one first, as far back as they pass the columns on as they are. */
function wayTo(output: string, nodes: readonly Node[]): Node[] {
  const way: Node[] = [];
  let name: string | undefined = output;
  for (const node of nodes.toReversed()) {
    if (name === undefined || !node.outputs.includes(name)) continue;
    way.push(node);
    if (!passing.has(node.operator)) break;
    name = node.inputs[0];
  }
  return way;
}

const passing = new Set(["ZipMap", "Identity", "Cast", "Normalizer"]);

/** The classes' names as an exporter keeps them to look the most probable one up, where nothing else names them. */
function classesBeside(message: MessageFile, { nodes, initializers }: Graph): readonly string[] {
  const chosen = new Set(
    nodes.filter(({ operator }) => operator === "ArgMax").flatMap(({ outputs }) => outputs),
  );
  const lists = nodes
    .filter(({ operator, inputs }) => operator === "ArrayFeatureExtractor" && chosen.has(inputs[1] ?? ""))
    .flatMap(({ inputs: [list = ""] }) => initializers.get(list) ?? []);
  const [list] = lists;
  return list === undefined || lists.length > 1 ? [] : textsOf(message, list);
}

/** TensorProto { int32_data 5, string_data 6, int64_data 7 }: the short forms, in which lists of classes are kept. */
function textsOf(message: MessageFile, { start, end }: Field): string[] {
  const texts: string[] = [];
  for (const field of message.fields(start, end)) {
    if (field.number === 6) texts.push(message.text(field));
    else if (field.number === 5 || field.number === 7) texts.push(...message.numbers(field).map(String));
  }
  return texts;
}

/** The few numbers of an int64 tensor, in either form (int64_data 7, raw_data 9): bounds and axes, of which none is negative. */
function wholeNumbers(message: MessageFile, tensor: Field | undefined): number[] {
  if (tensor === undefined) return [];
  const numbers: number[] = [];
  for (const field of message.fields(tensor.start, tensor.end)) {
    if (field.number === 2 && elementTypes[field.value] !== "int64") return [];
    if (field.number === 7) numbers.push(...message.numbers(field));
    else if (field.number === 9) numbers.push(...message.integers(field));
  }
  return numbers;
}

/** Whether its values can be scores. */
const hasFloats = ({ dtype = "unknown" }: ModelPort): boolean => /^float(16|32|64)$/.test(dtype);

/**
 * The output that says how sure the model is of each class: classifiers of some libraries give the predicted label first, and
 * nets may give features beside their scores.
 */
export function scoresOf(outputs: readonly ModelPort[]): ModelPort | undefined {
  const floats = outputs.filter(hasFloats);
  const called = (pattern: RegExp) => floats.find(({ name }) => pattern.test(name));
  // Of integers, as a quantised model may give, a single one is the class that it has chosen.
  // Beside a list of scores they are decisions alone.
  const others = outputs.some(({ dtype = "unknown" }) => isList(dtype))
    ? undefined
    : outputs.find(({ dtype = "unknown", shape }) => isReadable(dtype) && !isOneNumber(shape));
  return called(/logits/i) ?? called(/probabilit/i) ?? floats[0] ?? others;
}

export function countOf(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
