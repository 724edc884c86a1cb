import { applyAugmentations, surroundings } from "../../data/augment.ts";
import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { windowRowsOf } from "../../data/blockOrder.ts";
import { readAhead } from "../../data/readAhead.ts";
import { fillBatch, normalizeBatch } from "../../data/samples.ts";
import { sizeOf } from "../../sizeOf.ts";
import { asGroup, tapGroup } from "../distill/names.ts";
import type { Distillation } from "../distill/program.ts";
import type { Data } from "../program.ts";
import { type Feeds, stepInputs } from "./feeds.ts";
import { budget, type Fit, stepSamples } from "./fitConfig.ts";
import { labelKind, labelRows } from "./labelRows.ts";
import { stepRows } from "./stepRun.ts";
import { viewAt } from "./views.ts";

/**
 * Batches made on the host, one per call: samples normalised and augmented, labels, and teacher outputs. Samples on disk are read
 * ahead.
 * @param totalSteps steps of the network's training at the end of the stage
 */
export function batchFeeds(config: Fit, program: Distillation, totalSteps: number): Feeds {
  const { train, normalize, augment, targets, seed } = config;
  const classes = config.net.outputShape.at(-1) as number;
  const kind = labelKind(train, blendsLabels(augment));
  const isRows = kind === "weights" || kind === "someWeights";
  const remembers = Object.keys(program.negativeSampling).length > 0;
  const around = surroundings(train, normalize, augment);
  const { stepsPerEpoch } = budget(config);

  const prepare = (batch: number) => {
    const inputs = stepInputs(config, program, batch);
    const feeds: Record<string, Data> = {
      x: new Float32Array(batch * sizeOf(train.shape)),
      labels: isRows
        ? new Float32Array(batch * (kind === "someWeights" ? classes + 1 : classes))
        : new Int32Array(batch),
      ...(targets === undefined ? {} : { teacherLogits: new Float32Array(batch * classes) }),
      ...inputs.allocate(1),
    };
    const features = Object.fromEntries(
      Object.entries(targets?.features ?? {}).map(([layer, shape]) => [
        layer,
        new Float32Array(batch * sizeOf(shape)),
      ]),
    );
    const labels = new Int32Array(batch);
    return { inputs, features, labels, feeds: { ...feeds, ...asGroup(tapGroup, features) } };
  };
  const prepared = new Map<number, ReturnType<typeof prepare>>();

  const ahead = train.values.inMemory ? undefined : readAhead(train.values, upcoming(config, totalSteps));

  return {
    most: 1,
    get waitedMs() {
      return ahead?.waitedMs ?? 0;
    },
    close: async () => ahead?.close(),
    async of(stepRun) {
      const { rows, step } = stepRun;
      const known = prepared.get(rows.length) ?? prepare(rows.length);
      prepared.set(rows.length, known);
      const { inputs, features, labels, feeds } = known;
      const x = feeds["x"] as Float32Array;
      if (ahead) normalizeBatch(await ahead.of(step), train.shape, normalize, x);
      else fillBatch(train, rows, normalize, x);
      for (let i = 0; i < rows.length; i++) labels[i] = train.labels[rows[i] as number] as number;
      const batch = {
        ...{ ...around, values: x, rows, labels, classes },
        ...(train.targets ? { labelWeights: labelRows(train, rows, { kind, outputs: classes }) } : {}),
      };
      const view = config.views === undefined ? 0 : viewAt(step, { views: config.views, stepsPerEpoch });
      const drawn = { seed, step: config.views === undefined ? step : view };
      feeds["labels"]?.set(applyAugmentations(batch, augment, drawn) ?? labels);
      if (targets !== undefined) {
        const logits = feeds["teacherLogits"] as Float32Array;
        await targets.fill(rows, x, { logits, features }, view);
      }
      inputs.fill(feeds, stepRun);
      return remembers ? { ...feeds, rows: Int32Array.from(rows) } : feeds;
    },
  };
}

/** The samples of coming steps. */
function upcoming(config: Fit, totalSteps: number): Parameters<typeof readAhead>[1] {
  const rowsOf = stepRows(config);
  const batch = stepSamples(config);
  const { stepsPerEpoch } = budget(config);
  const windowSteps = Math.ceil((windowRowsOf(config.train.values) ?? Number.POSITIVE_INFINITY) / batch);
  const epochAt = (step: number) => Math.floor(step / stepsPerEpoch);
  return {
    batch,
    areNear: config.sampler !== "balanced",
    rowsOf: (step) => (step < totalSteps ? rowsOf(step, 1) : undefined),
    // Of the same epoch: the order of the next one is not known yet.
    laterRowsOf(step) {
      const later = step + windowSteps;
      return later < totalSteps && epochAt(later) === epochAt(step) ? rowsOf(later, 1) : undefined;
    },
  };
}
