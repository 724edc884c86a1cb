import { exportOnnx } from "../graph/exportOnnx.ts";
import { unknownToTfjs } from "../nets/modelJson/kerasLayers.ts";
import { modelFiles, readModelJson } from "../nets/modelJson.ts";
import { buildNet } from "../nets/net.ts";
import { netProblem } from "./nets.ts";
import { type Problem, problem } from "./problem.ts";

export const exportFormats = ["onnx", "tfjs"] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportRequest {
  /** A tfjs layers model: what every run leaves in best/ and final/. */
  readonly modelJson: string;
  readonly format: ExportFormat;
  /** Order of the axes in which an ONNX model takes images. */
  readonly layout?: "nhwc" | "nchw" | undefined;
  readonly name: string;
  /** What has to be done to a raw sample first; it is written into the model. */
  readonly preprocessing?: string | undefined;
}

/** File name → content, or why there is none. One file for `onnx`, a folder of two for `tfjs`. */
export async function exportModel({
  modelJson,
  format,
  layout,
  name,
  preprocessing,
}: ExportRequest): Promise<Readonly<Record<string, Uint8Array | string>> | { readonly problem: Problem }> {
  const read = await readModelJson(modelJson);
  if ("problem" in read) return read;
  const { layers, inputShape, weights } = read;
  if (inputShape === undefined)
    return problem("model-format", `${modelJson} does not say what its input's shape is.`);
  const net = buildNet(layers, inputShape);
  if ("problems" in net) return netProblem(modelJson, net.problems);
  if (format === "tfjs") {
    const unknown = net.layers.find(({ type }) => unknownToTfjs.has(type));
    if (unknown)
      return problem(
        "layer-unsupported",
        `TensorFlow.js has no ${unknown.type} layer, so it could not load the model (${unknown.name}).`,
        "Export it as ONNX: --format onnx.",
      );
    const files = modelFiles(net, weights);
    return { "model.json": files.json, "weights.bin": files.weights };
  }
  const exportable = {
    inputShape,
    weights: Object.fromEntries(
      Object.entries(net.parameters).map(([parameter, { shape }]) => [
        parameter,
        { shape, dtype: "float32" as const },
      ]),
    ),
    logits: (tensors: Parameters<typeof net.apply>[0], x: Parameters<typeof net.apply>[1]) =>
      net.apply(tensors, x, { training: false }).logits,
  };
  const options = {
    name,
    ...(layout === undefined ? {} : { layout }),
    ...(preprocessing === undefined ? {} : { doc: preprocessing }),
  };
  return { "model.onnx": exportOnnx(exportable, weights, options) };
}
