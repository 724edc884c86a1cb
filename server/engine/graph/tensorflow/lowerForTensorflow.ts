import type { Data, Program, TensorSpec } from "../../program.ts";
import type { Graph, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { primitive } from "../kernels.ts";
import { optimise } from "../passes/optimise.ts";
import { once, repeated } from "./rounds.ts";
import { tableShape } from "./tables.ts";
import { allowedName, TensorflowGraph } from "./tensorflowGraph.ts";

/** Names of tensors in the model's one graph. */
interface EntryNames {
  readonly feeds: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  /** Fetching it makes the entry's updates, whether it has outputs or not. */
  readonly done: string;
  /** Fed with the number of rounds; absent where there is one. */
  readonly times?: string | undefined;
}

export interface VariableNames {
  readonly handle: string;
  /** Fetched, it gives the current value. */
  readonly read: string;
  /** Fed with a new value, when `written` is fetched. */
  readonly feed: string;
  readonly written: string;
}

/** A program as one TensorFlow graph: all entries, and the session's variables that they share. */
export interface TensorflowModel {
  /** A SavedModel's saved_model.pb, with the one tag `graphTag`. */
  readonly savedModel: Uint8Array;
  readonly state: ReadonlyMap<string, VariableNames>;
  /** Of words, as `tableWords` makes them. */
  readonly tables: ReadonlyMap<string, VariableNames>;
  readonly entries: ReadonlyMap<string, EntryNames>;
}

export function lowerToTensorflow(
  graphs: readonly Graph[],
  { tables: tableSpecs = {} }: Pick<Program, "tables"> = {},
): TensorflowModel {
  const tensorflow = new TensorflowGraph();
  const state = new Map(
    [...(graphs[0]?.state ?? [])].map(([name, value], i) => [
      name,
      lowerVariable(tensorflow, value, `state/${i}`),
    ]),
  );
  const tables = new Map(
    Object.entries(tableSpecs).map(([name, spec], i) => [
      name,
      lowerVariable(tensorflow, { shape: tableShape(spec), dtype: "float32" }, `table/${i}`),
    ]),
  );
  const entries = new Map(
    graphs.map((graph, i) => [
      graph.name,
      lowerEntry(tensorflow, optimise(graph), { state, tables, prefix: `entry/${i}` }),
    ]),
  );
  return { savedModel: tensorflow.encode(), state, tables, entries };
}

function lowerVariable(graph: TensorflowGraph, { shape, dtype }: TensorSpec, prefix: string): VariableNames {
  const handle = graph.node(
    "VarHandleOp",
    [],
    { dtype, shape: { shape }, shared_name: prefix.replace("/", "_"), container: "" },
    { name: prefix },
  );
  const read = graph.node("ReadVariableOp", [handle], { dtype }, { name: `${prefix}/read` });
  const feed = graph.node("Placeholder", [], { dtype, shape: { shape } }, { name: `${prefix}/feed` });
  const assign = graph.node("AssignVariableOp", [handle, copied(graph, feed, dtype)], { dtype });
  const written = graph.node(
    "Identity",
    [graph.float32(0)],
    { T: "float32" },
    { name: `${prefix}/written`, after: [assign] },
  );
  return { handle, read, feed, written };
}

function lowerEntry(
  tensorflow: TensorflowGraph,
  graph: Graph,
  { state, tables, prefix }: Pick<TensorflowModel, "state" | "tables"> & { readonly prefix: string },
): EntryNames {
  tensorflow.endEntry();
  const rounds = graph.repeats ? repeated(tensorflow, prefix, graph.outputs) : once(tensorflow, prefix);
  const feeds = new Map<string, string>();
  for (const [name, value] of graph.inputs) {
    const feed = `${prefix}/feed/${feeds.size}`;
    tensorflow.bind(value, rounds.feed(feed, value));
    feeds.set(name, feed);
  }
  const readVariable = (handle: string, dtype: Value["dtype"]) =>
    tensorflow.node("ReadVariableOp", [handle], { dtype }, { after: rounds.begun });
  for (const name of usedTables(graph))
    tensorflow.bindTable(
      name,
      readVariable(rounds.handle((tables.get(name) as VariableNames).handle), "float32"),
    );
  const handles = new Map([...state].map(([name, { handle }]) => [name, rounds.handle(handle)]));
  const reads = new Map<string, string>();
  for (const [name, value] of graph.state) {
    const read = readVariable(handles.get(name) as string, value.dtype);
    tensorflow.bind(value, read);
    reads.set(name, read);
  }
  tensorflow.precision = graph.precision ?? "float32";
  emitNodes(graph, tensorflow, prefix);

  const fromState = valuesFrom(graph, new Set(graph.state.values()));
  const assigns = [...graph.updates].map(([name, value]) => {
    bindConstant(graph, tensorflow, value);
    const next = fromState.has(value)
      ? tensorflow.name(value)
      : copied(tensorflow, tensorflow.name(value), value.dtype);
    // Every read of the old value comes first: it may be an output, or part of another tensor's update.
    return tensorflow.node(
      "AssignVariableOp",
      [handles.get(name) as string, next],
      { dtype: value.dtype },
      { after: [...reads.values()].filter((read) => read === reads.get(name)) },
    );
  });
  for (const value of graph.outputs.values()) bindConstant(graph, tensorflow, value);
  const updated = tensorflow.node(
    "NoOp",
    [],
    {},
    { name: `${prefix}/updated`, after: [...rounds.begun, ...assigns] },
  );
  return { feeds, ...rounds.end(updated, graph.outputs), times: rounds.times };
}

function usedTables({ nodes }: Graph): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ kernel, attrs }) => (kernel === "LookUp" ? [attrs["table"] as string] : [])),
  );
}

