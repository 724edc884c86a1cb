import { join } from "node:path";
import type { ModelPort } from "../../fileHeaders.ts";
import { isRecord } from "../../isRecord.ts";
import { sizeOf } from "../../sizeOf.ts";
import { openFile, readWhole } from "../formats/bytes.ts";
import { type Field, MalformedMessage, MessageFile } from "../formats/protobuf.ts";
import type { DataProblem } from "../problem.ts";
import { entriesOf, statsOf } from "../reading.ts";
import type { ModelDescription } from "./description.ts";
import { partsOf } from "./missing.ts";
import { countOf, nested, scoresOf } from "./onnx.ts";

/** The graph of a SavedModel, in its folder. */
const savedModelFile = "saved_model.pb";

/** What an export of a student says of itself beside it. */
export const savedModelCard = "card.json";

/** Names of a great many classes and columns. */
const mostCardBytes = 2 ** 22;

/** Element types of tensorflow.DataType (types.proto). */
const elementTypes: Readonly<Record<number, string>> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  7: "string",
  8: "complex64",
  9: "int64",
  10: "bool",
  14: "bfloat16",
  17: "uint16",
  19: "float16",
  22: "uint32",
  23: "uint64",
};

/** Of what TensorFlow can be fed here, and gives. */
const taken: readonly string[] = ["float32", "int32", "int64", "uint8", "bool"];

/**
 * Ops that read or write files, or wait for other programs. A network needs none of them; the reader of its own weights
 * (RestoreV2) is called by TensorFlow alone. From the lists in core/ops/{io,data,logging,summary,sendrecv,data_flow}_ops.cc.
 */
const reachesOutside =
  /File|Reader|Record|Dataset|Iterator|SummaryWriter|^Write|^Save|^Restore|^MergeV2|^Print|^ImmutableConst|^LoadAndRemap|^GenerateVocab|PyFunc|Send|Recv|^Collective|^Rpc|^Debug|^RemoteCall|^FixedUnigram|^Skipgram|Queue|^Barrier/;

const looping = /^(Stateless)?(While|For)$|^(Ref)?(NextIteration|Enter)$/;

const variables = new Set(["VarHandleOp", "VariableV2", "Variable"]);

/** Reads the signature and the graph of a SavedModel (saved_model.proto, meta_graph.proto) without its weights. */
export async function describeSavedModel(folder: string): Promise<ModelDescription | DataProblem> {
  const file = join(folder, savedModelFile);
  if (await statsOf(join(folder, "saved_model.cpb")))
    return {
      code: "unsupported-format",
      message: "The SavedModel is written in chunks; expected one saved_model.pb, of less than 2 GB.",
      file: folder,
    };
  const opened = await openFile(file, { isAny: true });
  if ("code" in opened) return opened.code === "missing-file" ? noGraph(folder, opened) : opened;
  try {
    const graph = readGraph(new MessageFile(opened.handle.fd, opened.size));
    if (graph === undefined) return wrongMagic(folder);
    const described = modelOf(graph);
    if (described.message !== undefined) return { ...described, file: folder };
    const { needsVariables, ...model } = described;
    const parts = [savedModelFile, ...(needsVariables ? await variableFiles(folder) : [])];
    return {
      kind: "model",
      format: "saved-model",
      bytes: opened.size,
      ...model,
      ...(await cardIn(folder)),
      ...(await partsOf(file, parts)),
    };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const message = `The SavedModel is damaged or truncated: ${error.message}`;
    return { code: "corrupt", message, file, offset: error.offset };
  } finally {
    await opened.handle.close();
  }
}

/** Another program's file of this name is no card. */
async function cardIn(folder: string): Promise<Pick<ModelDescription, "metadata">> {
  const opened = await openFile(join(folder, savedModelCard), { isAny: true });
  if ("code" in opened) return {};
  try {
    const bytes = await readWhole(opened, { most: mostCardBytes, what: "the card of a model" });
    const metadata: unknown = "code" in bytes ? undefined : JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(metadata) ? { metadata } : {};
  } catch {
    return {};
  } finally {
    await opened.handle.close();
  }
}

/** Of a folder that is there it is the graph that is missing. */
async function noGraph(folder: string, missing: DataProblem): Promise<DataProblem> {
  const stats = await statsOf(folder);
  if (stats === undefined) return { ...missing, file: folder };
  if (!stats.isDirectory()) {
    const opened = await openFile(folder, { isModel: true });
    if ("code" in opened) return opened;
    await opened.handle.close();
    const message = "This is a file; a SavedModel is a folder.";
    return { code: "wrong-magic", message, file: folder, expected: `the folder with ${savedModelFile}` };
  }
  const message = `The folder has no ${savedModelFile}, so it is no SavedModel.`;
  return { code: "wrong-magic", message, file: folder };
}

