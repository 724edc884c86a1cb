import { matMul, mul, type Tensor } from "@tensorflow/tfjs-core";
import { loadOnnxRuntime } from "../server/engine/native/onnxruntime.ts";
import type { Program } from "../server/engine/program.ts";
import type { Peer } from "./peer.ts";
import { rounded } from "./statistics.ts";
import { type Contender, timed } from "./steps.ts";

/** What this machine can do at most, with as many threads as a step has. */
export interface Peak {
  /** Rate of products of large float32 matrices, in GFLOP/s. */
  readonly gflops: number;
  /** Rate at which tensors larger than the caches are read and written, in GB/s. */
  readonly gbps: number;
  /** For each engine and for PyTorch; the highest is the machine's. */
  readonly by: Readonly<Record<string, number>>;
}

const sizes = [512, 1024, 2048];

/** The fastest of all products: an upper bound of what the machine can do. */
export async function measurePeak(
  peer: Peer,
  { threads, engines }: { threads: number; engines: readonly Contender[] },
): Promise<Peak> {
  const by: Record<string, number> = {};
  for (const { name, load } of engines) {
    let best = 0;
    for (const size of sizes) {
      const program = product(size);
      const executor = await load(program, { a: reflection(size), b: reflection(size) }, { threads });
      const ms = await fastest(() => executor.run("multiply", {}));
      await executor.dispose();
      best = Math.max(best, gflopsOf(size, ms));
    }
    by[name] = rounded(best);
  }
  let best = 0;
  for (const size of sizes)
    best = Math.max(best, gflopsOf(size, (await peer.ask<{ ms: number }>({ do: "product", size })).ms));
  by["pytorch"] = rounded(best);
  return { gflops: Math.max(...Object.values(by)), gbps: await measureBandwidth(peer, threads), by };
}

const scaledMb = 256;

/** Of a tensor that is scaled in its place: by the built-in engine's update or by PyTorch, whichever is faster. */
async function measureBandwidth(peer: Peer, threads: number): Promise<number> {
  const size = (scaledMb * 2 ** 20) / 4;
  const executor = await loadOnnxRuntime(scaling(size), { w: new Float32Array(size) }, { threads });
  const ours = await fastest(() => executor.run("scale", { rate: Float32Array.of(1) }));
  await executor.dispose();
  const { ms: theirs } = await peer.ask<{ ms: number }>({ do: "scale", mb: scaledMb });
  return rounded((2 * scaledMb * 2 ** 20) / Math.min(ours, theirs) / 1e6);
}

const scaling = (size: number): Program => ({
  state: { w: { shape: [size], dtype: "float32" } },
  entries: [
    {
      name: "scale",
      inputs: { rate: { shape: [], dtype: "float32" } },
      // With an output: a runtime refuses a graph that has none, and the update is made outside of it.
      run: ({ w }, { rate }) => ({
        state: { w: mul(w as Tensor, rate as Tensor) },
        outputs: { rate: mul(rate as Tensor, rate as Tensor) },
      }),
    },
  ],
});

const gflopsOf = (size: number, ms: number): number => (2 * size ** 3) / ms / 1e6;

/** b ← a b; nothing reads b. */
const product = (size: number): Program => ({
  state: {
    a: { shape: [size, size], dtype: "float32" },
    b: { shape: [size, size], dtype: "float32" },
  },
  entries: [
    {
      name: "multiply",
      inputs: {},
      run: ({ a, b }) => ({ state: { b: matMul(a as Tensor, b as Tensor) }, outputs: {} }),
    },
  ],
});

/** The identity minus 2/n everywhere: its square is the identity, so repeated products keep values at their size. */
function reflection(size: number): Float32Array {
  const values = new Float32Array(size * size).fill(-2 / size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1 - 2 / size;
  return values;
}

async function fastest(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + 700;
  while (performance.now() < end || times.length < 5) times.push(await timed(run));
  return Math.min(...times);
}
