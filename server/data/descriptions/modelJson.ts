import type { LayerFacts, ModelPort } from "../../fileHeaders.ts";
import { isRecord } from "../../isRecord.ts";
import { sizeOf } from "../../sizeOf.ts";
import { type OpenFile, readWhole, withFile } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";
import type { ModelDescription } from "./description.ts";
import { partsOf } from "./missing.ts";
import { countOf } from "./onnx.ts";

/** The topology alone: weights are in files of their own. Larger files are something else. */
const largestFile = 2 ** 24;

type Json = Readonly<Record<string, unknown>>;

/** The text of a model.json, whose size is checked before. */
export const readModelText = (file: string): Promise<string | DataProblem> =>
  withFile(file, { isModel: true }, textOf);

async function textOf(opened: OpenFile): Promise<string | DataProblem> {
  const bytes = await readWhole(opened, { most: largestFile, what: "a model.json" });
  return "code" in bytes ? bytes : new TextDecoder().decode(bytes);
}

/** Reads a model.json of TensorFlow.js: a layers model, or a graph model as converted from a SavedModel. */
export async function describeModelJson(opened: OpenFile): Promise<ModelDescription | DataProblem> {
  const { file, size } = opened;
  const text = await textOf(opened);
  if (typeof text === "object") return text;
  const model = parse(text);
  const topology = object(model?.["modelTopology"]);
  if (model === undefined || topology === undefined) {
    const found = model === undefined ? "no JSON object" : "JSON without a modelTopology";
    return { code: "wrong-magic", message: "This is not a TensorFlow.js model.json.", file, found };
  }
  const network = Array.isArray(topology["node"]) ? graphModel(model, topology) : layersModel(topology);
  if (network === undefined) {
    return {
      code: "bad-header",
      message: "The model.json has no layers.",
      file,
      expected: "modelTopology with layers",
    };
  }
  const manifest = objects(model["weightsManifest"]);
  const paths = manifest.flatMap(({ paths }) => strings(paths));
  const parameters = manifest
    .flatMap(({ weights }) => objects(weights))
    .filter(({ dtype }) => dtype === "float32")
    .reduce((sum, { shape }) => sum + sizeOf(numbers(shape)), 0);
  const metadata = object(model["userDefinedMetadata"]);
  return {
    kind: "model",
    bytes: size,
    ...network,
    ...(typeof model["generatedBy"] === "string" && { producer: model["generatedBy"] }),
    ...(metadata === undefined ? {} : { metadata }),
    parameters,
    ...(await partsOf(file, paths)),
  };
}

type Network = Pick<
  ModelDescription,
  "format" | "inputs" | "outputs" | "layers" | "operators" | "endsInSoftmax"
>;

/** A layer as Keras writes it. */
interface KerasLayer {
  readonly name: string;
  readonly type: string;
  readonly config: Json;
  /** Names of the layers that it reads; of a Sequential model the one before. */
  readonly inputs: readonly string[];
}

/** What these layers give has the same last axis as what they get. */
const keepsUnits =
  /^(Activation|Softmax|ReLU|LeakyReLU|ELU|PReLU|ThresholdedReLU|Dropout|BatchNormalization|LayerNormalization|MultiHeadAttention|PositionEmbedding)$/;

function layersModel(topology: Json): Network | undefined {
  const root = object(topology["model_config"]) ?? topology;
  const config = root["config"];
  const listed = Array.isArray(config) ? config : object(config)?.["layers"];
  const layers = kerasLayers(listed);
  const last = layers.at(-1);
  if (last === undefined) return undefined;
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const outputNames = portNames(object(config)?.["output_layers"]);
  const ends = outputNames.flatMap((name) => byName.get(name) ?? []);
  const outputs = ends.length > 0 ? ends : [last];
  const inputs = layers
    .filter(
      ({ config, inputs }) =>
        inputs.length === 0 && Array.isArray(config["batch_input_shape"] ?? config["batchInputShape"]),
    )
    .map(({ name, config }): ModelPort => {
      const shape = numbers(config["batch_input_shape"] ?? config["batchInputShape"]);
      return { name, shape, dtype: typeof config["dtype"] === "string" ? config["dtype"] : "float32" };
    });
  return {
    format: "tfjs-layers",
    inputs,
    outputs: outputs.flatMap((layer) => {
      const units = unitsOf(layer, byName);
      return units === undefined ? [] : [{ name: layer.name, shape: [-1, units], dtype: "float32" }];
    }),
    layers: layers.filter(({ type }) => type !== "InputLayer").map(({ name, type }) => ({ name, type })),
    operators: countOf(layers.map(({ type }) => type)),
    endsInSoftmax: outputs[0]?.type === "Softmax" || outputs[0]?.config["activation"] === "softmax",
  };
}

