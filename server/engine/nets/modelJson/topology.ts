import { isRecord } from "../../../isRecord.ts";
import type { Shape } from "../../../nets/layers/layer.ts";
import { inputName, type LayerSpec } from "../../../nets/shapes.ts";
import { fromKeras } from "./kerasLayers.ts";

export interface ModelProblem {
  readonly code:
    | "head-missing"
    | "model-format"
    | "model-input"
    | "model-unsupported"
    | "model-weights"
    | "operator-shape"
    | "operator-unsupported";
  readonly message: string;
}

export interface Topology {
  /** In an order where every layer follows its inputs; the last one gives the output. */
  readonly layers: readonly LayerSpec[];
  /** Of one sample, where the model says so. */
  readonly inputShape?: Shape;
}

type Json = Readonly<Record<string, unknown>>;

class Unsupported extends Error {}

/**
 * The layers of a Keras model in the form that tfjs stores: Sequential, or functional with one input and one output.
 * @param json `modelTopology` of a model.json
 */
export function readTopology(json: unknown): Topology | { readonly problem: ModelProblem } {
  try {
    const outer = object(json, "modelTopology");
    const model = "model_config" in outer ? object(outer["model_config"], "model_config") : outer;
    const className = text(model["class_name"], "class_name");
    if (className === "Sequential") return sequential(model["config"]);
    if (className === "Model" || className === "Functional") return functional(model["config"]);
    throw new Unsupported(`a model of class ${className} is not supported`);
  } catch (error) {
    // Thrown inside the recursion only; data from here on.
    if (error instanceof Unsupported)
      return { problem: { code: "model-unsupported", message: error.message } };
    throw error;
  }
}

function sequential(config: unknown): Topology {
  // Keras before 2.3 stored the bare list.
  const list = Array.isArray(config) ? config : array(object(config, "config")["layers"], "layers");
  const layers: LayerSpec[] = [];
  let inputShape: Shape | undefined;
  for (const item of list) {
    const layer = object(item, "layer");
    const className = text(layer["class_name"], "class_name");
    const own = object(layer["config"] ?? {}, "config");
    if (layers.length === 0) inputShape ??= sampleShape(own);
    if (className === "InputLayer") continue;
    if (className === "Sequential") {
      const inner = sequential(layer["config"]);
      inputShape ??= inner.inputShape;
      layers.push(...inner.layers);
      continue;
    }
    layers.push(named(className, own));
  }
  return { layers, ...(inputShape ? { inputShape } : {}) };
}

function functional(config: unknown): Topology {
  const model = object(config, "config");
  const byName = new Map(
    array(model["layers"], "layers").map((item) => {
      const layer = object(item, "layer");
      return [text(layer["name"] ?? object(layer["config"], "config")["name"], "name"), layer];
    }),
  );
  const input = only(model["input_layers"], "input");
  const output = only(model["output_layers"], "output");
  const layers: LayerSpec[] = [];
  const placed = new Set<string>();

  const place = (name: string, path: readonly string[]) => {
    if (placed.has(name) || name === input) return;
    if (path.includes(name)) throw new Unsupported(`the layer ${name} is part of a loop`);
    const layer = byName.get(name);
    if (!layer) throw new Unsupported(`the layer ${name} is named as an input but does not exist`);
    const sources = inboundLayers(layer, name);
    for (const source of sources) place(source, [...path, name]);
    placed.add(name);
    const own = object(layer["config"] ?? {}, "config");
    const inputs = sources.map((source) => (source === input ? inputName : source));
    layers.push({ ...named(text(layer["class_name"], "class_name"), { name, ...own }), inputs });
  };
  place(output, []);
  const inputShape = sampleShape(object(byName.get(input)?.["config"] ?? {}, "config"));
  return { layers, ...(inputShape ? { inputShape } : {}) };
}

/** Names of the layers that feed a layer. A layer that is used twice would share its weights, which no net here does. */
function inboundLayers(layer: Json, name: string): string[] {
  const nodes = array(layer["inbound_nodes"] ?? [], "inbound_nodes");
  if (nodes.length !== 1) throw new Unsupported(`the layer ${name} is used ${nodes.length} times`);
  return array(nodes[0], "inbound_nodes").map((link) =>
    text(array(link, "inbound_nodes")[0], "inbound_nodes"),
  );
}

/** `[["name", 0, 0]]`, or the same without the outer list. */
function only(links: unknown, what: string): string {
  const list = array(links, `${what}_layers`);
  if (typeof list[0] === "string") return list[0];
  if (list.length !== 1) throw new Unsupported(`a model with ${list.length} ${what}s is not supported`);
  return text(array(list[0], `${what}_layers`)[0], `${what}_layers`);
}

function named(className: string, config: Json): LayerSpec {
  const layer = fromKeras(className, config);
  if ("reason" in layer) throw new Unsupported(String(layer["reason"]));
  return { ...(layer as LayerSpec), name: text(config["name"], "name") };
}

function sampleShape(config: Json): Shape | undefined {
  const shape = config["batch_input_shape"] ?? config["batch_shape"];
  if (!Array.isArray(shape)) return undefined;
  const sample = shape.slice(1);
  return sample.every((extent) => typeof extent === "number") ? sample : undefined;
}

function object(value: unknown, what: string): Json {
  if (isRecord(value)) return value;
  throw new Unsupported(`${what} should be an object`);
}

function array(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Unsupported(`${what} should be a list`);
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw new Unsupported(`${what} should be a text`);
}