const wrongMagic = (file: string): DataProblem => ({
  code: "wrong-magic",
  message: "This is not a SavedModel.",
  file,
  expected: "a graph with a signature",
});

/** The weights: an index, and as many files as it was written in. */
async function variableFiles(folder: string): Promise<string[]> {
  const entries = (await entriesOf(join(folder, "variables"))) ?? [];
  const shards = entries.map(({ name }) => name).filter((name) => name.startsWith("variables.data-"));
  return ["variables.index", ...(shards.length > 0 ? shards.sort() : ["variables.data-00000-of-00001"])].map(
    (name) => `variables/${name}`,
  );
}

interface SavedNode {
  readonly op: string;
  /** Nodes whose outputs it takes, or that run before it. */
  readonly inputs: readonly string[];
  /** Functions that it calls. */
  readonly calls: readonly string[];
  /** Of a variable: how many numbers it holds; 0 where they have no fraction. */
  readonly numbers: number;
  /** What all nodes of one variable are called. */
  readonly variable: string;
}

interface Graph {
  readonly tags: readonly string[];
  readonly producer: string | undefined;
  readonly nodes: ReadonlyMap<string, SavedNode>;
  /** The nodes of each function. */
  readonly functions: ReadonlyMap<string, readonly SavedNode[]>;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** The tensor that initialises what is no variable, run once. */
  readonly starts: readonly string[];
  /** The node that reads the weights. */
  readonly restores: string | undefined;
}

