import type { NamedData } from "../program.ts";
import { bindConstant, emitNodes, readValues } from "./emit.ts";
import { type ExportableNet, inference, trialBatches } from "./exportableNet.ts";
import type { Value } from "./graph.ts";
import { OnnxGraph } from "./onnx/onnxGraph.ts";
import { elementType, encodeModel, type ModelProto } from "./onnx/onnxSchema.ts";
import { withSymbolicBatch } from "./onnx/symbolicBatch.ts";
import { channelsFirst } from "./passes/channelsFirst.ts";
import { optimise } from "./passes/optimise.ts";

export interface ExportOptions {
  /** How images are fed to the model; NHWC, as they are trained, when absent. Other inputs are not concerned. */
  readonly layout?: "nhwc" | "nchw";
  readonly name?: string;
  readonly doc?: string;
  /** Of the output; "logits" when absent. */
  readonly output?: string;
  /** Kept in `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The net as an ONNX model that any runtime can load: operators of the standard domain, opset 18, input "input" float32
 * or int64 [batch, ...], output "logits" float32 [batch, classes], weights as initialisers under their own names. The
 * batch is symbolic, or 1 where the net depends on its size.
 */
export function exportOnnx(net: ExportableNet, weights: NamedData, options: ExportOptions = {}): ModelProto {
  const [first, second] = trialBatches.map((batch) =>
    withSymbolicBatch(modelFor(net, weights, batch, options), batch),
  );
  // A number that depends on the batch in another way makes the two models differ.
  if (first && second && Buffer.compare(encodeModel(first), encodeModel(second)) === 0) return first;
  return modelFor(net, weights, 1, options);
}

function modelFor(net: ExportableNet, weights: NamedData, batch: number, options: ExportOptions): ModelProto {
  const graph = channelsFirst(optimise(inference(net, batch, options)));
  const onnx = new OnnxGraph();
  const read = readValues(graph);
  for (const [name, value] of graph.state) {
    const data = weights[name];
    if (!data) throw new Error(`the weight ${name} is missing`);
    if (read.has(value)) onnx.bind(value, onnx.constant(data, value.shape, value.dtype, name));
  }
  const input = graph.inputs.get("input") as Value;
  const about = describeInput(net, options);
  if (input.dtype === "int32") {
    // Tokens are int64 in the models of other frameworks, and in what Python's tokenizers give.
    const tokens = onnx.input("input", "int64", input.shape, about);
    onnx.bind(input, onnx.node("Cast", [tokens], { to: elementType.int32 }));
  } else onnx.bind(input, onnx.input("input", input.dtype, input.shape, about));
  emitNodes(graph, onnx);
  const logits = graph.outputs.get("logits") as Value;
  bindConstant(graph, onnx, logits);
  onnx.output(options.output ?? "logits", logits, logits.dtype, logits.shape);
  return onnx.model({
    name: options.name ?? "student",
    ...(options.doc === undefined ? {} : { doc: options.doc }),
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
  });
}

function describeInput({ inputShape }: ExportableNet, { layout = "nhwc" }: ExportOptions): string {
  if (inputShape.length !== 3) return `[batch, ${inputShape.join(", ")}]`;
  return layout === "nhwc"
    ? "images as [batch, height, width, channels]"
    : "images as [batch, channels, height, width]";
}
