import type { InferenceSession, Tensor } from "onnxruntime-node";
import { onnxruntime } from "./ort.ts";

/** An input or output of a model from elsewhere: dimensions are numbers, or names where the model leaves them open. */
export interface OnnxPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxTensor {
  readonly type: "float32" | "float64" | "uint8" | "int32";
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array;
}

export interface OnnxModel {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Runs the model for one output. Its data belongs to the caller. */
  run(feeds: Readonly<Record<string, OnnxTensor>>, output: string): Promise<{ shape: readonly number[]; data: Float32Array }>;
  dispose(): Promise<void>;
}

/**
 * Opens a model file for inference.
 * @throws when the file is not a model that the runtime can load; the message is the runtime's.
 */
export async function openOnnxModel(path: string, options: { threads?: number } = {}): Promise<OnnxModel> {
  const ort = await onnxruntime();
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    interOpNumThreads: 1,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
  });
  return {
    inputs: session.inputMetadata.map(port),
    outputs: session.outputMetadata.map(port),
    async run(feeds, output) {
      const tensors: Record<string, Tensor> = {};
      for (const [name, { type, data, shape }] of Object.entries(feeds)) {
        tensors[name] = new ort.Tensor(type, data, shape);
      }
      const found = (await session.run(tensors, [output]))[output];
      if (found === undefined) throw new Error(`The model gave no output named "${output}".`);
      return { shape: found.dims, data: toFloat32(found) };
    },
    dispose: () => session.release(),
  };
}

function port(metadata: InferenceSession.ValueMetadata): OnnxPort {
  if (!metadata.isTensor) return { name: metadata.name, type: "non-tensor", shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

function toFloat32(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  if (tensor.data instanceof Float64Array) return Float32Array.from(tensor.data);
  throw new Error(`The model's output has the type ${tensor.type}; float32 or float64 was expected.`);
}
