// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Graph } from "../../server/engine/graph/graph.ts";
import { trace } from "../../server/engine/graph/trace.ts";
import type { TensorSpec } from "../../server/engine/program.ts";

/** Traces one function for a test of a pass: float32 inputs by name and shape, outputs named 0, 1, … */
export function traced(
  inputs: Readonly<Record<string, readonly number[]>>,
  run: (inputs: Record<string, Tensor>) => readonly Tensor[],
): Graph {
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]): [string, TensorSpec] => [name, { shape, dtype: "float32" }]),
  );
  const entry = {
    name: "test",
    inputs: specs,
    run: (_: object, tensors: Readonly<Record<string, Tensor>>) => ({
      state: {},
      outputs: Object.fromEntries(run({ ...tensors }).map((output, i) => [`${i}`, output])),
    }),
  };
  return trace({ state: {}, entries: [entry] })[0] as Graph;
}

export const kernelsOf = (graph: Graph): string[] => graph.nodes.map(({ kernel }) => kernel);
