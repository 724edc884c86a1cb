import type { Parts } from "../../compositions/imageRows.ts";
import type { Graph, Node, Value } from "../../graph.ts";
import { computedPositions } from "../computedPositions.ts";
import { findSupport } from "../support.ts";
import { type Arrangement, arrange } from "./arrangement.ts";
import { type Layout, NATURAL, type StateLayout } from "./layout.ts";
import { naturalPlan } from "./naturalPlan.ts";
import type { Plan } from "./planner.ts";
import { plannerOf } from "./planners.ts";

/** Which positions of the images of a graph are computed, and in what order. */
export function arrangeImages(graph: Graph): Arrangement {
  return arrange(graph, computedPositions(graph, findSupport(graph)));
}

/** How state is kept: the same for every entry of a program. */
export interface StateLayouts {
  layoutOf(state: string): StateLayout;
}

/** A graph with a layout for every value and a plan for every node. */
export interface Planned {
  readonly graph: Graph;
  readonly layouts: ReadonlyMap<Value, Layout>;
  readonly plans: ReadonlyMap<Node, Plan>;
}

/** Chooses layouts front to back: each node is planned for the layouts of its inputs. */
export function planLayouts(
  graph: Graph,
  {
    arrangement,
    state,
  }: {
    readonly arrangement: Arrangement;
    readonly state: StateLayouts;
  },
): Planned {
  const layouts = new Map<Value, Layout>();
  const plans = new Map<Node, Plan>();
  for (const [name, value] of graph.state) layouts.set(value, state.layoutOf(name));
  const context = {
    layoutOf: (value: Value): Layout => layouts.get(value) ?? NATURAL,
    partsOf: (value: Value): Parts => arrangement.get(value) as Parts,
  };
  for (const node of graph.nodes) {
    const plan = plannerOf(node)?.(node, context) ?? naturalPlan(node);
    plans.set(node, plan);
    node.outputs.forEach((output, i) => {
      layouts.set(output, plan.outputs[i] as Layout);
    });
  }
  return { graph, layouts, plans };
}
