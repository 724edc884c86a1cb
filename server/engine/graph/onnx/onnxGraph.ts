import type { Data, DType } from "../../program.ts";
import { GraphBuilder, type Operand } from "../graphBuilder.ts";
import {
  type AttributeProto,
  attributeType,
  type ElementType,
  elementType,
  encodeModel,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnxSchema.ts";

/** ONNX operators of the standard domain are written against this version. */
const opset = 18;

/** Numbers are int attributes and arrays are ints; floats are marked, because ONNX does not convert between the two. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | undefined;

type ConstantData = Data | BigInt64Array;
/** A dimension is a size, or a name for one that is known only when the model runs. */
export type Dimension = number | string;

/**
 * Builds one ONNX graph. Equal nodes and equal small constants are emitted once, so lowerings need not keep track of them.
 */
export class OnnxGraph extends GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #memo = new Map<string, string[]>();
  readonly #initializers: TensorProto[] = [];
  readonly #constants = new Map<string, string>();
  readonly #domains = new Map<string, number>([["", opset]]);
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: (ValueInfoProto & { readonly from: string })[] = [];

  constructor() {
    super("ONNX");
  }

  /** Appends a node with one output and gives the output's name. Absent optional inputs are undefined. */
  node(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attrs: Record<string, OnnxAttribute> = {},
  ): string {
    return this.nodes(op, inputs, attrs, 1)[0] as string;
  }

  /** Appends a node with `count` outputs. */
  nodes(
    op: string,
    inputs: readonly (Operand | undefined)[],
    attrs: Record<string, OnnxAttribute>,
    count: number,
    domain: { readonly name: string; readonly version: number } = { name: "", version: opset },
  ): readonly string[] {
    const input = inputs.map((operand) => (operand === undefined ? "" : this.name(operand)));
    const key = JSON.stringify([domain.name, op, input, attrs]);
    const known = this.#memo.get(key);
    if (known) {
      // The same node with more outputs: extend it.
      while (known.length < count) known.push(`${known[0]}.${known.length}`);
      return known;
    }
    this.#domains.set(domain.name, domain.version);
    const name = `${this.scope}${this.scope && "/"}${op}_${this.#nodes.length}`;
    const output = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    const attribute = Object.entries(attrs).flatMap(([key, value]) => encodeAttribute(key, value));
    this.#nodes.push({ op_type: op, domain: domain.name, name, input, output, attribute });
    this.#memo.set(key, output);
    return output;
  }

  /** An int64 constant; ONNX takes axes, shapes and indices as int64. */
  int64(values: number | ArrayLike<number>, shape?: readonly number[]): string {
    const list = typeof values === "number" ? [values] : Array.from(values);
    const data = BigInt64Array.from(list, BigInt);
    return this.constant(data, shape ?? (typeof values === "number" ? [] : [data.length]), "int64");
  }

  override constant(data: ConstantData, dims: readonly number[], type: ElementType, name?: string): string {
    const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = data.length > 4096 || name !== undefined ? undefined : `${type}[${dims}]${data.join()}`;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const fresh = name ?? `constant_${this.#initializers.length}`;
    this.#initializers.push({ name: fresh, dims, data_type: elementType[type], raw_data });
    if (key !== undefined) this.#constants.set(key, fresh);
    return fresh;
  }

  input(name: string, dtype: DType | "int64", shape: readonly Dimension[], doc?: string): string {
    this.#inputs.push(valueInfo(name, dtype, shape, doc));
    return name;
  }

  output(name: string, from: Operand, dtype: DType, shape: readonly Dimension[], doc?: string): void {
    this.#outputs.push({ ...valueInfo(name, dtype, shape, doc), from: this.name(from) });
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  encode(about: { readonly name: string; readonly doc?: string }): Uint8Array {
    return encodeModel(this.model(about));
  }

  model({
    name,
    doc,
    metadata = {},
  }: {
    readonly name: string;
    readonly doc?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  }): ModelProto {
    if (this.#outputs.length === 0)
      throw new Error(`The graph ${name} has no outputs, so no runtime loads it.`);
    const { nodes, outputs } = nameOutputs(this.#nodes, this.#outputs);
    return {
      ir_version: 8,
      producer_name: "distillery",
      ...(doc === undefined ? {} : { doc_string: doc }),
      opset_import: [...this.#domains].map(([domain, version]) => ({ domain, version })),
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name,
        node: endsLast(nodes),
        initializer: this.#initializers,
        input: this.#inputs,
        output: outputs,
      },
    };
  }
}

/**
 * Gives each output's producer the output's name, because an Identity node would copy the tensor. Only an output that
 * is an input, a constant or a second name of the same tensor needs one.
 */
function nameOutputs(
  nodes: readonly NodeProto[],
  outputs: readonly (ValueInfoProto & { readonly from: string })[],
): { nodes: NodeProto[]; outputs: ValueInfoProto[] } {
  const produced = new Set(nodes.flatMap((node) => node.output));
  const renamed = new Map<string, string>();
  const copies: NodeProto[] = [];
  for (const { name, from } of outputs) {
    if (produced.has(from) && !renamed.has(from)) renamed.set(from, name);
    else {
      const input = [renamed.get(from) ?? from];
      copies.push({
        op_type: "Identity",
        domain: "",
        name: `output/${name}`,
        input,
        output: [name],
        attribute: [],
      });
    }
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  return {
    nodes: [
      ...nodes.map((node) => ({ ...node, input: node.input.map(rename), output: node.output.map(rename) })),
      ...copies,
    ],
    outputs: outputs.map(({ from: _, ...info }) => info),
  };
}

/**
 * Nodes that no other reads come at the end, the last first. ONNX Runtime begins with the last of them and what it depends on, so
 * that it computes a weight's gradient as soon as its operands are there, not behind all of the backward pass, when they have long
 * left the caches and kept their memory for nothing.
 */
function endsLast(nodes: readonly NodeProto[]): readonly NodeProto[] {
  const read = new Set(nodes.flatMap(({ input }) => input));
  const isEnd = ({ output }: NodeProto) => !output.some((name) => read.has(name));
  return [...nodes.filter((node) => !isEnd(node)), ...nodes.filter(isEnd).reverse()];
}

function encodeAttribute(name: string, value: OnnxAttribute): AttributeProto[] {
  if (value === undefined) return [];
  if (typeof value === "number") return [{ name, type: attributeType.int, i: value }];
  if (typeof value === "string")
    return [{ name, type: attributeType.string, s: new TextEncoder().encode(value) }];
  if ("float" in value) return [{ name, type: attributeType.float, f: value.float }];
  if ("floats" in value) return [{ name, type: attributeType.floats, floats: value.floats }];
  return [{ name, type: attributeType.ints, ints: value }];
}

function valueInfo(
  name: string,
  dtype: DType | "int64",
  shape: readonly Dimension[],
  doc?: string,
): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dim_value: size } : { dim_param: size }));
  const type = { tensor_type: { elem_type: elementType[dtype], shape: { dim } } };
  return { name, type, ...(doc === undefined ? {} : { doc_string: doc }) };
}
