import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Form } from "../graph/layouts/lowerForOnnxRuntime.ts";
import { trace } from "../graph/trace.ts";
import type { Executor, Program } from "../program.ts";
import { candidates, fasterForm } from "./chooseForm.ts";

const form = (name: string, ms: number): Form => ({
  ...{ name, ms, label: name, reason: `${name}: by rule`, inBlocks: false },
  lower: () => ({ slots: [], models: new Map() }),
});
const names = (forms: readonly Form[]) => forms.map(({ name }) => name);

test("only a long run has two forms to choose from, and a resumed one keeps its own", () => {
  const forms = [form("blocked", 20), form("plain", 30), form("batch-innermost", 50)];
  const of = (wishes: { steps?: number; form?: string }) =>
    names(candidates(forms, { threads: 2, ...wishes }));
  assert.deepEqual(of({ steps: 2999 }), ["blocked"]); // 2999 · 20 ms on two threads: 29.99 s
  assert.deepEqual(of({ steps: 3000 }), ["blocked", "plain"]);
  assert.deepEqual(of({}), ["blocked"]);
  assert.deepEqual(of({ form: "batch-innermost" }), ["batch-innermost"]);
  assert.deepEqual(of({ form: "../../etc", steps: 10 }), ["blocked"]);
  const [kept] = candidates(forms, { threads: 2, form: "plain" });
  assert.equal(kept?.lower().reason, "plain: by rule; as the run began");
  const far = candidates([form("blocked", 1000), form("plain", 2001)], { threads: 1, steps: 1000 });
  assert.deepEqual(names(far), ["blocked"]);
  const few = candidates([form("blocked", 1000), form("plain", 1001)], { threads: 1, steps: 199 });
  assert.deepEqual(names(few), ["blocked"]);
});

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

test("the faster form is measured once, and what is remembered decides only if it says what it should", async () => {
  const cache = await mkdtemp(join(tmpdir(), "forms-"));
  const [first, second] = [form("first", 10), form("second", 11)];
  let loaded = 0;
  let disposed = 0;
  const choose = (available = 1e9) =>
    fasterForm(
      [first, second],
      { graphs: trace(program), threads: 1, available, cache },
      async ({ name }) => {
        loaded += 1;
        return {
          run: () => setTimeout(name === "first" ? 3 : 1, {}),
          async dispose() {
            disposed += 1;
          },
        } as unknown as Executor;
      },
    );
  try {
    assert.equal((await choose(1)).name, "first"); // no memory for two
    assert.equal(loaded, 0);
    const chosen = await choose();
    assert.equal(chosen.name, "second");
    assert.match(
      chosen.lower().reason ?? "",
      /^second: by rule; \d\.?\d* ms a step measured on this machine, first \d\.?\d*$/,
    );
    assert.deepEqual([loaded, disposed], [2, 2]);
    const folder = join(cache, "distillery", "forms");
    const [file = assert.fail("nothing is remembered"), ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    const path = join(folder, file);

    await writeFile(path, JSON.stringify({ first: 3, second: 2.9 }));
    assert.equal((await choose()).name, "first"); // too little to be sure of
    assert.equal(loaded, 2);
    const elsewhere = join(cache, "elsewhere");
    await writeFile(elsewhere, JSON.stringify({ first: 1, second: 9 }));
    const damages: (() => Promise<unknown>)[] = [
      () => writeFile(path, "{"),
      () => writeFile(path, JSON.stringify({ first: "3", second: 2 })),
      () => writeFile(path, JSON.stringify({ first: 1, third: 9 })),
      () => writeFile(path, JSON.stringify({ first: 1, second: -9 })),
      () => writeFile(path, `${JSON.stringify({ first: 1, second: 9 })}${" ".repeat(5000)}`),
      () => rm(path).then(() => symlink(elsewhere, path)),
      () => rm(path).then(() => execFileSync("mkfifo", [path])),
    ];
    for (const [i, damage] of damages.entries()) {
      await damage();
      assert.equal((await choose()).name, "second", `damage ${i}`);
      assert.deepEqual(Object.keys(JSON.parse(await readFile(path, "utf8"))), ["first", "second"]);
    }
    assert.equal(loaded, 2 + 2 * damages.length);
    assert.deepEqual(JSON.parse(await readFile(elsewhere, "utf8")), { first: 1, second: 9 });
  } finally {
    await rm(cache, { recursive: true });
  }
});
