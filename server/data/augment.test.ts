import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Augmentation } from "../../schemas/experiment.gen.ts";
import { sizeOf } from "../sizeOf.ts";
import { applyAugmentations } from "./augment.ts";
import type { Batch } from "./augmentations/change.ts";
import { beta } from "./augmentations/mixup.ts";
import { fillUniform, generator } from "./random.ts";

const every: readonly Augmentation[] = [
  { type: "shift", pixels: 2 },
  { type: "flip" },
  { type: "flip", axis: "vertical", probability: 0.7 },
  { type: "crop", padding: 3 },
  { type: "cutout", size: 3, probability: 0.9 },
  { type: "noise", std: 0.1 },
  { type: "mixup", alpha: 0.4 },
  { type: "cutMix" },
  { type: "randomResizedCrop", scale: [0.3, 0.9] },
  { type: "colorJitter", brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  { type: "randAugment", count: 3 },
  { type: "tokenDropout", token: 7, probability: 0.3 },
];

/** Sample r of the data set is the same wherever it stands: its values depend on r only. */
function batchOf(rows: readonly number[], shape: readonly number[] = [5, 7, 2]): Batch {
  const size = sizeOf(shape);
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    fillUniform(values.subarray(i * size, (i + 1) * size), { seed: 99, step: row, use: "pixels" });
  });
  return {
    values,
    shape,
    rows,
    labels: rows.map((row) => row % 3),
    classes: 3,
    blank: [-1, -2],
    white: [1, 2],
  };
}

const rows = fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 9 });

for (const spec of every) {
  const name = JSON.stringify(spec);

  test(`${name} is the same for the same key, finite, and keeps the shape`, () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(), (chosen, seed, step) => {
        const [a, b] = [batchOf(chosen), batchOf(chosen)];
        const [labelsA, labelsB] = [a, b].map((batch) => applyAugmentations(batch, [spec], { seed, step }));
        assert.deepEqual(a.values, b.values);
        assert.deepEqual(labelsA, labelsB);
        assert.equal(a.values.length, chosen.length * 70);
        assert.ok(a.values.every(Number.isFinite));
      }),
      { numRuns: 50 },
    );
  });

  test(`${name} does not depend on a sample's place in the batch`, () => {
    fc.assert(
      fc.property(rows, fc.nat(), (chosen, seed) => {
        const [forward, backward] = [batchOf(chosen), batchOf(chosen.toReversed())];
        applyAugmentations(forward, [spec], { seed, step: 4 });
        applyAugmentations(backward, [spec], { seed, step: 4 });
        chosen.forEach((_, i) => {
          const j = chosen.length - 1 - i;
          assert.deepEqual(
            forward.values.subarray(i * 70, (i + 1) * 70),
            backward.values.subarray(j * 70, (j + 1) * 70),
          );
        });
      }),
      { numRuns: 50 },
    );
  });

  test(`${name} changes with the step`, () => {
    const at = (step: number) => {
      const batch = batchOf([1, 2, 3, 4, 5, 6, 7, 8]);
      applyAugmentations(batch, [spec], { seed: 0, step });
      return batch.values;
    };
    assert.notDeepEqual(at(0), at(1));
  });
}

const nothing: readonly Augmentation[] = [
  { type: "flip", probability: 0 },
  { type: "cutout", size: 3, probability: 0 },
  { type: "mixup", alpha: 1e-12 },
];

for (const spec of nothing) {
  test(`${JSON.stringify(spec)} changes nothing`, () => {
    const batch = batchOf([3, 1, 4]);
    const before = batch.values.slice();
    const weights = applyAugmentations(batch, [spec], { seed: 1, step: 1 });
    assert.deepEqual(batch.values, before);
    if (weights) assert.deepEqual(Array.from(weights), [1, 0, 0, 0, 1, 0, 0, 1, 0]);
  });
}

test("a moved image shows its pixels elsewhere and black where none are", () => {
  const moves = new Set<string>();
  for (let row = 0; row < 200; row++) {
    const batch = batchOf([row]);
    const before = batch.values.slice();
    applyAugmentations(batch, [{ type: "shift", pixels: 1 }], { seed: 0, step: 0 });
    const moved = (down: number, right: number) =>
      Float32Array.from(before, (_, i) => {
        const [y, x, c] = [Math.floor(i / 14) - down, Math.floor((i % 14) / 2) - right, i % 2];
        return y < 0 || y >= 5 || x < 0 || x >= 7
          ? ([-1, -2][c] as number)
          : (before[(y * 7 + x) * 2 + c] as number);
      });
    const found = [-1, 0, 1]
      .flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const))
      .find(
        ([down, right]) =>
          Buffer.compare(Buffer.from(moved(down, right).buffer), Buffer.from(batch.values.buffer)) === 0,
      );
    assert.ok(found, `row ${row} is no move of its image`);
    moves.add(found.join());
  }
  assert.equal(moves.size, 9);
});

