import type { Value } from "../../graph.ts";
import { reshape } from "../../onnx/reshape.ts";
import { sizeOf } from "../../values.ts";
import { type BlockedForm, input, result } from "./emission.ts";
import { type FilterShape, heldFilter } from "./filter.ts";

/** Whether a state tensor is held as a filter in blocks. */
type IsHeldAsFilter = (state: string) => boolean;

export interface PackedState {
  /** The state tensors in the vector of a slot. */
  readonly membersOf: (slot: string) => readonly string[];
  readonly isFilter: IsHeldAsFilter;
}

/** A vector is split into state tensors, each with its elements in the order in which it is held. */
export function unpacking({ membersOf, isFilter }: PackedState): BlockedForm {
  return (node, { graph, values }) => {
    const members = membersOf(node.attrs["slot"] as string);
    const sizes = graph.int64(node.outputs.map(({ shape }) => sizeOf(shape)));
    const vector = values.natural(input(node, "vector"));
    const parts = graph.nodes("Split", [vector, sizes], { axis: 0 }, node.outputs.length);
    for (const [i, value] of node.outputs.entries()) {
      const part = parts[i] as string;
      if (isFilter(members[i] as string)) {
        values.setFilter(value, reshape(graph, part, heldFilter(value.shape as unknown as FilterShape)));
      } else values.setNatural(value, value.shape.length === 1 ? part : reshape(graph, part, value.shape));
    }
    return true;
  };
}

export function packing({ membersOf, isFilter }: PackedState): BlockedForm {
  return (node, { graph, values }) => {
    const members = membersOf(node.attrs["slot"] as string);
    const parts = (node.inputs["members"] as readonly Value[]).map((value, i) => {
      const held = isFilter(members[i] as string) ? values.filter(value) : values.natural(value);
      return value.shape.length === 1 ? held : reshape(graph, held, [sizeOf(value.shape)]);
    });
    values.setNatural(result(node), graph.node("Concat", parts, { axis: 0 }));
    return true;
  };
}
