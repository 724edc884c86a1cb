import type { Value } from "../../graph.ts";
import { type ParameterStates, statesBeside } from "../parameterStates.ts";
import { isStateLayout, type Layout, NATURAL, type StateLayout } from "./layout.ts";
import type { Planned, StateLayouts } from "./planLayouts.ts";

/**
 * Finds a layout for each state tensor: plans the entries with all state natural, adopts the layouts that they convert state
 * to, and plans again until nothing changes. Where entries differ, the first decides and the others convert. The states of a
 * parameter share one layout, so that they can be combined element by element.
 */
export function settleState(
  parameters: readonly ParameterStates[],
  planAll: (state: StateLayouts) => readonly Planned[],
): { readonly state: StateLayouts; readonly planned: readonly Planned[] } {
  const settled = new Map<string, StateLayout>();
  const beside = statesBeside(parameters);
  const state: StateLayouts = { layoutOf: (name) => settled.get(name) ?? NATURAL };
  while (true) {
    const planned = planAll(state);
    const before = settled.size;
    for (const entry of planned) {
      for (const { name, layout } of wishes(entry)) {
        if (settled.has(name) || layout.kind === "natural" || !isStateLayout(layout)) continue;
        for (const member of beside(name)) settled.set(member, layout);
      }
    }
    if (settled.size === before) return { state, planned };
  }
}

interface Wish {
  readonly name: string;
  readonly layout: Layout;
}

/** In which layouts state tensors are read, and in which their updates come out. */
function wishes({ graph, layouts, plans }: Planned): Wish[] {
  const stateOf = new Map<Value, string>([...graph.state].map(([name, value]) => [value, name]));
  const wanted: Wish[] = [];
  for (const node of graph.nodes) {
    for (const [value, layout] of plans.get(node)?.reads ?? []) {
      const name = stateOf.get(value);
      if (name !== undefined) wanted.push({ name, layout });
    }
  }
  for (const [name, value] of graph.updates) wanted.push({ name, layout: layouts.get(value) ?? NATURAL });
  return wanted;
}
