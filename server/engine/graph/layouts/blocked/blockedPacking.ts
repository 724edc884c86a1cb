import { input, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
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
    const isBlocked = members.map(isFilter);
    const shapes = node.outputs.map(({ shape }, i) =>
      isBlocked[i] ? blockedFilterShape(shape as unknown as FilterShape) : shape,
    );
    const parts = ops.unpacked(values.natural(input(node, "vector")), shapes);
    for (const [i, value] of node.outputs.entries()) {
      if (isBlocked[i]) values.setFilter(value, parts[i] as Value);
      else values.setNatural(value, parts[i] as Value);
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
