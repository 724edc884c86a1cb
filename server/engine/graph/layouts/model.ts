import { bindConstant, readValues } from "../emit.ts";
import type { Value } from "../graph.ts";
import { OnnxGraph } from "../onnx/builder.ts";
import { inputName, outputName, slotName, updatedSlot } from "../slots.ts";
import { convert, type Stored, stored } from "./convert.ts";
import type { Plan } from "./form.ts";
import { heldShape, type Layout, NATURAL, sameLayout } from "./layout.ts";
import type { Planned } from "./plan.ts";

/** Emits a planned graph as an ONNX model. */
export function modelOf({ graph, layouts, plans }: Planned): Uint8Array {
  const onnx = new OnnxGraph();
  const values = new Values(onnx);
  const read = readValues(graph);
  for (const [name, value] of graph.inputs) {
    if (read.has(value))
      values.set(value, stored(NATURAL, onnx.input(inputName(name), value.dtype, value.shape)));
  }
  for (const [name, value] of graph.state) {
    if (!read.has(value)) continue;
    const layout = layouts.get(value) as Layout;
    values.set(
      value,
      stored(layout, onnx.input(slotName(name), value.dtype, heldShape(layout, value.shape))),
    );
  }
  for (const value of graph.constants.keys()) {
    bindConstant(graph, onnx, value);
    values.set(value, stored(NATURAL, onnx.name(value)));
  }
  for (const node of graph.nodes) {
    onnx.scope = node.scope ?? "";
    const { reads, emit } = plans.get(node) as Plan;
    const results = emit({ graph: onnx, read: (value) => values.as(value, reads.get(value) ?? NATURAL) });
    node.outputs.forEach((output, i) => {
      values.set(output, results[i] as Stored);
    });
  }
  onnx.scope = "";
  const give = (name: string, value: Value, layout: Layout): void => {
    const [tensor] = values.as(value, layout).tensors as readonly [string];
    onnx.output(name, tensor, value.dtype, heldShape(layout, value.shape));
  };
  for (const [name, value] of graph.outputs) give(outputName(name), value, NATURAL);
  for (const [name, value] of graph.updates) {
    give(updatedSlot(slotName(name)), value, layouts.get(graph.state.get(name) as Value) as Layout);
  }
  return onnx.encode({ name: graph.name });
}

/** The values that have been emitted so far, each in the layouts that were asked for. */
class Values {
  readonly #onnx: OnnxGraph;
  readonly #held = new Map<Value, Stored[]>();

  constructor(onnx: OnnxGraph) {
    this.#onnx = onnx;
  }

  set(value: Value, held: Stored): void {
    this.#held.set(value, [held]);
  }

  as(value: Value, layout: Layout): Stored {
    const held = this.#held.get(value);
    if (held === undefined)
      throw new Error(`value ${value.id} [${value.shape}] is read before it is computed`);
    const known = held.find((form) => sameLayout(form.layout, layout));
    if (known !== undefined) return known;
    const converted = convert(this.#onnx, value, held[0] as Stored, layout);
    held.push(converted);
    return converted;
  }
}
