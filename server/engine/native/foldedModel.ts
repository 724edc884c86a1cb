import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeModel, encodeModel, type ModelProto } from "../graph/onnx/onnxSchema.ts";
import { onnxruntime } from "./ort.ts";

/**
 * The model as ONNX Runtime rewrites it, in standard operators: what depends on constants alone is one, normalisation behind a
 * convolution is part of its weights, and a sum behind a product is its bias.
 */
export async function foldedModel(model: ModelProto): Promise<ModelProto> {
  const ort = await onnxruntime();
  const folder = await mkdtemp(join(tmpdir(), "distillery-"));
  try {
    const optimizedModelFilePath = join(folder, "folded.onnx");
    const session = await ort.InferenceSession.create(encodeModel(model), {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "basic",
      logSeverityLevel: 4,
      optimizedModelFilePath,
    });
    await session.release();
    const folded = decodeModel(await readFile(optimizedModelFilePath));
    // It names every operator set that it knows, and may drop what the model says of itself.
    return {
      ...model,
      graph: {
        ...folded.graph,
        name: model.graph.name,
        input: model.graph.input,
        output: model.graph.output,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
