import { type FileHandle, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { damagedFile } from "../../data/checksums.ts";
import { partsOf } from "../../data/descriptions/missing.ts";
import { readModelText } from "../../data/descriptions/modelJson.ts";
import { fileProblem, plainBytes } from "../../data/formats/bytes.ts";
import { machineMemory } from "../../data/machineMemory.ts";
import type { DataProblem } from "../../data/problem.ts";
import { openRegular } from "../../data/reading.ts";
import { printShape, type Shape } from "../../nets/layers/layer.ts";
import type { LayerTypeName } from "../../nets/layerTypes.ts";
import { type ModelCard, type ReadCard, readCard } from "../../nets/modelCard.ts";
import { inputName, layerShapes } from "../../nets/shapes.ts";
import { sizeOf } from "../../sizeOf.ts";
import type { NamedData } from "../program.ts";
import { camelCase, snakeCase, toKeras } from "./modelJson/kerasLayers.ts";
import { type ModelProblem, readTopology, type Topology } from "./modelJson/topology.ts";
import { byteLength, decodeWeight, type WeightEntry } from "./modelJson/weights.ts";
import type { LayeredNet } from "./net.ts";

export interface SavedNet extends Topology {
  /** Named as a net's parameters: LAYER.WEIGHT. */
  readonly weights: Record<string, Float32Array>;
  readonly card: ReadCard;
}

/**
 * Reads a tfjs layers model: model.json and the weight files beside it, float32, float16 or quantised.
 * A file that is not such a model, has unsupported layers or cannot be read is a problem. Of an exported student it gives the
 * network itself, from normalised samples to logits.
 * @param sample shape of one sample, in place of the model's; the weights have to fit it
 */
export async function readModelJson(
  path: string,
  sample?: Shape,
): Promise<SavedNet | { readonly problem: ModelProblem | DataProblem }> {
  const damage = await damagedFile([path]);
  if (damage !== undefined) return { problem: damage };
  const read = await readLayers(path);
  if ("problem" in read) return read;
  const { topology, manifest, card } = read;
  const weights: Record<string, Float32Array> = {};
  for (const group of manifest) {
    const bytes = await readGroup(group, path);
    if ("problem" in bytes) return bytes;
    let offset = 0;
    for (const entry of group.weights) {
      const length = byteLength(entry) as number;
      const name = parameterName(entry.name, topology);
      if (name !== undefined) weights[name] = decodeWeight(entry, bytes.subarray(offset, offset + length));
      offset += length;
    }
  }
  const shape = sample ?? topology.inputShape;
  return (shape && missingWeight(topology, shape, weights, path)) ?? { ...topology, weights, card };
}

/** The layers of a tfjs layers model, and what else its model.json says; of an exported student those of the network itself. */
export async function readLayers(path: string): Promise<
  | {
      readonly topology: Topology;
      readonly manifest: readonly ManifestGroup[];
      readonly card: ReadCard;
    }
  | { readonly problem: ModelProblem | DataProblem }
> {
  const text = await readModelText(path);
  if (typeof text === "object") return { problem: text };
  const model = parse(text);
  if (!model) return failure("model-format", path, "it is not JSON");
  const manifest = manifestOf(model);
  if (model["format"] === "graph-model")
    return failure(
      "model-format",
      path,
      'it is a graph model. Name the SavedModel that it was made of, in a teacher of "type": "savedModel", or make ONNX of that: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
    );
  if ("learner" in model && "version" in model)
    return failure(
      "model-format",
      path,
      "it is a model of XGBoost. Make ONNX of it with onnxmltools.convert_xgboost, and name that",
    );
  if (!("modelTopology" in model) || !manifest)
    return failure("model-format", path, "it lacks modelTopology or weightsManifest of a layers model");
  const whole = readTopology(model["modelTopology"]);
  if ("problem" in whole) return failure(whole.problem.code, path, whole.problem.message);
  const card = readCard(model["userDefinedMetadata"]);
  return { topology: withoutLayers(whole, card.added ?? []), manifest, card };
}

/** The files of a tfjs layers model, which {@link readModelJson} and tf.loadLayersModel read. */
export function modelFiles(
  net: LayeredNet,
  weights: NamedData,
  {
    card,
    inputType = "float32",
  }: { readonly card?: ModelCard; readonly inputType?: "float32" | "int32" } = {},
): { readonly json: string; readonly weights: Uint8Array } {
  const entries = Object.entries(net.parameters).map(([name, { shape }]) => {
    const data = weights[name];
    if (!(data instanceof Float32Array)) throw new Error(`the weight ${name} is missing`);
    const dot = name.lastIndexOf(".");
    const entry = {
      name: `${name.slice(0, dot)}/${snakeCase(name.slice(dot + 1))}`,
      shape,
      dtype: "float32",
    };
    return { entry, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  });
  const json = {
    format: "layers-model",
    generatedBy: "distillery",
    convertedBy: null,
    modelTopology: {
      class_name: "Model",
      config: functionalConfig(net, inputType),
      keras_version: "2.2.4",
      backend: "tensorflow.js",
    },
    weightsManifest: [{ paths: [weightsFile], weights: entries.map(({ entry }) => entry) }],
    ...(card === undefined ? {} : { userDefinedMetadata: card }),
  };
  return { json: JSON.stringify(json), weights: Buffer.concat(entries.map(({ bytes }) => bytes)) };
}

/** Writes model.json and its weights into a folder, created if missing. */
export async function writeModelJson(directory: string, net: LayeredNet, weights: NamedData): Promise<void> {
  const files = modelFiles(net, weights);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, weightsFile), files.weights);
  await writeFile(join(directory, "model.json"), files.json);
}