test("an image moved out of sight is all black", () => {
  fc.assert(
    fc.property(fc.nat(), (row) => {
      const batch = batchOf([row], [1, 1, 2]);
      const before = Array.from(batch.values);
      applyAugmentations(batch, [{ type: "crop", padding: 50 }], { seed: 0, step: 0 });
      assert.ok([`${[-1, -2]}`, `${before}`].includes(`${Array.from(batch.values)}`));
    }),
  );
});

test("flip mirrors the asked axis, and twice is nothing", () => {
  const batch: Batch = { ...batchOf([0], [2, 3, 1]), values: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const flip = (axis: "horizontal" | "vertical") =>
    applyAugmentations(batch, [{ type: "flip", probability: 1, axis }], { seed: 0, step: 0 });
  flip("horizontal");
  assert.deepEqual(Array.from(batch.values), [3, 2, 1, 6, 5, 4]);
  flip("vertical");
  assert.deepEqual(Array.from(batch.values), [6, 5, 4, 3, 2, 1]);
  flip("vertical");
  flip("horizontal");
  assert.deepEqual(Array.from(batch.values), [1, 2, 3, 4, 5, 6]);
});

test("flip changes the asked share of the samples", () => {
  const batch = batchOf(
    Array.from({ length: 2000 }, (_, row) => row),
    [1, 2, 1],
  );
  const before = batch.values.slice();
  applyAugmentations(batch, [{ type: "flip", probability: 0.25 }], { seed: 0, step: 0 });
  const flipped = batch.rows as number[];
  const share = flipped.filter((_, i) => batch.values[i * 2] !== before[i * 2]).length / 2000;
  assert.ok(Math.abs(share - 0.25) < 5 * Math.sqrt((0.25 * 0.75) / 2000), `${share}`);
});

test("cutout blanks one rectangle of at most the asked size", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (row, size) => {
      const batch = batchOf([row]);
      batch.values.fill(1);
      applyAugmentations(batch, [{ type: "cutout", size }], { seed: 0, step: 0 });
      const blank = Array.from(batch.values.keys()).filter((i) => batch.values[i] === 0);
      const span = (places: number[]) => Math.max(...places) - Math.min(...places) + 1;
      const height = span(blank.map((i) => Math.floor(i / 14)));
      const width = span(blank.map((i) => Math.floor((i % 14) / 2)));
      assert.equal(blank.length, height * width * 2);
      assert.ok(height >= 1 && height <= size && width >= 1 && width <= size);
    }),
  );
});

test("mixup blends samples and labels by the same share", () => {
  const batch = batchOf([0, 1, 2]); // labels 0, 1, 2
  const original = batch.values.slice();
  const weights = applyAugmentations(batch, [{ type: "mixup", alpha: 1 }], { seed: 0, step: 0 });
  assert.ok(weights);
  for (let i = 0; i < 3; i++) {
    const row = Array.from(weights.subarray(i * 3, (i + 1) * 3));
    assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-6);
    assert.ok(row.every((weight) => weight >= 0));
    for (let k = 0; k < 70; k++) {
      const expected = row.reduce((sum, weight, j) => sum + weight * (original[j * 70 + k] as number), 0);
      assert.ok(Math.abs((batch.values[i * 70 + k] as number) - expected) < 1e-5);
    }
  }
});

test("cutMix blends labels by what is left of the image", () => {
  const chosen = Array.from({ length: 300 }, (_, row) => row);
  const batch = batchOf(chosen, [8, 6, 1]);
  batch.values.forEach((_, k) => {
    batch.values[k] = Math.floor(k / 48); // which image it is of
  });
  const weights = applyAugmentations(batch, [{ type: "cutMix" }], { seed: 5, step: 0 });
  let left = 0;
  for (let i = 0; i < 300; i++) {
    const image = Array.from(batch.values.subarray(48 * i, 48 * (i + 1)));
    const pasted = image.findIndex((from) => from !== i);
    const own = image.filter((from) => from === i).length / 48;
    left += own / 300;
    const expected = [0, 0, 0];
    expected[i % 3] = own;
    if (pasted >= 0)
      expected[(image[pasted] as number) % 3] = (expected[(image[pasted] as number) % 3] ?? 0) + 1 - own;
    expected.forEach((weight, k) => {
      assert.ok(Math.abs((weights?.[3 * i + k] as number) - weight) < 1e-6, `sample ${i}`);
    });
  }
  // Of Beta(1, 1) half is left on average, and more since rectangles are cut at the edges and have whole pixels.
  assert.ok(left > 0.55 && left < 0.85, `${left}`);
});

