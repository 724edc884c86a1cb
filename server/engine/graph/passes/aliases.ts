import type { Value } from "../graph.ts";
import { sameShape } from "../values.ts";
import { call } from "./pattern.ts";
import { type Rule, rule } from "./rewrite.ts";

/** Nodes that give their input unchanged are left out, and chains of reshapes become one. */
export const aliases: readonly Rule[] = [
  rule("Identity", ({ inputs }) => inputs["x"] as Value),
  rule("Cast", ({ inputs: { x }, outputs: [output] }) =>
    (x as Value).dtype === output?.dtype ? (x as Value) : undefined,
  ),
  // Kernels that change nothing where they keep the shape.
  rule(
    ["Reshape", "ExpandDims", "Tile", "BroadcastTo", "Slice", "PadV2"],
    ({ inputs, outputs: [output] }) => {
      const x = (inputs["x"] ?? inputs["input"]) as Value;
      return sameShape(x.shape, (output as Value).shape) ? x : undefined;
    },
  ),
  rule("Transpose", ({ inputs, attrs }) =>
    (attrs["perm"] as readonly number[]).every((axis, i) => axis === i) ? (inputs["x"] as Value) : undefined,
  ),
  rule(["Concat", "AddN"], ({ inputs }) => {
    const tensors = inputs["tensors"] as readonly Value[];
    return tensors.length === 1 ? tensors[0] : undefined;
  }),
  {
    pattern: call("Reshape", { x: call("Reshape", { x: "origin" }) }),
    replace({ outputs: [output] }, { emit }, found) {
      const [origin, { shape }] = [found("origin"), output as Value];
      return sameShape(origin.shape, shape) ? origin : emit("Reshape", { x: origin }, { shape });
    },
  },
];
