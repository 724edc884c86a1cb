import {
  engine,
  registerBackend,
  removeBackend,
  setBackend,
  type Tensor,
  type TensorInfo,
  tidy,
} from "@tensorflow/tfjs-core";
import type { Entry, LookUp, Program, TensorSpec } from "../program.ts";
import type { Graph, Value } from "./graph.ts";
import { registerTraceKernels, TraceBackend, traceBackendName } from "./traceBackend.ts";

/**
 * Runs every entry of a program once on tensors with a shape and a dtype but no data, and records the kernels it calls, forward
 * and in gradients. Restores tfjs's backend and tensor count, also after an error.
 *
 * Kernels are labelled with the names given to `tidy(name, …)`, so a net that runs each layer in a tidy with the layer's name
 * gets error messages and profiles that name layers.
 *
 * @throws where an entry reads a value, draws a random number, or calls a kernel that has no entry in the kernel table;
 * the message names the entry, the layer and the kernel.
 */
export function trace(program: Program): Graph[] {
  return program.entries.map((entry) => traceEntry(program, entry));
}

function traceEntry({ state: stateSpecs, tables = {} }: Program, entry: Entry): Graph {
  const recorder = new TraceBackend(entry.name);
  return withBackend(recorder, () => {
    const state = placeholders(recorder, stateSpecs);
    const inputs = placeholders(recorder, entry.inputs);
    const result = entry.run(state.tensors, inputs.tensors, lookUpIn(recorder, tables));
    const valuesOf = (tensors: Readonly<Record<string, Tensor>>) =>
      new Map(Object.entries(tensors).map(([name, tensor]) => [name, recorder.recorded(tensor)]));
    const updates = valuesOf(result.state);
    checkUpdates(entry.name, stateSpecs, updates);
    return {
      name: entry.name,
      ...(entry.repeats ? { repeats: true } : {}),
      ...(entry.precision ? { precision: entry.precision } : {}),
      inputs: inputs.values,
      state: state.values,
      constants: recorder.constants,
      nodes: recorder.nodes,
      outputs: valuesOf(result.outputs),
      updates,
    };
  });
}

/** Runs `record` in a tidy with `recorder` as tfjs's backend, then restores the backend. */
function withBackend(recorder: TraceBackend, record: () => Graph): Graph {
  const before = engine().backendName;
  registerTraceKernels();
  registerBackend(traceBackendName, () => recorder, 0);
  // With a synchronous factory, setBackend is done when it returns, and its promise is resolved.
  void setBackend(traceBackendName);
  const graphs: Graph[] = [];
  try {
    tidy(() => {
      graphs.push(record());
    });
    return graphs[0] as Graph;
  } finally {
    disposeTape();
    removeBackend(traceBackendName);
    if (before) void setBackend(before);
  }
}

/** An entry that throws inside a gradient leaves behind the tensors that tfjs saved for the backward pass. */
function disposeTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  for (const node of state.activeTape ?? []) for (const tensor of node.saved ?? []) tensor.dispose();
  state.activeTape = [];
}

function placeholders(recorder: TraceBackend, specs: Readonly<Record<string, TensorSpec>>) {
  const tensors: Record<string, Tensor> = {};
  const values = new Map<string, Value>();
  for (const [name, spec] of Object.entries(specs)) {
    const { value, info } = recorder.placeholder(spec);
    tensors[name] = engine().makeTensorFromTensorInfo(info, recorder);
    values.set(name, value);
  }
  return { tensors, values };
}

/** A table lookup is a kernel of its own: tfjs has no byte tensors. */
function lookUpIn(recorder: TraceBackend, tables: NonNullable<Program["tables"]>): LookUp {
  return (table, rows) => {
    const spec = tables[table];
    if (!spec) throw new Error(`there is no table ${table}; there are ${Object.keys(tables).join(", ")}`);
    const info = recorder.record("LookUp", { rows }, { table, row: spec.shape.slice(1), dtype: spec.dtype });
    return engine().makeTensorFromTensorInfo(info as TensorInfo, recorder);
  };
}

function checkUpdates(entry: string, specs: Program["state"], updates: ReadonlyMap<string, Value>): void {
  for (const [name, value] of updates) {
    const spec = specs[name];
    if (!spec) throw new Error(`entry ${entry} updates ${name}, which is not in the program's state`);
    if (spec.dtype !== value.dtype || spec.shape.join() !== value.shape.join())
      throw new Error(
        `entry ${entry} gives the state ${name} ${value.dtype} [${value.shape}]; it is ${spec.dtype} [${spec.shape}]`,
      );
  }
}
