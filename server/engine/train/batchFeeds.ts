import { applyAugmentations } from "../../data/augment.ts";
import { blankOf } from "../../data/normalize.ts";
import { fillNormal, fillUniform } from "../../data/random.ts";
import { fillBatch, sizeOf } from "../../data/samples.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data, NamedData, RandomSpec } from "../program.ts";
import type { Fit } from "./fit.ts";

/**
 * Everything that a training step is fed, for the samples at `rows` at `step` (0 for the first). The arrays are used
 * again by the next call with as many rows.
 */
export function batchFeeds(
  it: Fit,
  program: Distillation,
): (rows: Int32Array, step: number) => Promise<NamedData> {
  const { train, normalize, augment, targets, seed } = it;
  const classes = it.net.outputShape.at(-1) as number;
  const mixed = augment.some(({ type }) => type === "mixup");
  const blank = blankOf(normalize, train.shape.at(-1) ?? 1);
  const buffers = new Map<number, Record<string, Data>>();
  const randomInputs = new Map<number, [string, RandomSpec][]>();

  const allocate = (count: number): Record<string, Data> => ({
    x: new Float32Array(count * sizeOf(train.shape)),
    labels: mixed ? new Float32Array(count * classes) : new Int32Array(count),
    ...(targets === undefined ? {} : { teacherLogits: new Float32Array(count * classes) }),
    ...Object.fromEntries(Object.keys(program.hyperparameters(0)).map((name) => [name, new Float32Array(1)])),
    ...Object.fromEntries(
      Object.entries(it.net.randomInputs(count)).map(([layer, { shape }]) => [
        `random/${layer}`,
        new Float32Array(sizeOf(shape)),
      ]),
    ),
  });

  return async (rows, step) => {
    let feeds = buffers.get(rows.length);
    if (feeds === undefined) {
      feeds = allocate(rows.length);
      buffers.set(rows.length, feeds);
      randomInputs.set(rows.length, Object.entries(it.net.randomInputs(rows.length)));
    }
    const x = feeds["x"] as Float32Array;
    fillBatch(train, rows, normalize, x);
    const labels = Int32Array.from(rows, (row) => train.labels[row] as number);
    const mixture = applyAugmentations(
      { values: x, shape: train.shape, rows, labels, classes, blank },
      augment,
      { seed, step },
    );
    feeds["labels"]?.set(mixture ?? labels);
    if (targets !== undefined) await targets.fill(rows, x, feeds["teacherLogits"] as Float32Array);
    for (const [name, value] of Object.entries(program.hyperparameters(step)))
      (feeds[name] as Float32Array)[0] = value;
    for (const [layer, { random }] of randomInputs.get(rows.length) ?? []) {
      const fill = random.distribution === "uniform" ? fillUniform : fillNormal;
      fill(feeds[`random/${layer}`] as Float32Array, { seed, step, use: `random.${random.use}` });
    }
    return feeds;
  };
}