/** A name; "" for what is none: an object of a file need not even turn into a text. */
const nameIn = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

function kerasLayers(listed: unknown): KerasLayer[] {
  let previous: string | undefined;
  return objects(listed).map((layer) => {
    const config = object(layer["config"]) ?? {};
    const name = nameIn(layer["name"] ?? config["name"]);
    const inbound = Array.isArray(layer["inbound_nodes"]) ? portNames(layer["inbound_nodes"][0]) : undefined;
    const inputs = inbound ?? (previous === undefined ? [] : [previous]);
    previous = name;
    return { name, type: nameIn(layer["class_name"]), config, inputs };
  });
}

/** How many values a layer gives along its last axis, where that can be told without computing shapes. */
function unitsOf(layer: KerasLayer, byName: ReadonlyMap<string, KerasLayer>): number | undefined {
  const visited = new Set<KerasLayer>();
  for (let at: KerasLayer | undefined = layer; at !== undefined && !visited.has(at); ) {
    visited.add(at);
    const units = at.config["units"];
    if (typeof units === "number") return units;
    if (!keepsUnits.test(at.type)) return undefined;
    at = byName.get(at.inputs[0] ?? "");
  }
  return undefined;
}

/** [["dense", 0, 0], …] names layers, and so does ["dense", 0, 0]. */
function portNames(ports: unknown): string[] {
  if (!Array.isArray(ports)) return [];
  if (typeof ports[0] === "string") return [ports[0]];
  return ports.flatMap((port) => (Array.isArray(port) && typeof port[0] === "string" ? [port[0]] : []));
}

function graphModel(model: Json, topology: Json): Network {
  const nodes = objects(topology["node"]);
  const signature =
    object(model["signature"]) ?? object(object(model["userDefinedMetadata"])?.["signature"]) ?? {};
  const outputs = signaturePorts(signature["outputs"]);
  const byName = new Map(nodes.map((node) => [nameIn(node["name"]), node]));
  let end = byName.get(nodeName(outputs[0]?.name));
  for (let steps = 0; end?.["op"] === "Identity" && steps < nodes.length; steps++) {
    end = byName.get(nodeName(strings(end["input"])[0]));
  }
  return {
    format: "tfjs-graph",
    inputs: signaturePorts(signature["inputs"]),
    outputs,
    layers: nodes
      .filter(({ op }) => op !== "Const" && op !== "Placeholder")
      .map(({ name, op }): LayerFacts => ({ name: nameIn(name), type: nameIn(op) })),
    operators: countOf(nodes.map(({ op }) => nameIn(op))),
    endsInSoftmax: end?.["op"] === "Softmax",
  };
}

function signaturePorts(ports: unknown): ModelPort[] {
  return Object.entries(object(ports) ?? {}).map(([key, value]) => {
    const port = object(value) ?? {};
    const dims = objects(object(port["tensorShape"])?.["dim"]);
    return {
      name: typeof port["name"] === "string" ? port["name"] : key,
      shape: dims.map(({ size }) => Number(size)),
      dtype: (nameIn(port["dtype"]) || "unknown")
        .replace(/^DT_FLOAT$/, "float32")
        .replace(/^DT_/, "")
        .toLowerCase(),
    };
  });
}

/** "softmax:0" is the first output of the node "softmax". */
function nodeName(port: string | undefined): string {
  return (port ?? "").replace(/:\d+$/, "");
}

function parse(text: string): Json | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const object = (value: unknown): Json | undefined => (isRecord(value) ? value : undefined);

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object).filter((item) => item !== undefined) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Sizes of axes; null, the batch, is any size. */
function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === "number" ? item : -1)) : [];
}
