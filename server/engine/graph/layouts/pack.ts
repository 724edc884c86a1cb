import type { Data } from "../../program.ts";
import { type Graph, type Node, producersOf, type Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { freshValue, sizeOf } from "../values.ts";

import { type Additions, asScaled, factorVector, type Scaled } from "./scaling.ts";
import { type UpdateGroup, worksOnMembers } from "./updateGroups.ts";

/** State tensors that are kept one after another in a vector. */
export interface Packing {
  readonly slot: string;
  readonly members: readonly string[];
}

/** One vector for each role in a group. */
export function packingsOf(groups: readonly UpdateGroup[]): Packing[] {
  const many = groups.filter((group) => group.length > 1);
  return many.flatMap((group) =>
    (group[0] as UpdateGroup[number]).map((first, role) => ({
      slot: `${first} and ${group.length - 1} more`,
      members: group.map((states) => states[role] as string),
    })),
  );
}

/**
 * The kernels, unknown to tfjs, that take a vector apart and put it together. The order of a member's elements in the vector is
 * up to the layout; vectors that are combined have their members in the same order.
 */
export const UNPACK = "UnpackState";
export const PACK = "PackState";

/**
 * Keeps members in one vector and updates them by one chain of kernels on it, as far as their updates are alike; the rest is
 * computed one by one and packed.
 */
export function packState(graph: Graph, packings: readonly Packing[]): Graph {
  const vectors = new Map<string, Value>(); // by slot
  const unpacking: Node[] = [];
  const state = new Map(graph.state);
  for (const { slot, members } of packings) {
    const values = members.map((name) => graph.state.get(name) as Value);
    const vector = freshValue([values.reduce((size, { shape }) => size + sizeOf(shape), 0)], "float32");
    for (const name of members) state.delete(name);
    state.set(slot, vector);
    vectors.set(slot, vector);
    unpacking.push({ kernel: UNPACK, inputs: { vector }, attrs: { slot }, outputs: values });
  }

  const updates = new Map(graph.updates);
  const added: Additions = { nodes: [], constants: new Map(graph.constants) };
  const chain = new Chain(graph, { packings, vectors, added });
  for (const { slot, members } of packings) {
    if (!members.some((name) => graph.updates.has(name))) continue;
    const values = members.map((name) => (graph.updates.get(name) ?? graph.state.get(name)) as Value);
    for (const name of members) updates.delete(name);
    updates.set(slot, chain.vectorOf(values, slot));
  }
  return {
    ...graph,
    state,
    updates,
    constants: added.constants,
    nodes: [...unpacking, ...graph.nodes, ...added.nodes],
  };
}

/** Emits kernels on whole vectors in the place of the same kernels on every member. */
class Chain {
  readonly #graph: Graph;
  readonly #producers: ReadonlyMap<Value, Node>;
  readonly #vectors = new Map<string, Value>(); // by the ids of the members' values
  readonly #states: ReadonlySet<Value>;
  readonly #added: Additions;

  constructor(
    graph: Graph,
    {
      packings,
      vectors,
      added,
    }: { packings: readonly Packing[]; vectors: ReadonlyMap<string, Value>; added: Additions },
  ) {
    this.#graph = graph;
    this.#added = added;
    this.#states = new Set(graph.state.values());
    this.#producers = producersOf(graph.nodes);
    for (const { slot, members } of packings) {
      this.#vectors.set(
        keyOf(members.map((name) => graph.state.get(name) as Value)),
        vectors.get(slot) as Value,
      );
    }
  }

  /** The vector of one value for each member. */
  vectorOf(values: readonly Value[], slot: string): Value {
    const key = keyOf(values);
    const known = this.#vectors.get(key);
    if (known !== undefined) return known;
    const vector = freshValue([values.reduce((size, { shape }) => size + sizeOf(shape), 0)], "float32");
    const node =
      this.#together(values, slot, vector) ??
      this.#scaled(values, slot, vector) ??
      this.#packed(values, slot, vector);
    this.#added.nodes.push(node);
    this.#vectors.set(key, vector);
    return vector;
  }

  /** Members of which some are multiplied by a scalar: one multiplication by a vector of factors. */
  #scaled(values: readonly Value[], slot: string, vector: Value): Node | undefined {
    const members: Scaled[] = [];
    for (const value of values) {
      const producer = this.#producers.get(value);
      const member = asScaled(value, { producer, isState: (input) => this.#states.has(input) });
      if (member === undefined) return undefined;
      members.push(member);
    }
    if (members.every(({ factor }) => factor === undefined)) return undefined;
    const factors = factorVector(members, this.#added);
    if (factors === undefined) return undefined;
    const state = this.vectorOf(
      members.map(({ state }) => state),
      slot,
    );
    return { kernel: "Multiply", inputs: { a: state, b: factors }, attrs: {}, outputs: [vector] };
  }

  #packed(values: readonly Value[], slot: string, vector: Value): Node {
    return { kernel: PACK, inputs: { members: values }, attrs: { slot }, outputs: [vector] };
  }

  /** One node for all members, if the same kernel makes each value. */
  #together(values: readonly Value[], slot: string, vector: Value): Node | undefined {
    const nodes = values.map((value) => this.#producers.get(value));
    const first = nodes[0];
    if (first === undefined) return undefined;
    const alike = nodes.every(
      (node, i) =>
        node?.kernel === first.kernel &&
        JSON.stringify(node.attrs) === JSON.stringify(first.attrs) &&
        inputValues(node.inputs).length === inputValues(first.inputs).length &&
        worksOnMembers(node, values[i] as Value) &&
        node.outputs[0]?.dtype === "float32",
    );
    if (!alike) return undefined;
    const columns = inputValues(first.inputs).map((_, j) =>
      nodes.map((node) => inputValues((node as Node).inputs)[j] as Value),
    );
    if (!columns.every((column) => this.#isMembers(column) || this.#isOneScalar(column))) return undefined;
    const inputs = columns.map((column) =>
      this.#isMembers(column) ? this.vectorOf(column, slot) : (column[0] as Value),
    );
    return { ...first, inputs: named(first, inputs), outputs: [vector] };
  }

  #isMembers(column: readonly Value[]): boolean {
    return column.every(({ shape, dtype }) => sizeOf(shape) > 1 && dtype === "float32");
  }

  #isOneScalar(column: readonly Value[]): boolean {
    const [first] = column as readonly [Value];
    if (sizeOf(first.shape) !== 1 || first.shape.length > 1) return false; // a higher rank would be the result's too
    const number = this.#graph.constants.get(first)?.[0];
    return column.every(
      (value) =>
        value === first || (number !== undefined && isNumber(this.#graph.constants.get(value), number)),
    );
  }
}

const isNumber = (data: Data | undefined, number: number): boolean =>
  data?.length === 1 && data[0] === number;

const keyOf = (values: readonly Value[]): string => values.map(({ id }) => id).join();

/** Groups values under the names and lists of a node's inputs. */
function named(node: Node, values: readonly Value[]): Node["inputs"] {
  const rest = [...values];
  return Object.fromEntries(
    Object.entries(node.inputs).map(([name, given]) => [
      name,
      Array.isArray(given) ? rest.splice(0, given.length) : (rest.shift() as Value),
    ]),
  );
}
