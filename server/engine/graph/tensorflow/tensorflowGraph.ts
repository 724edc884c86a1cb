import type { Data, DType, Precision } from "../../program.ts";
import { GraphBuilder, type Operand } from "../graphBuilder.ts";
import {
  type AttrValue,
  type ElementType,
  elementType,
  encodeSavedModel,
  type NodeDef,
  shapeProto,
} from "./tensorflowSchema.ts";

/**
 * Numbers are int attributes, arrays lists of ints; floats and shapes are marked. A string that names an element type is a type
 * attribute, any other is a string.
 */
export type TensorflowAttribute =
  | number
  | boolean
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly shape: readonly number[] };

export interface NodePlace {
  /** The node's name; one is made from the scope and the op where it is absent. */
  readonly name?: string;
  /** Nodes that must have run before this one. */
  readonly after?: readonly string[];
}

/**
 * Builds one GraphDef. Within an entry, equal nodes and equal small constants are emitted once, so lowerings need not keep
 * track of them.
 */
export class TensorflowGraph extends GraphBuilder {
  /** Precision of the products of the entry being built. */
  precision: Precision = "float32";
  readonly #nodes: NodeDef[] = [];
  readonly #tables = new Map<string, string>();
  readonly #memo = new Map<string, string>();
  #pivot: string | undefined;

  constructor() {
    super("TensorFlow");
  }

  /** Appends a node and gives the name of its first output, unless an equal one is there. */
  node(
    op: string,
    inputs: readonly Operand[],
    attrs: Readonly<Record<string, TensorflowAttribute>> = {},
    place: NodePlace = {},
  ): string {
    const input = [
      ...inputs.map((operand) => this.name(operand)),
      ...(place.after ?? []).map((name) => `^${nodeOf(name)}`),
    ];
    const attr = Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, encode(value)]));
    return this.#append(op, input, attr, place.name, JSON.stringify([op, input, attrs]));
  }

  /** Appends a node with `count` outputs. */
  nodes(
    op: string,
    inputs: readonly Operand[],
    attrs: Readonly<Record<string, TensorflowAttribute>>,
    count: number,
  ): readonly string[] {
    const name = this.node(op, inputs, attrs);
    return Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}:${i}`));
  }

  bindTable(table: string, name: string): void {
    this.#tables.set(table, name);
  }

  /** Name of a table's words in this entry; see tables.ts. */
  table(table: string): string {
    const name = this.#tables.get(table);
    if (name === undefined) throw new Error(`the table ${table} has no tensor in the TensorFlow graph`);
    return name;
  }

  override constant(data: Data, shape: readonly number[], dtype: DType): string {
    const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tensor = {
      dtype: elementType[dtype],
      tensor_shape: shapeProto(shape),
      tensor_content: content.slice(),
    };
    const attr = { dtype: { type: elementType[dtype] }, value: { tensor } };
    const key = data.length > 4096 ? undefined : `${dtype}[${shape}]${content.join()}`;
    return this.#append("Const", [], attr, undefined, key);
  }

  /**
   * Nodes from here on, until undefined is given, run in each round of a loop. `pivot`, a node of the loop, puts constants in
   * it too. Nothing is shared with earlier nodes.
   */
  inLoop(pivot: string | undefined): void {
    this.#memo.clear();
    this.#pivot = pivot;
  }

  /** Ends an entry: later nodes share none with it, so that each entry has its own order. */
  endEntry(): void {
    this.inLoop(undefined);
    this.unbindAll();
    this.#tables.clear();
    this.scope = "";
    this.precision = "float32";
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  encode(): Uint8Array {
    return encodeSavedModel(this.#nodes);
  }

  /** What stands in the graph so far. */
  definitions(): readonly NodeDef[] {
    return this.#nodes;
  }

  #append(
    op: string,
    input: readonly string[],
    attr: NodeDef["attr"],
    wanted: string | undefined,
    key: string | undefined,
  ): string {
    const known = key === undefined || wanted !== undefined ? undefined : this.#memo.get(key);
    if (known !== undefined) return known;
    const prefix = this.scope && `${allowedName(this.scope)}/`;
    const name = wanted ?? `${prefix}${op}_${this.#nodes.length}`;
    const pivoted = this.#pivot !== undefined && input.length === 0 ? [`^${this.#pivot}`] : input;
    this.#nodes.push({ name, op, input: pivoted, attr });
    if (key !== undefined && wanted === undefined) this.#memo.set(key, name);
    return name;
  }
}

/** A node's name from one of its outputs' names. */
function nodeOf(output: string): string {
  return output.replace(/:\d+$/, "");
}

/** Node names are made of letters, digits and _ . - / and begin with a letter, a digit or a dot. */
export function allowedName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.\-/]/g, "_").replace(/^[^A-Za-z0-9.]/, "x$&");
}

function encode(value: TensorflowAttribute): AttrValue {
  if (typeof value === "number") return { i: value };
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "string")
    return value in elementType
      ? { type: elementType[value as ElementType] }
      : { s: new TextEncoder().encode(value) };
  if ("float" in value) return { f: value.float };
  if ("shape" in value) return { shape: shapeProto(value.shape) };
  return { list: { i: value } };
}
