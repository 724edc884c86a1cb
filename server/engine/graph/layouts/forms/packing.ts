import type { Value } from "../../graph.ts";
import { sizeOf } from "../../values.ts";
import { stored } from "../convert.ts";
import { type Form, tensorOf } from "../form.ts";
import { reshape } from "../image.ts";
import { heldShape, NATURAL } from "../layout.ts";

/** A vector is split into members, each with its elements in the order of the layout that the state is kept in. */
export const unpacking: Form = (node, look) => {
  const vector = node.inputs["vector"] as Value;
  const layouts = node.outputs.map((_, i) => look.memberLayout(node.attrs["slot"] as string, i));
  return {
    reads: new Map([[vector, NATURAL]]),
    outputs: layouts,
    emit(emission) {
      const { graph } = emission;
      const sizes = graph.int64(node.outputs.map(({ shape }) => sizeOf(shape)));
      const members = graph.nodes(
        "Split",
        [tensorOf(emission, vector), sizes],
        { axis: 0 },
        node.outputs.length,
      );
      return node.outputs.map(({ shape }, i) => {
        const layout = layouts[i] as (typeof layouts)[number];
        const held = heldShape(layout, shape);
        const member = members[i] as string;
        return stored(layout, held.length === 1 ? member : reshape(graph, member, held));
      });
    },
  };
};

export const packing: Form = (node, look) => {
  const members = node.inputs["members"] as readonly Value[];
  const layouts = members.map((_, i) => look.memberLayout(node.attrs["slot"] as string, i));
  return {
    reads: new Map(members.map((value, i) => [value, layouts[i] as (typeof layouts)[number]])),
    outputs: [NATURAL],
    emit(emission) {
      const { graph } = emission;
      const flat = members.map((value) => {
        const member = tensorOf(emission, value);
        return value.shape.length === 1 ? member : reshape(graph, member, [sizeOf(value.shape)]);
      });
      return [stored(NATURAL, graph.node("Concat", flat, { axis: 0 }))];
    },
  };
};
