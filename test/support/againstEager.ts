// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import assert from "node:assert/strict";
import { grads, type Tensor } from "@tensorflow/tfjs-core";
import { lowerPlain } from "../../server/engine/graph/plain.ts";
import type { LowerProgram } from "../../server/engine/graph/slots.ts";
import { loadLowered } from "../../server/engine/native/onnxruntime.ts";
import type {
  Data,
  DType,
  Entry,
  Executor,
  NamedData,
  Program,
  Tensors,
} from "../../server/engine/program.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { loadEager } from "./eager.ts";
import { tensorflowForTests } from "./tensorflow.ts";
import { webgpuForTests } from "./webgpu.ts";

export interface TestTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Data;
}

type Run = (inputs: Tensors) => Tensor | readonly Tensor[];

interface Comparison {
  /** Of the largest element of each output. */
  readonly tolerance?: number;
  /** Outputs whose largest element is smaller are compared at this size: they are differences of numbers near 1. */
  readonly smallest?: number;
  readonly threads?: readonly number[];
  readonly lowering?: LowerProgram;
}

/** Float32 tensors of reproducible numbers in [-2, 2], away from 0 so that no comparison depends on rounding. */
export function numbers(shape: readonly number[], seed = 1): TestTensor {
  let state = seed * 7919 + 17;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 4; i++) next();
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    const value = next() * 4 - 2;
    return value + Math.sign(value) * 0.01;
  });
  return { shape, dtype: "float32", data };
}

export function positives(shape: readonly number[], seed = 1): TestTensor {
  const { data } = numbers(shape, seed);
  return { shape, dtype: "float32", data: (data as Float32Array).map((x) => Math.abs(x) + 0.05) };
}

export function integers(shape: readonly number[], values: readonly number[]): TestTensor {
  const data = Int32Array.from({ length: sizeOf(shape) }, (_, i) => values[i % values.length] as number);
  return { shape, dtype: "int32", data };
}

export function flags(shape: readonly number[], seed = 1): TestTensor {
  const { data } = numbers(shape, seed);
  return { shape, dtype: "bool", data: Uint8Array.from(data, (x) => Number(x > 0)) };
}

const loadTensorflow = await tensorflowForTests();
const loadWebgpu = await webgpuForTests();

/** Asserts that a function of tensors gives the same results compiled, on either runtime, as op by op. */
export async function sameAsEager(
  inputs: Readonly<Record<string, TestTensor>>,
  run: Run,
  { tolerance = 1e-5, smallest = 0, threads = [1], lowering = lowerPlain }: Comparison = {},
): Promise<void> {
  const entry: Entry = {
    name: "test",
    inputs,
    run: (_, tensors) => {
      const result = run(tensors);
      const outputs = Array.isArray(result) ? result : [result];
      return { state: {}, outputs: Object.fromEntries(outputs.map((output, i) => [`${i}`, output])) };
    },
  };
  const program = { state: {}, entries: [entry] };
  const feeds: NamedData = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
  const eager = await loadEager(program, {});
  const expected = await eager.run("test", feeds);
  const check = async (runtime: string, compiled: Executor) => {
    const found = await compiled.run("test", feeds);
    for (const [name, data] of Object.entries(expected))
      assertClose(found[name] as Data, data, { tolerance, smallest, what: `${runtime}, ${name}` });
    await compiled.dispose();
  };
  for (const count of threads)
    await check("onnxruntime", await loadLowered(lowering, program, {}, { threads: count, spinning: false }));
  if (loadTensorflow) await check("tensorflow", await loadTensorflow(program, {}));
  if (loadWebgpu && lowering === lowerPlain) await check("webgpu", await loadWebgpu(program, {}));
}

/** The same for the gradients with respect to the inputs named in `by`, of the result's sum weighted unevenly. */
export async function sameGradients(
  inputs: Readonly<Record<string, TestTensor>>,
  by: readonly string[],
  run: (inputs: Tensors) => Tensor,
  options: Comparison & { readonly dy: readonly number[] },
): Promise<void> {
  const dy = numbers(options.dy, 99);
  await sameAsEager(
    { ...inputs, dy },
    ({ dy, ...tensors }) =>
      grads((...xs: Tensor[]) =>
        run({ ...tensors, ...Object.fromEntries(by.map((name, i) => [name, xs[i] as Tensor])) }),
      )(
        by.map((name) => tensors[name] as Tensor),
        dy as Tensor,
      ),
    options,
  );
}

/** Asserts that a function of tensors is zero, compiled: where tfjs's cpu backend computes it wrongly. */
export async function assertZero(
  inputs: Readonly<Record<string, TestTensor>>,
  run: (inputs: Tensors) => Tensor,
  { tolerance = 1e-5, lowering = lowerPlain }: Pick<Comparison, "tolerance" | "lowering"> = {},
): Promise<void> {
  const program: Program = {
    state: {},
    entries: [
      { name: "test", inputs, run: (_, tensors) => ({ state: {}, outputs: { zero: run(tensors) } }) },
    ],
  };
  const compiled = await loadLowered(lowering, program, {}, { threads: 1, spinning: false });
  const { zero } = await compiled.run("test", dataOf(inputs));
  await compiled.dispose();
  for (const element of zero as Float32Array)
    assert.ok(Math.abs(element) <= tolerance, `${element} is not 0`);
}

function dataOf(inputs: Readonly<Record<string, TestTensor>>): NamedData {
  return Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
}

export function assertClose(
  found: Data,
  expected: Data,
  { tolerance = 1e-5, smallest = 0, what = "output" }: Comparison & { readonly what?: string } = {},
): void {
  assert.equal(found?.constructor, expected.constructor, `${what}: array type`);
  assert.equal(found.length, expected.length, `${what}: length`);
  const largest = (expected as Float32Array).reduce(
    (most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most),
    smallest,
  );
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [found[i] as number, expected[i] as number];
    if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)) || a === b) continue;
    const error = Math.abs(a - b);
    if (!(error <= tolerance * largest))
      assert.fail(`${what}[${i}]: found ${a}, expected ${b} (largest ${largest})`);
  }
}
