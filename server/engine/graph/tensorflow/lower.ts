import type { Data } from "../../program.ts";
import type { Graph, Value } from "../graph.ts";
import { inputValues } from "../kernel.ts";
import { primitive } from "../kernels.ts";
import { optimise } from "../passes/optimise.ts";
import { allowedName, TensorflowGraph } from "./builder.ts";

/** Names of tensors in the model's one graph. */
export interface EntryNames {
  readonly feeds: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  /** Fetching it makes the entry's updates, whether it has outputs or not. */
  readonly done: string;
}

export interface StateNames {
  /** Fetched, it gives the current value. */
  readonly read: string;
  /** Fed with a new value, when `written` is fetched. */
  readonly feed: string;
  readonly written: string;
}

/** A program as one TensorFlow graph: all entries, and the state as the session's variables that they share. */
export interface TensorflowModel {
  /** A SavedModel's saved_model.pb, with the one tag `graphTag`. */
  readonly savedModel: Uint8Array;
  readonly state: ReadonlyMap<string, StateNames>;
  readonly entries: ReadonlyMap<string, EntryNames>;
}

export function lowerToTensorflow(graphs: readonly Graph[]): TensorflowModel {
  const tensorflow = new TensorflowGraph();
  const specs = [...(graphs[0]?.state ?? [])];
  const handles = new Map<string, string>();
  for (const [i, [name, { shape, dtype }]] of specs.entries())
    handles.set(
      name,
      tensorflow.node(
        "VarHandleOp",
        [],
        { dtype, shape: { shape }, shared_name: `state_${i}`, container: "" },
        { name: `state/${i}` },
      ),
    );
  const state = new Map(
    specs.map(([name, value], i) => [
      name,
      lowerState(tensorflow, handles.get(name) as string, value, `state/${i}`),
    ]),
  );
  const entries = new Map(
    graphs.map((graph, i) => [graph.name, lowerEntry(tensorflow, optimise(graph), handles, `entry/${i}`)]),
  );
  return { savedModel: tensorflow.encode(), state, entries };
}

function lowerState(
  graph: TensorflowGraph,
  handle: string,
  { shape, dtype }: Value,
  prefix: string,
): StateNames {
  const read = graph.node("ReadVariableOp", [handle], { dtype }, { name: `${prefix}/read` });
  const feed = graph.node("Placeholder", [], { dtype, shape: { shape } }, { name: `${prefix}/feed` });
  const assign = graph.node("AssignVariableOp", [handle, copied(graph, feed, dtype)], { dtype });
  const written = graph.node(
    "Identity",
    [graph.float32(0)],
    { T: "float32" },
    { name: `${prefix}/written`, after: [assign] },
  );
  return { read, feed, written };
}

function lowerEntry(
  tensorflow: TensorflowGraph,
  graph: Graph,
  handles: ReadonlyMap<string, string>,
  prefix: string,
): EntryNames {
  tensorflow.endEntry();
  const feeds = new Map<string, string>();
  for (const [name, value] of graph.inputs) {
    const { shape, dtype } = value;
    const feed = tensorflow.node(
      "Placeholder",
      [],
      { dtype, shape: { shape } },
      { name: `${prefix}/feed/${feeds.size}` },
    );
    tensorflow.bind(value, feed);
    feeds.set(name, feed);
  }
  const reads = new Map<string, string>();
  for (const [name, value] of graph.state) {
    const read = tensorflow.node("ReadVariableOp", [handles.get(name) as string], { dtype: value.dtype });
    tensorflow.bind(value, read);
    reads.set(name, read);
  }
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
  const updated = tensorflow.node("NoOp", [], {}, { name: `${prefix}/updated`, after: assigns });
  const outputs = new Map<string, string>();
  for (const [name, value] of graph.outputs) {
    bindConstant(graph, tensorflow, value);
    const output = tensorflow.node(
      "Identity",
      [value],
      { T: value.dtype },
      { name: `${prefix}/output/${outputs.size}`, after: [updated] },
    );
    outputs.set(name, output);
  }
  const done = tensorflow.node(
    "Identity",
    [tensorflow.float32(0)],
    { T: "float32" },
    { name: `${prefix}/done`, after: [updated] },
  );
  return { feeds, outputs, done };
}

/**
 * A tensor that is fed may be the caller's own array, not a copy of it. A variable must never hold such a tensor: the array
 * may change, and when the next step frees it, on a thread of TensorFlow's, the process dies. What is computed from the
 * state is a tensor of TensorFlow's; anything else that is assigned is copied.
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

function emitNodes(graph: Graph, tensorflow: TensorflowGraph, prefix: string): void {
  for (const node of graph.nodes) {
    tensorflow.scope = `${prefix}/${allowedName(node.scope ?? "")}`.replace(/\/$/, "");
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
function bindConstant(graph: Graph, tensorflow: TensorflowGraph, value: Value): void {
  const data: Data | undefined = graph.constants.get(value);
  if (data && !tensorflow.has(value))
    tensorflow.bind(value, tensorflow.constant(data, value.shape, value.dtype));
}
