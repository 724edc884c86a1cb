import { sizeOf } from "../../../sizeOf.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { producersOf } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { type ParameterStates, parametersOf, worksOnMembers } from "../layouts/parameterStates.ts";
import { deadCode } from "../passes/deadCode.ts";
import type { LowerOptions } from "../slots.ts";
import { freshValue } from "../values.ts";
import type { InPlaceUpdate, ParameterUpdate } from "./inPlaceUpdate.ts";
import { hasLanes } from "./laneKernels.ts";

/** A program of which the state tensors of each parameter are known, and updates may have been taken out. */
export interface Split {
  /** What is left to the runtime. What an update starts from is state that these graphs fill. */
  readonly graphs: readonly Graph[];
  readonly updates: readonly InPlaceUpdate[];
  /** Those that are updated in place have what their update starts from, too, which lies in the same order. */
  readonly parameters: readonly ParameterStates[];
}

/** WebAssembly addresses four gigabytes. */
const mostBytes = 0.95 * 2 ** 32;

/** Takes the updates that work element by element out of the graphs of a program, if they may be made in place. */
export function splitUpdates(graphs: readonly Graph[], { inPlace = false }: LowerOptions = {}): Split {
  const all = parametersOf(graphs);
  const nothingSplit: Split = { graphs, updates: [], parameters: all };
  if (!inPlace) return nothingSplit;
  const found = updatedInPlace(graphs, all);
  const bytes = found.reduce((sum, { states, size }) => sum + 4 * size * (states.length + 1), 0);
  if (found.length === 0 || bytes > mostBytes) return nothingSplit;
  const parts = graphs.map((graph) =>
    splitGraph(
      graph,
      found.flatMap(({ each }) => each.get(graph) ?? []),
    ),
  );
  const parameters = found.map(({ states, each }) => {
    const changes = new Set([...each.values()].flatMap(({ given }) => [...given.keys()]));
    return [...states, ...changes];
  });
  const filled = parameters.flatMap((names) =>
    names.slice(1).map((name) => ({ name, like: names[0] as string })),
  );
  const scalars = parts.flatMap(({ update }) => [...(update?.scalars ?? [])]);
  const withChanges = parts.map(({ rest }): Graph => {
    const state = new Map(rest.state);
    for (const { name, like } of filled)
      if (!state.has(name)) state.set(name, freshValue((state.get(like) as Value).shape, "float32"));
    for (const [{ shape }, from] of scalars)
      if ("change" in from) state.set(from.change, freshValue(shape, "float32"));
    return { ...rest, state };
  });
  const taken = new Set(parameters.flat());
  const others = all.filter((states) => !states.some((name) => taken.has(name)));
  return {
    graphs: withChanges,
    updates: parts.flatMap(({ update }) => update ?? []),
    parameters: [...others, ...parameters],
  };
}

interface Found extends Omit<ParameterUpdate, "sums"> {
  /** What the runtime's graph computes, by the name of the change. */
  readonly given: ReadonlyMap<string, Value>;
  /** What follows, element by element, from the arrays. */
  readonly computed: ReadonlySet<Value>;
}

/** A parameter that is updated in place in each graph that updates it. */
interface FoundParameter {
  readonly states: ParameterStates;
  readonly size: number;
  readonly each: ReadonlyMap<Graph, Found>;
}

function updatedInPlace(graphs: readonly Graph[], all: readonly ParameterStates[]): FoundParameter[] {
  const sizeOfEach = ([name]: ParameterStates) => sizeOf(graphs[0]?.state.get(name as string)?.shape ?? []);
  const find = (states: ParameterStates, isScalar: (graph: Graph) => IsScalar): FoundParameter[] => {
    const updating = graphs.filter(({ updates }) => states.some((name) => updates.has(name)));
    const each = updating.flatMap((graph) => {
      const update = parameterUpdate(graph, states, isScalar(graph));
      return update === undefined ? [] : [[graph, update] as const];
    });
    return each.length < updating.length ? [] : [{ states, size: sizeOfEach(states), each: new Map(each) }];
  };
  const isOne = (states: ParameterStates) => sizeOfEach(states) === 1;
  const large = all.filter((states) => !isOne(states)).flatMap((states) => find(states, () => isSizeOne));
  // What those read as scalars, such as what gradients are clipped by, is one to a parameter of one element, too.
  const scalarIn = memo((graph: Graph): IsScalar => {
    const shared = new Set(large.flatMap(({ each }) => [...(each.get(graph)?.scalars ?? [])]));
    const isSettled = settledIn(graph);
    return (value) => shared.has(value) || isSettled(value);
  });
  return [...large, ...all.filter(isOne).flatMap((states) => find(states, scalarIn))];
}

