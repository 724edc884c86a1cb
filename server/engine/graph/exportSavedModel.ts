import type { NamedData } from "../program.ts";
import { readValues } from "./emit.ts";
import { type ExportableNet, inference, trialBatches } from "./exportableNet.ts";
import type { Value } from "./graph.ts";
import { optimise } from "./passes/optimise.ts";
import { bindConstant, emitNodes } from "./tensorflow/lowerForTensorflow.ts";
import { withSymbolicBatch } from "./tensorflow/symbolicBatch.ts";
import { allowedName, TensorflowGraph } from "./tensorflow/tensorflowGraph.ts";
import { elementType, encodeServedModel, type NodeDef, shapeProto } from "./tensorflow/tensorflowSchema.ts";

export interface ServedModel {
  /** The saved_model.pb, all of a SavedModel: its weights are constants of the graph. */
  readonly bytes: Uint8Array;
  /** False where the net computes with the number of samples, so that the model takes one. */
  readonly takesAnyBatch: boolean;
  /** Of one sample. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/**
 * The net as a SavedModel: its signature `serving_default` takes "input" float32 or int32 [batch, ...] and gives `output` float32
 * [batch, classes].
 * @param output name in the signature
 */
export function exportSavedModel(
  net: ExportableNet,
  weights: NamedData,
  { layout, output }: { readonly layout?: "nhwc" | "nchw" | undefined; readonly output: string },
): ServedModel {
  const lay = layout === undefined ? {} : { layout };
  const built = (batch: number) => graphFor(net, weights, { batch, ...lay });
  const whole = ({ nodes, input, logits }: Lowered, batch: number): ServedModel => {
    const info = (name: string, { shape, dtype }: Value) => ({
      ...{ name: `${name}:0`, dtype: elementType[dtype as "float32"] },
      tensor_shape: shapeProto([batch, ...shape.slice(1)]),
    });
    const signature = {
      inputs: { input: info("input", input) },
      outputs: { [output]: info("output", logits) },
    };
    const bytes = encodeServedModel(nodes, signature);
    const [inputShape, outputShape] = [input.shape.slice(1), logits.shape.slice(1)];
    return { bytes, takesAnyBatch: batch === -1, inputShape, outputShape };
  };
  const [first, second] = trialBatches.map((batch) => {
    const lowered = built(batch);
    const [input] = lowered.nodes;
    const nodes = input && withSymbolicBatch(lowered.nodes, { batch, input });
    return nodes && whole({ ...lowered, nodes }, -1);
  });
  // A number that depends on the batch in another way makes the two models differ.
  if (first && second && Buffer.compare(first.bytes, second.bytes) === 0) return first;
  return whole(built(1), 1);
}

interface Lowered {
  readonly nodes: readonly NodeDef[];
  readonly input: Value;
  readonly logits: Value;
}

function graphFor(
  net: ExportableNet,
  weights: NamedData,
  { batch, ...layout }: { readonly batch: number; readonly layout?: "nhwc" | "nchw" },
): Lowered {
  const graph = optimise(inference(net, batch, layout));
  const tensorflow = new TensorflowGraph();
  const input = graph.inputs.get("input") as Value;
  const logits = graph.outputs.get("logits") as Value;
  const { dtype, shape } = input;
  tensorflow.bind(input, tensorflow.node("Placeholder", [], { dtype, shape: { shape } }, { name: "input" }));
  const read = readValues(graph);
  for (const [name, value] of graph.state) {
    const data = weights[name];
    if (!data) throw new Error(`the weight ${name} is missing`);
    if (!read.has(value)) continue;
    tensorflow.scope = allowedName(name);
    tensorflow.bind(value, tensorflow.constant(data, value.shape, value.dtype));
  }
  emitNodes(graph, tensorflow, "");
  bindConstant(graph, tensorflow, logits);
  tensorflow.node("Identity", [logits], { T: logits.dtype }, { name: "output" });
  return { nodes: tensorflow.definitions(), input, logits };
}
