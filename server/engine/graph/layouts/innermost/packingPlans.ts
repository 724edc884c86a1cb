import { input } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { PACK, UNPACK } from "../pack.ts";
import { stored } from "./convertLayout.ts";
import { NATURAL, type StateLayout, shapeIn } from "./layout.ts";
import { type Planner, tensorOf } from "./planner.ts";

/** A vector is split into members, each with its elements in the order of the layout that the state is kept in. */
const unpacking: Planner = (node, context) => {
  const vector = input(node, "vector");
  const layouts = node.outputs.map((_, i) => context.memberLayout(node.attrs["slot"] as string, i));
  return {
    reads: new Map([[vector, NATURAL]]),
    outputs: layouts,
    emit(emission) {
      const shapes = node.outputs.map(({ shape }, i) => shapeIn(layouts[i] as StateLayout, shape));
      const members = emission.ops.unpacked(tensorOf(emission, vector), shapes);
      return members.map((member, i) => stored(layouts[i] as StateLayout, member));
    },
  };
};

const packing: Planner = (node, context) => {
  const members = node.inputs["members"] as readonly Value[];
  const layouts = members.map((_, i) => context.memberLayout(node.attrs["slot"] as string, i));
  return {
    reads: new Map(members.map((value, i) => [value, layouts[i] as StateLayout])),
    outputs: [NATURAL],
    emit: (emission) => [
      stored(NATURAL, emission.ops.packed(members.map((value) => tensorOf(emission, value)))),
    ],
  };
};

export const packingPlans: Readonly<Record<string, Planner>> = { [PACK]: packing, [UNPACK]: unpacking };