test("a random part has an area and a form within the ranges, and all of it is shown", () => {
  for (let row = 0; row < 300; row++) {
    const [height, width] = [40, 60];
    const batch = batchOf([row], [height, width, 1]);
    batch.values.forEach((_, k) => {
      batch.values[k] = Math.floor(k / width) + 1000 * (k % width); // its place
    });
    applyAugmentations(batch, [{ type: "randomResizedCrop", scale: [0.2, 0.5] }], { seed: 1, step: 0 });
    const [first, last] = [batch.values[0] as number, batch.values.at(-1) as number];
    const place = (value: number) => [Math.floor(value / 1000), value % 1000] as const;
    const w = place(last)[0] - place(first)[0] + 1;
    const h = place(last)[1] - place(first)[1] + 1;
    const share = (w * h) / (height * width);
    assert.ok(share > 0.18 && share < 0.53, `area ${share}`);
    assert.ok(w / h > 0.72 && w / h < 1.4, `ratio ${w / h}`);
  }
});

test("tokenDropout replaces its share, but neither padding nor what is kept or special", () => {
  const batch: Batch = {
    ...batchOf([0], [20_000]),
    padding: 0,
    special: [2],
    values: Float32Array.from({ length: 20_000 }, (_, k) => k % 4),
  };
  const spec: Augmentation = { type: "tokenDropout", token: 9, keep: [3] };
  applyAugmentations(batch, [spec], { seed: 0, step: 0 });
  const replaced = [0, 1, 2, 3].map((token) => {
    return Array.from(batch.values).filter((value, k) => k % 4 === token && value === 9).length / 5000;
  });
  assert.deepEqual([replaced[0], replaced[2], replaced[3]], [0, 0, 0]);
  assert.ok(Math.abs((replaced[1] as number) - 0.1) < 0.022);
});

test("a change of colours does not depend on how images are normalised", () => {
  const specs: Augmentation[] = [
    { type: "randAugment", count: 4 },
    { type: "colorJitter", hue: 0.2, contrast: 0.5 },
  ];
  const plain: Batch = { ...batchOf([1, 2, 3], [5, 7, 3]), blank: [0, 0, 0], white: [1, 1, 1] };
  const scaled: Batch = {
    ...plain,
    blank: [-2, 1, 0],
    white: [2, 9, 255],
    values: plain.values.map((v, k) => [4 * v - 2, 8 * v + 1, 255 * v][k % 3] as number),
  };
  for (const batch of [plain, scaled]) applyAugmentations(batch, specs, { seed: 3, step: 1 });
  scaled.values.forEach((v, k) => {
    const back = [(v + 2) / 4, (v - 1) / 8, v / 255][k % 3] as number;
    assert.ok(Math.abs(back - (plain.values[k] as number)) < 1e-6);
  });
});

test("the share of mixup is Beta(α, α): mean 1/2, variance 1 / (8α + 4)", () => {
  for (const alpha of [0.001, 0.2, 1, 4]) {
    const draws = Array.from({ length: 20_000 }, (_, item) =>
      beta(alpha, generator({ seed: 0, step: 0, use: "beta" }, item)),
    );
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    assert.ok(draws.every((draw) => draw >= 0 && draw <= 1));
    assert.ok(Math.abs(mean - 0.5) < 5 * Math.sqrt(variance / draws.length), `α ${alpha}: mean ${mean}`);
    assert.ok(Math.abs(variance * (8 * alpha + 4) - 1) < 0.05, `α ${alpha}: variance ${variance}`);
  }
});

test("augmentations act in the order of the list, each with numbers of its own", () => {
  const twice = batchOf([1, 2, 3]);
  const noise: Augmentation = { type: "noise", std: 1 };
  applyAugmentations(twice, [noise, noise], { seed: 0, step: 0 });
  const once = batchOf([1, 2, 3]);
  const before = once.values.slice();
  applyAugmentations(once, [noise], { seed: 0, step: 0 });
  const doubled = before.map((value, i) => value + 2 * ((once.values[i] as number) - value));
  assert.ok(twice.values.some((value, i) => Math.abs(value - (doubled[i] as number)) > 0.1));
});
