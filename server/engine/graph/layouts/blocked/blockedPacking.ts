import { input, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { sizeOf } from "../../values.ts";
import { blockedFilterShape, type FilterShape } from "./blockedFilter.ts";
import type { BlockedLowering } from "./blockedLowering.ts";

export interface PackedState {
  /** The state tensors in the vector of a slot. */
  readonly membersOf: (slot: string) => readonly string[];
  /** Whether a state tensor is kept as a filter in blocks. */
  readonly isFilter: (state: string) => boolean;
}

/** A vector is split into state tensors, each with its elements in the order in which it is kept. */
export function unpacking({ membersOf, isFilter }: PackedState): BlockedLowering {
  return (node, { ops, values }) => {
    const members = membersOf(node.attrs["slot"] as string);
    const sizes = node.outputs.map(({ shape }) => sizeOf(shape));
    const parts = ops.split(values.natural(input(node, "vector")), sizes);
    for (const [i, value] of node.outputs.entries()) {
      const part = parts[i] as Value;
      if (isFilter(members[i] as string))
        values.setFilter(value, ops.reshape(part, blockedFilterShape(value.shape as unknown as FilterShape)));
      else values.setNatural(value, value.shape.length === 1 ? part : ops.reshape(part, value.shape));
    }
    return true;
  };
}

export function packing({ membersOf, isFilter }: PackedState): BlockedLowering {
  return (node, { ops, values }) => {
    const members = membersOf(node.attrs["slot"] as string);
    const parts = (node.inputs["members"] as readonly Value[]).map((value, i) =>
      isFilter(members[i] as string) ? values.filter(value) : values.natural(value),
    );
    values.setNatural(output(node), ops.packed(parts));
    return true;
  };
}