interface Signature {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

/** SavedModel { meta_graphs 2 }: the graph to serve, of several. */
function readGraph(message: MessageFile): Graph | undefined {
  const graphs = [...message.fields()].flatMap((field) =>
    field.number === 2 && field.end > field.start ? [readMetaGraph(message, field)] : [],
  );
  // TensorFlow is given them in one text, with commas between.
  const known = graphs.filter(({ tags }) => !tags.some((tag) => tag.includes(",")));
  return known.find(({ tags }) => tags.includes("serve")) ?? known[0];
}

/** MetaGraphDef { meta_info_def 1, graph_def 2, saver_def 3, collection_def 4, signature_def 5 } */
function readMetaGraph(message: MessageFile, { start, end }: Field): Graph {
  const tags: string[] = [];
  const nodes = new Map<string, SavedNode>();
  const functions = new Map<string, SavedNode[]>();
  const signatures = new Map<string, Signature>();
  const starts: string[] = [];
  let producer: string | undefined;
  let restores: string | undefined;
  for (const field of message.fields(start, end)) {
    if (field.number === 1) {
      tags.push(...nested(message, field, 4).map((tag) => nameIn(message, tag)));
      const version = nested(message, field, 5).at(-1);
      producer = version && `tensorflow ${nameIn(message, version)}`;
    } else if (field.number === 2) readGraphDef(message, field, { nodes, functions });
    else if (field.number === 3) {
      const restore = nested(message, field, 3).at(-1);
      restores = restore && nodeName(nameIn(message, restore));
    } else if (field.number === 4) {
      const { key, fields } = entryOf(message, field);
      // CollectionDef { node_list 1 { value 1 } }
      if (/^(saved_model_main_op|legacy_init_op)$/.test(key))
        for (const list of fields.filter(({ number }) => number === 1))
          starts.push(...nested(message, list, 1).map((name) => nameIn(message, name)));
    } else if (field.number === 5) {
      const { key, fields } = entryOf(message, field);
      signatures.set(key, readSignature(message, fields));
    }
  }
  const initial = signatures.get("__saved_model_init_op")?.outputs ?? [];
  return {
    ...{ tags, producer, nodes, functions, signatures, restores },
    starts: [...starts, ...initial.map(({ tensor = "" }) => tensor)],
  };
}

/** GraphDef { node 1, library 2 { function 1 { signature 1 { name 1 }, node_def 3 } } } */
function readGraphDef(
  message: MessageFile,
  { start, end }: Field,
  {
    nodes,
    functions,
  }: { readonly nodes: Map<string, SavedNode>; readonly functions: Map<string, SavedNode[]> },
): void {
  for (const field of message.fields(start, end)) {
    if (field.number === 1) {
      const { name, ...node } = readNode(message, field);
      nodes.set(name, node);
    } else if (field.number === 2)
      for (const definition of nested(message, field, 1)) {
        const name = nested(message, definition, 1)
          .flatMap((signature) => nested(message, signature, 1))
          .at(-1);
        const body = nested(message, definition, 3).map((node) => readNode(message, node));
        if (name) functions.set(nameIn(message, name), body);
      }
  }
}

/** NodeDef { name 1, op 2, input 3, attr 5 } */
function readNode(message: MessageFile, { start, end }: Field): SavedNode & { readonly name: string } {
  let name = "";
  let op = "";
  const inputs: string[] = [];
  const attributes: Field[] = [];
  for (const field of message.fields(start, end)) {
    if (field.number === 1) name = nameIn(message, field);
    else if (field.number === 2) op = nameIn(message, field);
    else if (field.number === 3) inputs.push(nodeName(nameIn(message, field)));
    else if (field.number === 5) attributes.push(field);
  }
  const calls: string[] = [];
  let dtype = "";
  let shape: readonly number[] = [];
  let shared = "";
  for (const attribute of attributes) {
    const { key, fields } = entryOf(message, attribute);
    // AttrValue { list 1 { func 9 { name 1 } }, s 2, type 6, shape 7, func 10 { name 1 } }
    for (const field of fields) {
      if (field.number === 2 && key === "shared_name") shared = nameIn(message, field);
      else if (field.number === 6 && key === "dtype") dtype = elementTypes[field.value] ?? "";
      else if (field.number === 7 && key === "shape") shape = readShape(message, field);
      const called = field.number === 1 ? nested(message, field, 9) : field.number === 10 ? [field] : [];
      for (const call of called) calls.push(...nested(message, call, 1).map((name) => nameIn(message, name)));
    }
  }
  // A function of the library may be called as an op of its own name.
  return {
    ...{ name, op, inputs, calls: [op, ...calls], variable: shared || name },
    numbers: dtype.startsWith("float") ? sizeOf(shape) : 0,
  };
}

/** An entry of a map: key 1, value 2. A message that is there several times is one, with the fields of all. */
function entryOf(
  message: MessageFile,
  field: Field,
): { readonly key: string; readonly fields: readonly Field[] } {
  const key = nested(message, field, 1).at(-1);
  const values = nested(message, field, 2);
  return {
    key: key ? nameIn(message, key) : "",
    fields: values.flatMap(({ start, end }) => [...message.fields(start, end)]),
  };
}

const longestName = 4096;

/** In full: a name that is cut could be another's. */
function nameIn(message: MessageFile, field: Field): string {
  if (field.end - field.start > longestName) throw new MalformedMessage("A name is too long.", field.start);
  return message.text(field, longestName);
}

/** SignatureDef { inputs 1, outputs 2 }; by name, since maps have no order. */
function readSignature(message: MessageFile, fields: readonly Field[]): Signature {
  const ports = (number: number) =>
    fields
      .filter((field) => field.number === number)
      .map((entry) => readPort(message, entry))
      .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  return { inputs: ports(1), outputs: ports(2) };
}

/** TensorInfo { name 1, dtype 2, tensor_shape 3 } */
function readPort(message: MessageFile, entry: Field): ModelPort {
  const { key: name, fields } = entryOf(message, entry);
  let tensor = "";
  let dtype = "unknown";
  let shape: readonly number[] = [];
  for (const field of fields) {
    if (field.number === 1) tensor = nameIn(message, field);
    else if (field.number === 2) dtype = elementTypes[field.value] ?? "unknown";
    else if (field.number === 3) shape = readShape(message, field);
  }
  return { name, shape, dtype, tensor };
}

/** TensorShapeProto { dim 2 { size 1 } } */
const readShape = (message: MessageFile, field: Field): number[] =>
  nested(message, field, 2).map(
    (dim) => [...message.fields(dim.start, dim.end)].find(({ number }) => number === 1)?.value ?? 0,
  );

/** The node of a tensor "name:0" or of a control input "^name". */
const nodeName = (tensor: string): string => tensor.replace(/^\^/, "").replace(/:.*$/, "");

type Model = Omit<
  ModelDescription,
  "kind" | "format" | "bytes" | "weightFiles" | "missingFiles" | "outsideFiles"
>;

function modelOf(
  graph: Graph,
): Omit<DataProblem, "file"> | (Model & { readonly needsVariables: boolean; readonly message?: undefined }) {
  const signature = signatureOf(graph.signatures);
  if (signature === undefined || signature.outputs.length === 0)
    return {
      code: "wrong-magic",
      message: "The SavedModel has no signature to call.",
      expected: 'the signature "serving_default", as model.export(folder) of Keras writes it',
      ...(graph.signatures.size > 0 ? { found: named([...graph.signatures.keys()]) } : {}),
    };
  const unfed = signature.inputs.find(({ dtype = "" }) => !taken.includes(dtype));
  if (unfed !== undefined)
    return {
      code: "unsupported-dtype",
      message: `The input "${unfed.name}" has the type ${unfed.dtype}.`,
      expected: `one of ${taken.join(", ")}`,
    };
  const outputs = signature.outputs.filter(({ dtype = "" }) => taken.includes(dtype));
  if (outputs.length === 0)
    return {
      code: "unsupported-dtype",
      message:
        'The SavedModel gives no numbers that can be read. Export it with a last layer that gives them, in Keras of dtype="float32".',
      expected: `one of ${taken.join(", ")}`,
      found: signature.outputs.map(({ dtype }) => dtype).join(", "),
    };
  const ends = signature.outputs.map(({ tensor = "" }) => nodeName(tensor));
  const used = reached([...ends, ...graph.starts.map(nodeName)], graph);
  const restoring = reached(graph.restores === undefined ? [] : [graph.restores], graph);
  const isOutside = ({ op }: SavedNode) => reachesOutside.test(op);
  const outside = [...used, ...restoring.filter(({ op }) => op !== "RestoreV2")].find(isOutside);
  if (outside !== undefined)
    return {
      code: "unsafe-model",
      message: `The SavedModel has the operation ${outside.op}, which reaches outside of the model: it is not run.`,
    };
  const unread = unreadVariable(graph, ends);
  if (unread !== undefined)
    return {
      code: "unsupported-format",
      message: `The SavedModel does not read its variable ${unread}, so TensorFlow could not run it. Save the model by model.export(folder) of Keras: tf.saved_model.save writes the weights of Keras 3 where only Python finds them.`,
    };
  const scores = scoresOf(outputs);
  const held = used.filter(({ op }) => variables.has(op));
  return {
    inputs: signature.inputs,
    outputs,
    tags: graph.tags,
    ...(graph.producer === undefined ? {} : { producer: graph.producer }),
    ...(scores === undefined ? {} : { scores: scores.name }),
    ...(held.length === 0 ? {} : { parameters: held.reduce((sum, { numbers }) => sum + numbers, 0) }),
    layers: [],
    operators: countOf(used.map(({ op }) => op)),
    ...(used.some(({ op }) => looping.test(op)) ? { hasLoops: true } : {}),
    endsInSoftmax: false,
    needsVariables: held.length > 0,
  };
}

/** One that the scores depend on and that gets no value where the model is loaded: only Python finds its weights, by another way. */
function unreadVariable(graph: Graph, ends: readonly string[]): string | undefined {
  const { nodes, starts, restores } = graph;
  const handles = (from: readonly string[]) =>
    reached(from, { nodes, functions: new Map() }).filter(({ op }) => op === "VarHandleOp");
  const set = new Set(
    handles([...starts.map(nodeName), ...(restores === undefined ? [] : [restores])]).map(
      ({ variable }) => variable,
    ),
  );
  return handles(ends).find(({ variable }) => !set.has(variable))?.variable;
}

/** The one that is served, or the only one. */
function signatureOf(signatures: Graph["signatures"]): Signature | undefined {
  const own = [...signatures].filter(([key]) => !key.startsWith("__saved_model"));
  return signatures.get("serving_default") ?? (own.length === 1 ? own[0]?.[1] : undefined);
}

const named = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(", ");

/** What these nodes need: the nodes that they follow from, and all nodes of the functions that are called. */
function reached(
  ends: readonly string[],
  { nodes, functions }: Pick<Graph, "nodes" | "functions">,
): SavedNode[] {
  const names = new Set(ends);
  const called = new Set<string>();
  const found: SavedNode[] = [];
  const take = (node: SavedNode): void => {
    found.push(node);
    for (const name of node.calls) if (functions.has(name)) called.add(name);
  };
  // A set that grows while it is read gives what is added, too.
  for (const name of names) {
    const node = nodes.get(name);
    if (node === undefined) continue;
    take(node);
    for (const input of node.inputs) names.add(input);
  }
  for (const name of called) for (const node of functions.get(name) ?? []) take(node);
  return found;
}
