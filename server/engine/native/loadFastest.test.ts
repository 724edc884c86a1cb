import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Lowering } from "../graph/layouts/lowerForOnnxRuntime.ts";
import { trace } from "../graph/trace.ts";
import type { Executor, Program } from "../program.ts";
import { candidates, isLong, loadFastest, lowerBecause, type Way } from "./loadFastest.ts";

const lowering = (name: string, ms: number): Lowering => ({
  ...{ name, ms, label: name, reason: `${name}: by rule`, inBlocks: false },
  lower: () => ({ slots: [], models: new Map() }),
});
const names = (lowerings: readonly Lowering[]) => lowerings.map(({ name }) => name);

const vector = { shape: [3], dtype: "float32" } as const;
const program: Program = {
  state: { sum: vector },
  entries: [
    {
      name: "train@3",
      inputs: { x: vector },
      run: ({ sum }, { x }) => ({ state: { sum: tf.add(sum as tf.Tensor, x as tf.Tensor) }, outputs: {} }),
    },
  ],
};

test("only a long run has two lowerings to choose from, and a resumed one keeps its own", () => {
  const graphs = trace(program);
  const lowerings = [lowering("blocked", 20), lowering("plain", 30), lowering("batch-innermost", 50)];
  const of = (wishes: { steps?: number; lowering?: string }) =>
    names(candidates(graphs, lowerings, { threads: 2, ...wishes }));
  assert.deepEqual(of({ steps: 2999 }), ["blocked"]); // 2999 · 20 ms on two threads: 29.99 s
  assert.deepEqual(of({ steps: 3000 }), ["blocked", "plain"]);
  assert.deepEqual(of({}), ["blocked"]);
  assert.deepEqual(of({ lowering: "batch-innermost" }), ["batch-innermost"]);
  assert.deepEqual(of({ lowering: "../../etc", steps: 10 }), ["blocked"]);
  assert.equal(
    lowerBecause(lowering("plain", 1), "as the run began").reason,
    "plain: by rule; as the run began",
  );
  const far = [lowering("blocked", 1000), lowering("plain", 2001)];
  assert.deepEqual(names(candidates(graphs, far, { threads: 1, steps: 1000 })), ["blocked"]);
  const few = [lowering("blocked", 1000), lowering("plain", 1001)];
  assert.deepEqual(names(candidates(graphs, few, { threads: 1, steps: 199 })), ["blocked"]);
});

test("what products take counts where there are no convolutions", () => {
  const product: Program = {
    state: { w: { shape: [1000, 1000], dtype: "float32" } },
    entries: [
      {
        name: "train@1000",
        inputs: {},
        run: ({ w }) => ({ state: { w: tf.matMul(w as tf.Tensor2D, w as tf.Tensor2D) }, outputs: {} }),
      },
    ],
  };
  const [graphs, lowerings] = [trace(product), [lowering("batch-innermost", 0)]];
  // 2e9 operations of 0.02 ns: 40 ms
  assert.equal(isLong(graphs, lowerings, { threads: 1, steps: 749 }), false);
  assert.equal(isLong(graphs, lowerings, { threads: 1, steps: 750 }), true);
});

test("the fastest way is measured once, and what is remembered decides only if it says what it should", async () => {
  const cache = await mkdtemp(join(tmpdir(), "lowerings-"));
  let loaded: string[] = [];
  let disposed = 0;
  const broken = new Set<string>();
  const way = (name: string): Way => ({
    ...{ name, label: name },
    async load(decided) {
      loaded.push(name);
      if (broken.has(name)) throw new Error(`${name} does not load`);
      return {
        ...{ lowering: name, layout: decided },
        run: () => setTimeout(name === "second" ? 1 : 4, {}),
        async dispose() {
          disposed += 1;
        },
      } as unknown as Executor;
    },
  });
  const choose = async (...[available = 1e9]: number[]) => {
    loaded = [];
    const ways = ["first", "second", "third"].map(way);
    const options = { graphs: trace(program), threads: 1, available, cache };
    const { lowering, layout } = await loadFastest(ways, options);
    return { lowering, layout };
  };
  try {
    assert.deepEqual(await choose(1), { lowering: "first", layout: undefined }); // no memory for three
    assert.deepEqual(loaded, ["first"]);
    broken.add("third");
    const { lowering, layout } = await choose();
    assert.equal(lowering, "second");
    assert.match(layout ?? "", /^\d\.?\d* ms a step measured on this machine, first \d\.?\d*$/);
    assert.deepEqual([loaded, disposed], [["first", "second", "third", "second"], 2]);
    broken.clear();
    assert.match((await choose()).layout ?? "", /, first \d\.?\d*, third \d\.?\d*$/); // measured now
    broken.add("second");
    assert.match((await choose()).layout ?? "", /, second \d\.?\d*, third \d\.?\d*; second does not load$/);
    assert.deepEqual(loaded, ["second", "first"]);
    broken.clear();
    const folder = join(cache, "distillery", "lowerings");
    const [file = assert.fail("nothing is remembered"), ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    const path = join(folder, file);

    await writeFile(path, JSON.stringify({ first: 3, second: 2.9, third: 9 }));
    assert.equal((await choose()).lowering, "first"); // too little to be sure of
    assert.deepEqual(loaded, ["first"]);
    const elsewhere = join(cache, "elsewhere");
    await writeFile(elsewhere, JSON.stringify({ first: 1, second: 9, third: 9 }));
    const damages: (() => Promise<unknown>)[] = [
      () => writeFile(path, "{"),
      () => writeFile(path, JSON.stringify({ first: "3", second: 2, third: 1 })),
      () => writeFile(path, JSON.stringify({ first: 1, third: 9 })),
      () => writeFile(path, JSON.stringify({ first: 1, second: -9, third: 9 })),
      () => writeFile(path, `${JSON.stringify({ first: 1, second: 9, third: 9 })}${" ".repeat(5000)}`),
      () => rm(path).then(() => symlink(elsewhere, path)),
      () => rm(path).then(() => execFileSync("mkfifo", [path])),
    ];
    for (const [i, damage] of damages.entries()) {
      await damage();
      assert.equal((await choose()).lowering, "second", `damage ${i}`);
      assert.equal(loaded.length, 4);
      assert.deepEqual(Object.keys(JSON.parse(await readFile(path, "utf8"))), ["first", "second", "third"]);
    }
    assert.deepEqual(JSON.parse(await readFile(elsewhere, "utf8")), { first: 1, second: 9, third: 9 });
  } finally {
    await rm(cache, { recursive: true });
  }
});
