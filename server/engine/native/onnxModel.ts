import { dirname } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { openRegular } from "../../data/reading.ts";
import { editModelBytes } from "../graph/onnx/editModelBytes.ts";
import { decodeElements, encodeElements } from "./onnxElements.ts";
import { onnxruntime } from "./ort.ts";

/** An input or output of a model file: dimensions are numbers, or names where they are open. */
export interface OnnxPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** Type of an output that is a list or a map. */
export const noTensor = "non-tensor";

export interface OnnxValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** By input. */
export type OnnxFeeds = Readonly<Record<string, OnnxValues>>;

export interface OnnxModel {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /**
   * Runs the model on its inputs for some of its outputs, all of any number type; values are in the order of the names. The
   * caller owns the data.
   */
  run(feeds: OnnxFeeds, outputs: readonly string[]): Promise<readonly OnnxValues[]>;
  dispose(): Promise<void>;
}

export interface OnnxModelOptions {
  readonly threads?: number;
  /** Tensors inside the graph to give as outputs too. */
  readonly taps?: readonly string[];
  /** Gives scores in place of maps from class to score. */
  readonly bypassMaps?: boolean;
}

/**
 * Opens a model file for inference.
 * @throws when the file is not a model that the runtime can load; the message is the runtime's, without its source locations.
 */
export async function openOnnxModel(
  path: string,
  { threads, taps = [], bypassMaps = false }: OnnxModelOptions = {},
): Promise<OnnxModel> {
  const ort = await onnxruntime();
  const settings: InferenceSession.SessionOptions = {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    interOpNumThreads: 1,
    logSeverityLevel: 4, // Errors are thrown too.
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  const opening =
    taps.length === 0 && !bypassMaps
      ? ort.InferenceSession.create(path, settings)
      : ort.InferenceSession.create(editModelBytes(await bytesOf(path), { outputs: taps, bypassMaps }), {
          ...settings,
          // External weights are relative to the file, which the bytes do not name.
          extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
        });
  const session = await opening.catch((error: unknown) => {
    throw new Error(readable(error));
  });
  const inputs = session.inputMetadata.map(port);
  return {
    inputs,
    outputs: session.outputMetadata.map(port),
    async run(feeds, wanted) {
      const tensors = Object.entries(feeds).map(([name, { shape, data }]) => {
        const type = inputs.find((input) => input.name === name)?.type ?? "float32";
        const elements = encodeElements(type, data);
        const tensor = new ort.Tensor(type as "float32", elements as Float32Array, shape);
        // With Float16Array in JavaScript the tensor converts to it, which the native side does not support.
        if (type === "float16") Object.assign(tensor, { cpuData: elements });
        return [name, tensor] as const;
      });
      const results = await session.run(Object.fromEntries(tensors), wanted).catch((error: unknown) => {
        throw new Error(readable(error));
      });
      return wanted.map((output) => {
        const found = results[output];
        if (found === undefined) throw new Error(`The model gave no output named "${output}".`);
        return { shape: found.dims, data: decodeElements(found) };
      });
    },
    dispose: () => session.release(),
  };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const opened = await openRegular(path);
  if ("code" in opened) throw new Error(opened.message);
  try {
    return await opened.handle.readFile();
  } finally {
    await opened.handle.close();
  }
}

function port(metadata: InferenceSession.ValueMetadata): OnnxPort {
  if (!metadata.isTensor) return { name: metadata.name, type: noTensor, shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

/** The runtime's messages begin with our path and a function of its source, which do not help the user. */
function readable(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(/^Load model from .*? failed:/, "")
    .replace(/\S*onnxruntime_src\S*:\d+ [^)]*\) /g, "")
    .replace(/\s+/g, " ")
    .trim();
}
