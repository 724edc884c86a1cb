import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Augmentation } from "../../schemas/experiment.gen.ts";
import { filesIn } from "../../test/support/dataFiles.ts";
import { applyAugmentations } from "../data/augment.ts";
import { ownVersions } from "../data/augmentations/ownAugmentations.ts";
import { augmentationProblem } from "../engine/train/augmentationProblem.ts";
import { loadModule } from "./load.ts";
import { makeKnown } from "./openModules.ts";

const source = (body: string) => `import { defineAugmentation, number } from "distillery";
export default defineAugmentation({
  description: "Moves the brightness.",
  parameters: { most: number("Farthest move.", { minimum: 0, default: 0.5 }) },
  needs: "image",
  random: 2,
  apply: ({ sample, shape, random }, { most }) => {
    ${body}
  },
});
`;

const whole = "return sample.map((value) => value + most * (2 * random[0] - 1) * random[1]);";

async function known(t: Parameters<typeof filesIn>[0], body: string): Promise<void> {
  const folder = await filesIn(t, { "own.ts": source(body) });
  const loaded = await loadModule(join(folder, "own.ts"));
  if ("problem" in loaded) assert.fail(loaded.problem.message);
  makeKnown("./own.ts", loaded);
}

const spec = { type: "./own.ts", most: 1 } as Augmentation;

const augmented = (rows: readonly number[], step = 3) => {
  const values = Float32Array.from(
    { length: rows.length * 4 },
    (_, i) => (rows[Math.floor(i / 4)] as number) + (i % 4) / 8,
  );
  const batch = { values, shape: [2, 2, 1], rows, labels: rows.map(() => 0), classes: 2, blank: [0] };
  assert.equal(applyAugmentations(batch, [spec], { seed: 5, step }), undefined);
  return rows.map((_, i) => [...values.subarray(4 * i, 4 * i + 4)]);
};

test("an augmentation of one's own depends on seed, step and sample, and on nothing else", async (t) => {
  await known(t, whole);
  const [first, second] = augmented([7, 9]);
  assert.deepEqual(augmented([9, 7]), [second, first]);
  assert.notDeepEqual(augmented([7], 4), [first]);
  const moved = (first ?? []).map((value, i) => value - 7 - i / 8);
  assert.ok(moved.every((by) => Math.abs(by - (moved[0] as number)) < 1e-6 && by !== 0 && Math.abs(by) < 1));
  const before = ownVersions([spec]);
  await known(t, whole.replace("2 *", "1.5 *"));
  assert.notDeepEqual(ownVersions([spec]), before);
});

test("what an augmentation of one's own cannot do is said before training, with the line", async (t) => {
  const told = async (body: string, shape = [2, 2, 1]) => {
    await known(t, body);
    const values = { dtype: "float32" } as never;
    const problem = augmentationProblem({ augment: [spec] } as never, { values, shape })?.problem;
    return problem && `${problem.code} ${problem.message}`;
  };
  assert.equal(await told(whole), undefined);
  assert.match((await told(whole, [4])) ?? "", /^augmentation-shape /);
  assert.match(
    (await told("return sample.map(() => Math.random());")) ?? "",
    /^module-impure own\.ts:8:\d+: `Math\.random`/,
  );
  assert.match(
    (await told("return sample.slice(1);")) ?? "",
    /^module-throws own\.ts:7:\d+: `apply` gave 3 values, and the sample has 4\.$/,
  );
  assert.match((await told("return [...sample];")) ?? "", /`apply` must give a Float32Array/);
  assert.match(
    (await told("return sample.map((value) => value / 0 - value / 0);")) ?? "",
    /`apply` gave NaN/,
  );
});
