import { type Operations, operationsOf } from "../../compositions/operations.ts";
import type { Graph, Value } from "../../graph.ts";
import { freshValue } from "../../values.ts";
import { Writer } from "../../writer.ts";
import { convert, type Stored, stored } from "./convertLayout.ts";
import { type Layout, NATURAL, sameLayout, shapeIn } from "./layout.ts";
import type { Planned } from "./planLayouts.ts";
import type { Plan } from "./planner.ts";

/** The graph that executes the plans, on tensors in the chosen layouts. */
export function applyPlans({ graph, layouts, plans }: Planned): Graph {
  const writer = new Writer(graph.constants);
  const ops = operationsOf(writer);
  const values = new StoredValues(ops);
  for (const value of [...graph.inputs.values(), ...graph.constants.keys()])
    values.set(value, stored(NATURAL, value));
  const state = new Map<string, Value>();
  for (const [name, value] of graph.state) {
    const layout = layouts.get(value) as Layout;
    const tensor = freshValue(shapeIn(layout, value.shape), value.dtype);
    state.set(name, tensor);
    values.set(value, stored(layout, tensor));
  }
  for (const node of graph.nodes) {
    writer.scope = node.scope;
    const { reads, emit } = plans.get(node) as Plan;
    const results = emit({ ops, read: (value) => values.as(value, reads.get(value) ?? NATURAL) });
    node.outputs.forEach((output, i) => {
      values.set(output, results[i] as Stored);
    });
  }
  writer.scope = undefined;
  const given = (value: Value, layout: Layout): Value => values.as(value, layout).tensors[0] as Value;
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, given(value, NATURAL)]));
  const updates = new Map(
    [...graph.updates].map(([name, value]) => {
      const layout = layouts.get(graph.state.get(name) as Value) as Layout;
      return [name, given(value, layout)];
    }),
  );
  return { ...graph, state, constants: writer.constants, nodes: writer.nodes, outputs, updates };
}

/** The values computed so far, each in the layouts that plans have read. */
class StoredValues {
  readonly #ops: Operations;
  readonly #stored = new Map<Value, Stored[]>();

  constructor(ops: Operations) {
    this.#ops = ops;
  }

  set(value: Value, as: Stored): void {
    this.#stored.set(value, [as]);
  }

  as(value: Value, layout: Layout): Stored {
    const all = this.#stored.get(value);
    if (all === undefined)
      throw new Error(`value ${value.id} [${value.shape}] is read before it is computed`);
    const known = all.find((one) => sameLayout(one.layout, layout));
    if (known !== undefined) return known;
    const converted = convert(this.#ops, value, all[0] as Stored, layout);
    all.push(converted);
    return converted;
  }
}
