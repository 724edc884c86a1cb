import type { Node, Pass, Value } from "../graph.ts";
import { sameShape } from "../values.ts";
import { rewrite } from "./rewrite.ts";

/** Removes nodes that give their input unchanged, and joins chains of reshapes. */
export const aliases: Pass = (graph) =>
  rewrite(graph, (node, { producer, emit }) => {
    const source = sameAs(node);
    if (source) return [source];
    if (node.kernel !== "Reshape") return undefined;
    const before = producer(node.inputs["x"] as Value);
    if (before?.kernel !== "Reshape") return undefined;
    const origin = before.inputs["x"] as Value;
    const shape = (node.outputs[0] as Value).shape;
    return [sameShape(origin.shape, shape) ? origin : emit("Reshape", { x: origin }, { shape })];
  });

function sameAs({ kernel, inputs, attrs, outputs }: Node): Value | undefined {
  const x = (inputs["x"] ?? inputs["input"]) as Value | undefined;
  const [output] = outputs as readonly [Value];
  switch (kernel) {
    case "Identity":
      return x;
    case "Cast":
      return x?.dtype === output.dtype ? x : undefined;
    // These keep every element and its order when they keep the shape.
    case "Reshape":
    case "ExpandDims":
    case "Tile":
    case "BroadcastTo":
    case "Slice":
    case "PadV2":
      return x && sameShape(x.shape, output.shape) ? x : undefined;
    case "Transpose":
      return (attrs["perm"] as readonly number[]).every((axis, i) => axis === i) ? x : undefined;
    case "Concat":
    case "AddN": {
      const tensors = inputs["tensors"] as readonly Value[];
      return tensors.length === 1 ? tensors[0] : undefined;
    }
    default:
      return undefined;
  }
}
