import type { InferenceSession } from "onnxruntime-node";
import { decodeElements, encodeElements } from "./onnxElements.ts";
import { onnxruntime } from "./ort.ts";

/** An input or output of a model from elsewhere: dimensions are numbers, or names where the model leaves them open. */
export interface OnnxPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OnnxModel {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Runs the model on one input for one output, in whatever number types it has. The data belongs to the caller. */
  run(input: string, values: OnnxValues, output: string): Promise<OnnxValues>;
  dispose(): Promise<void>;
}

/**
 * Opens a model file for inference.
 * @throws when the file is not a model that the runtime can load; the message is the runtime's, without its own source's places.
 */
export async function openOnnxModel(path: string, options: { threads?: number } = {}): Promise<OnnxModel> {
  const ort = await onnxruntime();
  const session = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    interOpNumThreads: 1,
    logSeverityLevel: 4, // What goes wrong is thrown too.
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
  }).catch((error: unknown) => {
    throw new Error(readable(error));
  });
  const inputs = session.inputMetadata.map(port);
  return {
    inputs,
    outputs: session.outputMetadata.map(port),
    async run(input, { shape, data }, output) {
      const type = inputs.find(({ name }) => name === input)?.type ?? "float32";
      const elements = encodeElements(type, data);
      const tensor = new ort.Tensor(type as "float32", elements as Float32Array, shape);
      // Where JavaScript has Float16Array the tensor makes one of the bits, which the native side does not know.
      if (type === "float16") Object.assign(tensor, { cpuData: elements });
      const results = await session.run({ [input]: tensor }, [output]).catch((error: unknown) => {
        throw new Error(readable(error));
      });
      const found = results[output];
      if (found === undefined) throw new Error(`The model gave no output named "${output}".`);
      return { shape: found.dims, data: decodeElements(found) };
    },
    dispose: () => session.release(),
  };
}

function port(metadata: InferenceSession.ValueMetadata): OnnxPort {
  if (!metadata.isTensor) return { name: metadata.name, type: "non-tensor", shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

/** The runtime's messages begin with a path of ours and a function of its source, which tell a reader nothing. */
function readable(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/^Load model from .*? failed:/, "")
    .replace(/\S*onnxruntime_src\S*:\d+ [^)]*\) /g, "")
    .replace(/\s+/g, " ")
    .trim();
}
