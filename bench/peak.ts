import { matMul, type Tensor } from "@tensorflow/tfjs-core";
import type { Program } from "../server/engine/program.ts";
import type { Peer } from "./peer.ts";
import { rounded } from "./statistics.ts";
import { type Contender, timed } from "./steps.ts";

/** Rate at which this machine multiplies large float32 matrices, in GFLOP/s, with as many threads as a step has. */
export interface Peak {
  readonly gflops: number;
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
  return { gflops: Math.max(...Object.values(by)), by };
}

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
