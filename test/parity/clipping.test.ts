import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { scalar, setBackend } from "@tensorflow/tfjs-core";
import { clipByGlobalNorm } from "../../server/engine/distill/clip.ts";
import type { Program } from "../../server/engine/program.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensors, goldenCases } from "./golden.ts";

interface ClippingCase {
  readonly name: string;
  readonly params: { readonly mode: "norm" | "value"; readonly limit: number };
  readonly gradients: GoldenTensors;
  readonly clipped: GoldenTensors;
  readonly norm: number;
}

test.before(() => setBackend("cpu"));

const cases = await goldenCases<ClippingCase>("clipping");
for (const golden of cases.filter(({ params }) => params.mode === "norm")) {
  for (const [engine, load] of Object.entries(executors)) {
    test(`clipping, ${golden.name} (${engine})`, async () => {
      const { limit } = golden.params;
      const program: Program = {
        state: {},
        entries: [
          {
            name: "clip",
            inputs: Object.fromEntries(
              Object.entries(golden.gradients).map(([name, { shape }]) => [
                name,
                { shape, dtype: "float32" },
              ]),
            ),
            run: (_, gradients) => ({ state: {}, outputs: renamed(clipByGlobalNorm(gradients, limit)) }),
          },
        ],
      };
      const executor = await load(program, {});
      const feeds = Object.fromEntries(
        Object.entries(golden.gradients).map(([name, tensor]) => [name, floats(tensor)]),
      );
      const { norm, ...clipped } = await executor.run("clip", feeds);
      assertClose(norm, [golden.norm], 1e-6 * golden.norm, "norm");
      for (const [name, { data }] of Object.entries(golden.clipped)) {
        const largest = Math.max(...data.map(Math.abs));
        assertClose(clipped[name], data, 2e-6 * largest, name);
      }
      await executor.dispose();
    });
  }
}

test("without a limit gradients stay as they are, and their norm is known", () => {
  const gradients = { a: scalar(3), b: scalar(-4) };
  const clipped = clipByGlobalNorm(gradients, undefined);
  assert.deepEqual(clipped.gradients, gradients);
  assertClose(clipped.norm.dataSync(), [5], 1e-6, "norm");
});

const renamed = ({ gradients, norm }: ReturnType<typeof clipByGlobalNorm>) => ({ ...gradients, norm });
