import type { Node, Value } from "../../graph.ts";
import { mapInputs } from "../../kernel.ts";
import { stored } from "./convertLayout.ts";
import { NATURAL } from "./layout.ts";
import type { Plan } from "./planner.ts";

/** What every kernel can do: itself, on natural tensors. */
export const naturalPlan = ({ kernel, inputs, attrs, outputs }: Node): Plan => ({
  reads: new Map(),
  outputs: outputs.map(() => NATURAL),
  emit({ ops, read }) {
    const natural = mapInputs(inputs, (value) => read(value).tensors[0] as Value);
    return ops.several(kernel, natural, attrs, outputs).map((value) => stored(NATURAL, value));
  },
});
