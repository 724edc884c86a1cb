import "@tensorflow/tfjs-backend-cpu";
import { engine, getBackend, setBackend, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import {
  arrayTypes,
  checkData,
  checkFeeds,
  checkInitial,
  requireFloat32,
} from "../../server/engine/native/feeds.ts";
import { oneByOne } from "../../server/engine/native/oneByOne.ts";
import type {
  Data,
  DType,
  Entry,
  Executor,
  LoadProgram,
  LookUp,
  NamedData,
  Program,
  TableSpec,
  TensorSpec,
  Tensors,
} from "../../server/engine/program.ts";
import { sizeOf } from "../../server/sizeOf.ts";

/**
 * Runs a program op by op on tfjs's cpu backend: slow, and the definition of what it computes. Tests compare the
 * compiled runtimes with it. State lives in ordinary arrays between runs, so nothing can leak.
 */
export const loadEager: LoadProgram = async (program, initial) => {
  const state = new Map<string, Data>();
  const tables = new Map(
    Object.entries(program.tables ?? {}).map(([name, spec]): [string, Table] => [
      name,
      { spec, data: (initial[name] as Data)?.slice() },
    ]),
  );
  const entries = new Map(program.entries.map((entry) => [entry.name, entry]));

  const write = (values: NamedData) => {
    for (const [name, data] of Object.entries(values)) {
      checkData(`state ${name}`, stateSpec(program, name), data);
      state.set(name, data.slice());
    }
  };
  requireFloat32(program, "eager");
  checkInitial(program, initial);
  write(Object.fromEntries(Object.entries(initial).filter(([name]) => !tables.has(name))));

  const executor: Executor = {
    async run(name, feeds, times = 1) {
      const entry = entries.get(name);
      if (!entry)
        throw new Error(`There is no entry ${name}; the entries are ${[...entries.keys()].join(", ")}`);
      checkFeeds(entry, feeds, times);
      return oneByOne(entry, feeds, times, async (fed) => {
        const resident = { state: Object.fromEntries(state), lookUp: lookUpIn(tables) };
        const result = onCpu(() => evaluate(program, entry, resident, fed));
        write(result.state);
        return result.outputs;
      });
    },
    async read(names = Object.keys(program.state)) {
      return Object.fromEntries(names.map((name) => [name, stateOf(state, name).slice()]));
    },
    async write(values) {
      write(values);
    },
    async dispose() {
      state.clear();
      tables.clear();
      entries.clear();
    },
  };
  return executor;
};

interface Table {
  readonly spec: TableSpec;
  readonly data: Data;
}

function lookUpIn(tables: ReadonlyMap<string, Table>): LookUp {
  return (name, rows) => {
    const table = tables.get(name);
    if (!table) throw new Error(`There is no table ${name}`);
    const { shape, dtype } = table.spec;
    const row = shape.slice(1);
    const size = sizeOf(row);
    const picked = Array.from(rows.dataSync(), (at) => table.data.subarray(at * size, (at + 1) * size));
    const values = new (dtype === "int32" ? Int32Array : Float32Array)(picked.length * size);
    for (const [i, part] of picked.entries()) values.set(part, i * size);
    return tensor(values, [...rows.shape, ...row], dtype === "int32" ? "int32" : "float32");
  };
}

function evaluate(
  program: Program,
  entry: Entry,
  { state, lookUp }: { readonly state: NamedData; readonly lookUp: LookUp },
  feeds: NamedData,
) {
  const before = engine().memory().numTensors;
  let result = { state: {} as NamedData, outputs: {} as NamedData };
  tidy(() => {
    const { state: updates, outputs } = entry.run(
      toTensors(program.state, state),
      toTensors(entry.inputs, feeds),
      lookUp,
    );
    // Copies, because the result of a reshape shares its values with a feed, which belongs to the caller.
    result = { state: toData(updates), outputs: toData(outputs) };
  });
  const left = engine().memory().numTensors - before;
  if (left !== 0) throw new Error(`${entry.name} left ${left} tensors behind`);
  return result;
}

const toTensors = (specs: Readonly<Record<string, TensorSpec>>, data: NamedData): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      tensor(data[name] as Data, shape as number[], dtype),
    ]),
  );

/** Copies. The backend casts without converting: a float32 that was an int32 still has its array. */
const toData = (tensors: Tensors): NamedData =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, value]) => {
      const ArrayType = arrayTypes[value.dtype as DType];
      return [name, new ArrayType(value.dataSync() as Data)];
    }),
  );

/** Other backends may be registered in this process; the switch is synchronous and undone before anything else runs. */
function onCpu<T>(work: () => T): T {
  const previous = getBackend();
  void setBackend("cpu");
  try {
    return work();
  } finally {
    if (previous && previous !== "cpu") void setBackend(previous);
  }
}

function stateSpec(program: Program, name: string): TensorSpec {
  const spec = program.state[name];
  if (!spec) throw new Error(`There is no state tensor ${name}`);
  return spec;
}

function stateOf(state: ReadonlyMap<string, Data>, name: string): Data {
  const data = state.get(name);
  if (!data) throw new Error(`There is no state tensor ${name}`);
  return data;
}