/** Whether the update of a parameter takes a value as one number, rather than as an element of the parameter. */
type IsScalar = (value: Value) => boolean;

const isSizeOne: IsScalar = ({ shape }) => sizeOf(shape) === 1;

/** Whether a value follows from constants and from single numbers that a graph is fed, as a learning rate does. */
function settledIn({ nodes, inputs, constants }: Graph): IsScalar {
  const producers = producersOf(nodes);
  const fed = new Set(inputs.values());
  return memo((value: Value, again: IsScalar): boolean => {
    const node = producers.get(value);
    return (
      isSizeOne(value) &&
      (constants.has(value) ||
        fed.has(value) ||
        (node !== undefined && inputValues(node.inputs).every((input) => again(input))))
    );
  });
}

/** How a parameter is updated; undefined where the runtime does that better. */
function parameterUpdate(graph: Graph, states: readonly string[], isScalar: IsScalar): Found | undefined {
  const updates = new Map(
    states.flatMap((name) => {
      const value = graph.updates.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const [member] = [...updates.values()] as [Value];
  const producers = producersOf(graph.nodes);
  const names = new Map(states.map((name) => [graph.state.get(name) as Value, name]));
  const arrays = new Map<Value, string>();
  const given = new Map<string, Value>();
  const scalars = new Set<Value>();
  const computed = new Set<Value>();
  const isWhole = (value: Value) => !isScalar(value);
  const fromState = memo((value: Value, again: (value: Value) => boolean): boolean => {
    if (names.has(value)) return true;
    const node = producers.get(value);
    return node !== undefined && works(node, member) && inputValues(node.inputs).filter(isWhole).some(again);
  });
  const visit = (value: Value): void => {
    if (arrays.has(value) || computed.has(value)) return;
    const node = producers.get(value);
    const name = names.get(value);
    if (!isWhole(value)) scalars.add(value);
    else if (name !== undefined) arrays.set(value, name);
    else if (node !== undefined && works(node, member) && (fromState(value) || readsOne(node))) {
      computed.add(value);
      inputValues(node.inputs).forEach(visit);
    } else {
      const change = `change ${given.size} of ${states[0]}`;
      arrays.set(value, change);
      given.set(change, value);
    }
  };
  const readsOne = (node: Node) => inputValues(node.inputs).filter(isWhole).length === 1;
  for (const value of updates.values()) visit(value);
  // An update that is computed elsewhere would only be copied here, and each thing that is given is one more pass.
  if ([...updates.values()].some((value) => !computed.has(value)) || given.size > 2) return undefined;
  return { size: sizeOf(member.shape), arrays, updates, given, scalars, computed };
}

const works = (node: Node, member: Value): boolean => hasLanes(node) && worksOnMembers(node, member);

function splitGraph(
  graph: Graph,
  parameters: readonly Found[],
): { readonly rest: Graph; readonly update?: InPlaceUpdate } {
  if (parameters.length === 0) return { rest: graph };
  const producers = producersOf(graph.nodes);
  let sums = graph.nodes.filter((node) =>
    parameters.some((parameter) => isSumOver(node, parameter, producers)),
  );
  const elements = new Set(parameters.flatMap(({ computed }) => [...computed]));
  while (true) {
    const followed = following(sums, graph.nodes, elements);
    const scalars = givenScalars(graph, { parameters, followed, producers });
    const rest = without(graph, { parameters, followed, scalars });
    const needed = new Set(rest.nodes);
    const ours = sums.filter((node) => !needed.has(node));
    if (ours.length < sums.length) {
      sums = ours; // What the runtime has to sum anyway it sums for all.
      continue;
    }
    const outputs = new Map([...graph.outputs].filter(([, value]) => followed.has(value)));
    const { name: entry, constants } = graph;
    const owners = new Map(
      sums.map((node) => [node, parameters.find((one) => isSumOver(node, one, producers))]),
    );
    const withSums = parameters.map((one) => ({
      ...one,
      sums: sums.filter((node) => owners.get(node) === one),
    }));
    const changes = [...rest.updates.keys()].filter((name) => !graph.state.has(name));
    return {
      rest,
      update: { entry, parameters: withSums, scalars, changes, outputs, producers, constants },
    };
  }
}

/** The sum of all elements of something that follows, element by element, from what the update of a parameter reads. */
function isSumOver(node: Node, { arrays }: Found, producers: ReadonlyMap<Value, Node>): boolean {
  const [output] = node.outputs as [Value];
  const x = node.inputs["x"] as Value;
  if (node.kernel !== "Sum" || !isSizeOne(output)) return false;
  const follows = (value: Value): boolean => {
    if (arrays.has(value)) return true;
    const producer = producers.get(value);
    const inputs = producer === undefined ? [] : inputValues(producer.inputs);
    return producer !== undefined && inputs.length > 0 && works(producer, x) && inputs.every(follows);
  };
  return follows(x);
}

/** The sums and the scalars that follow from them, without the elements of parameters that do. */
function following(sums: readonly Node[], nodes: readonly Node[], elements: ReadonlySet<Value>): Set<Value> {
  const followed = new Set(sums.flatMap(({ outputs }) => outputs));
  for (const node of nodes) {
    const [output] = node.outputs as [Value];
    const isScalar = isSizeOne(output) && !elements.has(output) && inputValues(node.inputs).every(isSizeOne);
    if (isScalar && hasLanes(node) && inputValues(node.inputs).some((input) => followed.has(input)))
      followed.add(output);
  }
  return followed;
}

interface Parts {
  readonly parameters: readonly Found[];
  readonly followed: ReadonlySet<Value>;
}

/** The scalars that updates read and that follow from no sum. */
function givenScalars(
  graph: Graph,
  { parameters, followed, producers }: Parts & { readonly producers: ReadonlyMap<Value, Node> },
): InPlaceUpdate["scalars"] {
  const inputs = new Map([...graph.inputs].map(([name, value]) => [value, name]));
  const sums = (value: Value) => producers.get(value)?.kernel === "Sum";
  const read = [
    ...parameters.flatMap(({ scalars }) => [...scalars]),
    ...[...followed].flatMap((value) =>
      sums(value) ? [] : inputValues((producers.get(value) as Node).inputs),
    ),
  ];
  const given = new Set(read.filter((value) => !followed.has(value) && !graph.constants.has(value)));
  return new Map(
    [...given].map((value, i) => {
      const input = inputs.get(value);
      return [value, input === undefined ? { change: `scalar ${i} of ${graph.name}` } : { input }] as const;
    }),
  );
}

/** The graph that gives changes and scalars in the place of updates and of what follows from sums. */
function without(
  graph: Graph,
  { parameters, followed, scalars }: Parts & Pick<InPlaceUpdate, "scalars">,
): Graph {
  const outputs = new Map([...graph.outputs].filter(([, value]) => !followed.has(value)));
  const updates = new Map(graph.updates);
  for (const [value, from] of scalars) if ("change" in from) updates.set(from.change, value);
  for (const { updates: ours, given } of parameters) {
    for (const name of ours.keys()) updates.delete(name);
    for (const [name, value] of given) updates.set(name, value);
  }
  return deadCode({ ...graph, outputs, updates });
}

function memo<Key, Result>(compute: (key: Key, again: (key: Key) => Result) => Result): (key: Key) => Result {
  const known = new Map<Key, Result>();
  const again = (key: Key): Result => {
    if (known.has(key)) return known.get(key) as Result;
    const result = compute(key, again);
    known.set(key, result);
    return result;
  };
  return again;
}
