import type { Node, Value } from "../graph.ts";
import { primitive } from "../kernels.ts";
import { stored } from "./convert.ts";
import type { Plan } from "./form.ts";
import { NATURAL } from "./layout.ts";

/** What every kernel can do: its own lowering, on natural tensors. */
export function naturalPlan(node: Node): Plan {
  return {
    reads: new Map(),
    outputs: node.outputs.map(() => NATURAL),
    emit({ graph, read }) {
      for (const value of Object.values(node.inputs).flat() as Value[]) {
        graph.bind(value, read(value).tensors[0] as string);
      }
      const kernel = primitive(node.kernel);
      const names =
        "outputs" in kernel
          ? kernel.onnx(graph, node.inputs, node.attrs, node.outputs)
          : [kernel.onnx(graph, node.inputs, node.attrs, node.outputs[0] as Value)];
      return names.map((name) => stored(NATURAL, name));
    },
  };
}
