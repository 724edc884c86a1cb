import type { ModelDescription } from "../../../data/descriptions/description.ts";
import type { ModelPort } from "../../../fileHeaders.ts";
import { checkEngine, requireEngine } from "../../../installedEngines/tensorflow.ts";
import { type ElementType, elementType } from "../../graph/tensorflow/tensorflowSchema.ts";
import type { LoadProgram } from "../../program.ts";
import type { TrialRuntime } from "../modelTrial.ts";
import { encodeElements } from "../onnxElements.ts";
import type { OnnxModel, OnnxPort } from "../onnxModel.ts";
import { loadBinding, runtimeEnvironment, type TensorflowBinding } from "./binding.ts";
import { targetOf } from "./executor.ts";
import { probe } from "./probe.ts";

/** A SavedModel on disk, as it describes itself. */
export interface SavedModel extends Pick<ModelDescription, "inputs" | "outputs" | "tags"> {
  readonly folder: string;
}

/** What runs SavedModels beside a run: the TensorFlow that trains it, else the one of this machine, on the CPU. */
export interface SavedModelEngine {
  readonly addon: string;
  readonly device: "cpu" | number;
}

/** @throws EngineError where none is installed, or it does not work */
export async function savedModelEngine(load: LoadProgram): Promise<SavedModelEngine> {
  const own = targetOf(load);
  if (own !== undefined) return own;
  const found = await requireEngine();
  await checkEngine(found);
  await probe(found.addon, { kind: found.kind, device: "cpu" });
  return { addon: found.addon, device: "cpu" };
}

/**
 * Loads a SavedModel for inference.
 * @throws when TensorFlow cannot load it
 */
export function openSavedModel(
  { addon, device }: SavedModelEngine,
  { folder, tags = [], inputs, outputs }: SavedModel,
  threads: number,
): OnnxModel {
  const binding = loadBinding(addon, { threads, device });
  const session = readable(() => binding.loadSavedModel(folder, tags.join()));
  const run: OnnxModel["run"] = async (feeds, wanted) => {
    const fed: number[] = [];
    try {
      const ports = Object.keys(feeds).map((name) => portNamed(inputs, name));
      for (const port of ports) {
        const { shape, data } = feeds[port.name] as (typeof feeds)[string];
        fed.push(createTensor(binding, port, { shape, data }));
      }
      const asked = wanted.map((name) => portNamed(outputs, name));
      const given = readable(() => binding.runSavedModel(session, fed, tensors(ports), tensors(asked)));
      const read = given.map(({ id, shape }) => ({
        shape,
        data: Float32Array.from(binding.tensorDataSync(id)),
      }));
      for (const { id } of given) binding.deleteTensor(id);
      return read;
    } finally {
      for (const id of fed) binding.deleteTensor(id);
    }
  };
  return {
    inputs: inputs.map(portOf),
    outputs: outputs.map(portOf),
    run,
    dispose: async () => binding.deleteSavedModel(session),
  };
}

/** As tfjs-node's addon takes them: numbers of 64 bits as pairs of 32. */
function createTensor(
  binding: TensorflowBinding,
  { dtype = "" }: ModelPort,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
): number {
  const elements = encodeElements(dtype, data);
  const values = elements instanceof BigInt64Array ? new Int32Array(elements.buffer) : elements;
  return binding.createTensor(shape, elementType[dtype as ElementType], values);
}

const portNamed = (ports: readonly ModelPort[], name: string): ModelPort => {
  const port = ports.find((port) => port.name === name);
  if (port === undefined) throw new Error(`The model has no tensor named "${name}".`);
  return port;
};

const tensors = (ports: readonly ModelPort[]): string => ports.map(({ tensor }) => tensor).join();

const portOf = ({ name, shape, dtype = "unknown" }: ModelPort): OnnxPort => ({ name, type: dtype, shape });

/** The first line: those behind it are of TensorFlow's own graph. */
function readable<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new Error((error as Error).message.split("\n")[0], { cause: error });
  }
}

/** Runs a model with loops in a process of its own. */
export const savedModelTrial = (
  { addon }: SavedModelEngine,
  { folder, tags = [], inputs, outputs }: SavedModel,
): TrialRuntime => ({
  program: trial,
  runtime: addon,
  model: JSON.stringify({ folder, tags: tags.join(), inputs, outputs: tensors(outputs.slice(0, 1)) }),
  env: runtimeEnvironment({ threads: 1, device: "cpu" }, process.env),
});

/** Plain JavaScript, as in modelTrial.ts. */
const trial = `(addon, model, runs) => {
  const tensorflow = require(addon);
  const { folder, tags, inputs, outputs } = JSON.parse(model);
  const session = tensorflow.loadSavedModel(folder, tags);
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array, int64: BigInt64Array };
  const types = ${JSON.stringify(elementType)};
  for (const fed of runs) {
    try {
      const ids = fed.map(({ type, shape, values }) => {
        const length = shape.reduce((product, extent) => product * extent, 1);
        const at = (i) => (values ? values[i] : (i * 0.618034) % 1);
        const array = arrays[type].from({ length }, (_, i) => type === "int64" ? BigInt(Math.round(at(i))) : at(i));
        return tensorflow.createTensor(shape, types[type], type === "int64" ? new Int32Array(array.buffer) : array);
      });
      const names = fed.map(({ name }) => inputs.find((input) => input.name === name).tensor);
      tensorflow.runSavedModel(session, ids, names.join(), outputs);
    } catch {}
  }
}`;