const weightsFile = "weights.bin";

/** The bytes of a group's weights, concatenated. The total size is checked before any are read. */
async function readGroup(
  { paths, weights }: ManifestGroup,
  model: string,
): Promise<Uint8Array | { readonly problem: ModelProblem | DataProblem }> {
  const unknown = weights.find((entry) => byteLength(entry) === undefined);
  if (unknown !== undefined)
    return failure(
      "model-weights",
      model,
      `the weight ${unknown.name} has the unknown type ${unknown.dtype}`,
    );
  const { weightFiles, missingFiles, outsideFiles } = await partsOf(model, paths);
  const [outside] = outsideFiles;
  if (outside !== undefined)
    return failure("model-weights", model, `its weights file "${outside}" is outside of its folder`);
  const missing = paths[weightFiles.findIndex((file) => missingFiles.includes(file))];
  if (missing !== undefined)
    return failure("model-weights", model, `its weights file ${missing} does not exist`);
  const damage = await damagedFile(weightFiles);
  if (damage !== undefined) return { problem: damage };
  const files: { readonly file: string; readonly handle: FileHandle; readonly size: number }[] = [];
  try {
    for (const file of weightFiles) {
      const opened = await openRegular(file);
      if ("code" in opened) return { problem: opened };
      files.push({ file, ...opened });
    }
    const there = files.reduce((sum, { size }) => sum + size, 0);
    let needed = 0;
    for (const entry of weights) {
      needed += byteLength(entry) as number;
      const found = `${there} bytes in ${paths.join(", ")}`;
      if (needed > there)
        return failure(
          "model-weights",
          model,
          `the weight ${entry.name} ends at byte ${needed}, but there are ${found}`,
        );
    }
    if (needed > machineMemory())
      return failure("model-weights", model, `its weights take ${needed} bytes, more than this machine has`);
    const bytes = new Uint8Array(needed);
    let filled = 0;
    for (const { size, ...opened } of files) {
      const length = Math.min(size, needed - filled);
      const read = await plainBytes({ ...opened, size }, 0, length).read(
        bytes.subarray(filled, filled + length),
      );
      if (typeof read === "object") return { problem: read };
      filled += read;
    }
    return bytes;
  } catch (error) {
    return { problem: fileProblem(model, error) };
  } finally {
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
}

function functionalConfig({ form: { layers }, inputShape }: LayeredNet, dtype: string) {
  const link = (name: string) => [name, 0, 0, {}];
  const input = {
    class_name: "InputLayer",
    name: inputName,
    config: { batch_input_shape: [null, ...inputShape], dtype, sparse: false, name: inputName },
    inbound_nodes: [],
  };
  return {
    name: "student",
    layers: [
      input,
      ...layers.map((layer) => {
        const { className, config } = toKeras(layer.type as LayerTypeName, layer.arguments);
        return {
          class_name: className,
          name: layer.name,
          config: { name: layer.name, trainable: true, ...config },
          inbound_nodes: [layer.inputs.map(link)],
        };
      }),
    ],
    input_layers: [[inputName, 0, 0]],
    output_layers: [[layers.at(-1)?.name, 0, 0]],
  };
}

/** `LAYER.kernel` for `LAYER/kernel`; tfjs and Keras may prefix other scopes and append `:0`. */
function parameterName(stored: string, { layers }: Topology): string | undefined {
  const parts = stored.replace(/:\d+$/, "").split("/");
  const weight = camelCase(parts.at(-1) as string);
  const layer = layers.find(({ name }) => {
    const scope = parts.slice(0, -1).join("/");
    return scope === name || scope.endsWith(`/${name}`) || scope.startsWith(`${name}/`);
  });
  return layer && `${layer.name}.${weight}`;
}

/** The net without the layers that an export put before and after it. */
function withoutLayers({ layers, ...topology }: Topology, added: readonly string[]): Topology {
  const around = new Set(added);
  if (around.size === 0) return { layers, ...topology };
  const inner = layers.filter(({ name }) => !around.has(name as string));
  return {
    ...topology,
    layers: inner.map(({ inputs, ...layer }) => ({
      ...layer,
      ...(inputs === undefined
        ? {}
        : { inputs: [inputs].flat().map((name) => (around.has(name) ? inputName : name)) }),
    })),
  };
}

/** Checks for weights that are missing or do not fit the layers for this input. */
function missingWeight(
  { layers, inputShape }: Topology,
  sample: Shape,
  weights: Readonly<Record<string, Float32Array>>,
  path: string,
) {
  for (const layer of layerShapes(layers, sample).layers) {
    for (const [name, { shape }] of Object.entries(layer?.parameters ?? {})) {
      const full = `${layer?.name}.${name}`;
      const found = weights[full]?.length;
      if (found === sizeOf(shape)) continue;
      const what = found === undefined ? "is missing" : `has ${found} values`;
      const own = inputShape && printShape(inputShape);
      const other =
        own === undefined || own === printShape(sample)
          ? ""
          : ` (it was made for ${own}, the samples are ${printShape(sample)})`;
      return failure(
        other === "" ? "model-weights" : "model-input",
        path,
        `the weight ${full} of shape ${printShape(shape)} ${what}${other}`,
      );
    }
  }
  return undefined;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightEntry[];
}

function manifestOf(model: Readonly<Record<string, unknown>>): readonly ManifestGroup[] | undefined {
  const manifest = model["weightsManifest"];
  const isText = (value: unknown) => typeof value === "string";
  const isEntry = (entry: Partial<WeightEntry> | null) =>
    isText(entry?.name) &&
    isText(entry?.dtype) &&
    Array.isArray(entry?.shape) &&
    entry.shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  const isGroup = (group: Partial<ManifestGroup> | null) =>
    Array.isArray(group?.paths) &&
    group.paths.every(isText) &&
    Array.isArray(group.weights) &&
    group.weights.every(isEntry);
  return Array.isArray(manifest) && manifest.every(isGroup)
    ? (manifest as readonly ManifestGroup[])
    : undefined;
}

const failure = (
  code: ModelProblem["code"],
  path: string,
  why: string,
): { readonly problem: ModelProblem } => ({
  problem: { code, message: `${path} cannot be read as a TensorFlow.js layers model: ${why}.` },
});