/**
 * A fed tensor may share the caller's array. A variable must never hold such a tensor: the array may change, and when the next
 * step frees it, on one of TensorFlow's threads, the process crashes. A value computed from the state is TensorFlow's own; any
 * other assigned value is copied.
 */
function copied(graph: TensorflowGraph, tensor: string, dtype: Value["dtype"]): string {
  return graph.node("DeepCopy", [tensor], { T: dtype });
}

/** The values that depend on some of `sources`. */
function valuesFrom(graph: Graph, sources: ReadonlySet<Value>): ReadonlySet<Value> {
  const found = new Set(sources);
  for (const node of graph.nodes)
    if (inputValues(node.inputs).some((input) => found.has(input)))
      for (const output of node.outputs) found.add(output);
  return found;
}

/** The graph's nodes; its inputs and state have their tensors already. */
export function emitNodes(graph: Graph, tensorflow: TensorflowGraph, prefix: string): void {
  for (const node of graph.nodes) {
    tensorflow.scope = `${prefix}/${allowedName(node.scope ?? "")}`.replaceAll(/^\/|\/$/g, "");
    for (const input of inputValues(node.inputs)) bindConstant(graph, tensorflow, input);
    const kernel = primitive(node.kernel);
    const names =
      "outputs" in kernel
        ? kernel.tensorflow(tensorflow, node.inputs, node.attrs, node.outputs)
        : [kernel.tensorflow(tensorflow, node.inputs, node.attrs, node.outputs[0] as Value)];
    for (const [i, output] of node.outputs.entries()) tensorflow.bind(output, names[i] as string);
  }
  tensorflow.scope = prefix;
}

/** Gives a constant of the traced graph its tensor, if it has none yet. Any other value is left as it is. */
export function bindConstant(graph: Graph, tensorflow: TensorflowGraph, value: Value): void {
  const data: Data | undefined = graph.constants.get(value);
  if (data && !tensorflow.has(value))
    tensorflow.bind(value, tensorflow.constant(data, value.shape, value.dtype));
}
