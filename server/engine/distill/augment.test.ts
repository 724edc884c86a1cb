import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Augmentation } from "../../../schemas/experiment.gen.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { tensorflowForTests } from "../../../test/support/tensorflow.ts";
import { applyAugmentations, changesOf, drawsFor } from "../../data/augment.ts";
import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { blankOf, type ResolvedNormalize } from "../../data/normalize.ts";
import { fillBatch, hashed, type Samples } from "../../data/samples.ts";
import type { LoadProgram, Program } from "../program.ts";
import { drawsGroup } from "./augment.ts";
import { asGroup } from "./names.ts";
import { residentBatches } from "./residentBatches.ts";

const tensorflow = await tensorflowForTests();
const engines: readonly (readonly [string, LoadProgram | undefined])[] = [
  ["op by op", loadEager],
  ["in TensorFlow", tensorflow],
];

const classes = 4;
const batch = 5;

const each: readonly Augmentation[] = [
  { type: "shift", pixels: 2 },
  { type: "crop", padding: 3 },
  { type: "flip" },
  { type: "flip", axis: "vertical", probability: 0.7 },
  { type: "cutout", size: 3, probability: 0.9 },
  { type: "noise", std: 0.1 },
  { type: "mixup", alpha: 0.4 },
  { type: "cutMix", alpha: 0.7 },
];

const anyAugmentation: fc.Arbitrary<Augmentation> = fc.oneof(
  fc.record({ type: fc.constant("shift" as const), pixels: fc.integer({ min: 1, max: 7 }) }),
  fc.record({ type: fc.constant("crop" as const), padding: fc.integer({ min: 1, max: 7 }) }),
  fc.record({
    type: fc.constant("flip" as const),
    axis: fc.constantFrom("horizontal" as const, "vertical" as const),
    probability: fc.constantFrom(0.5, 1),
  }),
  fc.record({
    type: fc.constant("cutout" as const),
    size: fc.integer({ min: 1, max: 7 }),
    probability: fc.constantFrom(0.5, 1),
  }),
  fc.record({ type: fc.constant("noise" as const), std: fc.constantFrom(0.01, 0.3) }),
  fc.record({ type: fc.constant("mixup" as const), alpha: fc.constantFrom(1e-12, 0.2, 1) }),
  fc.record({ type: fc.constant("cutMix" as const), alpha: fc.constantFrom(0.2, 1) }),
);

for (const [where, load] of engines) {
  const skip = load === undefined && "there is no TensorFlow engine";

  for (const spec of each)
    test(`${JSON.stringify(spec)} ${where} makes of a batch what it makes of it here`, { skip }, () =>
      check(load as LoadProgram, { specs: [spec], shape: [5, 6, 2], storage: "bytes", seed: 3 }),
    );

  test(`a list of augmentations ${where} makes of a batch what it makes of it here`, { skip }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          specs: fc.array(anyAugmentation, { minLength: 1, maxLength: 5 }),
          shape: fc.tuple(
            fc.integer({ min: 1, max: 6 }),
            fc.integer({ min: 1, max: 6 }),
            fc.integer({ min: 1, max: 3 }),
          ),
          storage: fc.constantFrom("bytes" as const, "floats" as const),
          seed: fc.nat(),
        }),
        (given) => check(load as LoadProgram, given),
      ),
      { numRuns: 30 },
    ),
  );

  test(`samples that are no images can be blended and made noisy ${where}`, { skip }, () =>
    check(load as LoadProgram, {
      specs: [
        { type: "noise", std: 0.2 },
        { type: "mixup", alpha: 1 },
      ],
      shape: [7],
      storage: "floats",
      seed: 8,
    }),
  );
}

interface Case {
  readonly specs: readonly Augmentation[];
  readonly shape: readonly number[];
  readonly storage: "bytes" | "floats";
  readonly seed: number;
}

/** Holds a few samples and augments batches of them in two steps, to the very bits of what is fed. */
async function check(load: LoadProgram, { specs, shape, storage, seed }: Case): Promise<void> {
  const samples = someSamples(shape, storage);
  const normalize = normalizing(shape.at(-1) as number);
  const changes = changesOf(specs, shape);
  const { resident, initial } = residentBatches({ samples, normalize, changes, classes });
  const blends = blendsLabels(specs);
  const program: Program = {
    state: {},
    tables: resident.tables,
    entries: [
      {
        name: "batch",
        inputs: resident.inputs(batch),
        run: (_, inputs, lookUp) => ({ state: {}, outputs: resident.batch(inputs, lookUp) }),
      },
    ],
  };
  const executor = await load(program, initial);
  try {
    for (const step of [0, 1]) {
      const rows = Int32Array.from({ length: batch }, (_, i) => (i * 5 + step * 3) % samples.count);
      const draws = changes.map((change, i) => {
        const drawn = drawsFor(change, batch);
        change.draw({ seed, step, rows }, drawn);
        return asGroup(drawsGroup(i), drawn);
      });
      const found = await executor.run("batch", Object.assign({ rows }, ...draws));

      const values = new Float32Array(batch * samples.values.size);
      fillBatch(samples, rows, normalize, values);
      const labels = rows.map((row) => samples.labels[row] as number);
      const blank = blankOf(normalize, shape.at(-1) as number);
      const weights = applyAugmentations({ values, shape, rows, labels, classes, blank }, specs, {
        seed,
        step,
      });
      assert.equal(weights !== undefined, blends);
      assert.deepEqual(found["x"], values);
      assert.deepEqual(found["labels"], weights ?? labels);
    }
  } finally {
    await executor.dispose();
  }
}

const normalizing = (channels: number): ResolvedNormalize => ({
  scale: 1 / 255,
  mean: Array.from({ length: channels }, (_, c) => 0.3 + 0.1 * c),
  std: [0.25],
});

function someSamples(shape: readonly number[], storage: Case["storage"]): Samples {
  const count = 11;
  const size = shape.reduce((product, extent) => product * extent, count);
  const bytes = Uint8Array.from({ length: size }, (_, i) => 128 + 127 * Math.sin(i * 12.9898));
  return hashed({
    count,
    shape,
    classes,
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    storage: storage === "bytes" ? bytes : Float32Array.from(bytes, (byte) => byte / 3),
  });
}
