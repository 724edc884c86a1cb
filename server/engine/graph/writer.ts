import type { Data, TensorSpec } from "../program.ts";
import type { GraphWriter } from "./compositions/operations.ts";
import type { Attributes, Graph, Node, Value } from "./graph.ts";
import { type NodeInputs, outputSpecs } from "./kernel.ts";
import { primitive } from "./kernels.ts";
import { freshValue } from "./values.ts";

/** The nodes and constants of a graph that is being written. */
export class Writer implements GraphWriter {
  readonly nodes: Node[] = [];
  readonly constants: Map<Value, Data>;
  /** Of the nodes that are emitted. */
  scope: string | undefined;
  readonly #producers = new Map<Value, Node>();
  readonly #equals: Equals | undefined;

  /** @param merges whether equal nodes are computed once */
  constructor(constants: Graph["constants"], { merges = false }: { readonly merges?: boolean } = {}) {
    this.constants = new Map(constants);
    this.#equals = merges ? new Equals(constants) : undefined;
  }

  producer(value: Value): Node | undefined {
    return this.#producers.get(value);
  }

  /** Gives the outputs of an equal node that is there already, or of this one. */
  append(node: Node): readonly Value[] {
    const earlier = this.#equals?.earlier(node);
    if (earlier) return earlier.outputs;
    this.nodes.push(node);
    for (const output of node.outputs) this.#producers.set(output, node);
    return node.outputs;
  }

  emit(kernel: string, inputs: NodeInputs, given: Attributes = {}): Value {
    const entry = primitive(kernel);
    const attrs = entry.canonical?.(inputs, given) ?? given;
    return this.emitAs(kernel, inputs, attrs, outputSpecs(entry, inputs, attrs))[0] as Value;
  }

  emitAs(
    kernel: string,
    inputs: NodeInputs,
    attrs: Attributes,
    outputs: readonly TensorSpec[],
  ): readonly Value[] {
    const made = outputs.map(({ shape, dtype }) => freshValue(shape, dtype));
    const scope = this.scope === undefined ? {} : { scope: this.scope };
    return this.append({ kernel, inputs, attrs, outputs: made, ...scope });
  }

  addConstant(shape: readonly number[], data: Data): Value {
    const dtype = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "bool";
    const value = freshValue(shape, dtype);
    this.constants.set(value, data);
    this.#equals?.addConstant(value, data);
    return value;
  }
}

/** Finds nodes that compute the same. */
class Equals {
  readonly #nodes = new Map<string, Node>();
  readonly #constants = new Map<string, Value>();
  readonly #first = new Map<Value, Value>(); // of the small constants with the same contents

  constructor(constants: Graph["constants"]) {
    for (const [value, data] of constants) this.addConstant(value, data);
  }

  addConstant(value: Value, data: Data): void {
    if (data.length > 64) return;
    const key = `${value.dtype}[${value.shape}]${data.join()}`;
    const known = this.#constants.get(key);
    if (known) this.#first.set(value, known);
    else this.#constants.set(key, value);
  }

  /** An equal node seen before; else remembers this one. */
  earlier(node: Node): Node | undefined {
    const key = this.#keyOf(node);
    const earlier = this.#nodes.get(key);
    if (!earlier) this.#nodes.set(key, node);
    return earlier;
  }

  #keyOf({ kernel, inputs, attrs, outputs }: Node): string {
    const operands = Object.entries(inputs).map(([name, input]) => {
      const values = Array.isArray(input) ? input : [input as Value];
      return [name, ...values.map((value: Value) => (this.#first.get(value) ?? value).id)];
    });
    const sorted = Object.entries(attrs).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([kernel, operands, sorted, outputs.map(({ shape, dtype }) => [shape, dtype])]);
  }
}
