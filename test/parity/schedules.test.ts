import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScheduleSpec, scheduleOf, schedules } from "../../server/engine/distill/schedules/schedules.ts";
import { assertClose } from "./closeness.ts";
import { goldenCases } from "./golden.ts";

interface Params {
  readonly type: string;
  readonly convention?: "torch" | "from-zero" | "from-one";
  readonly lr: number;
  readonly stepSize: number;
  readonly gamma: number;
  readonly milestones: number[];
  readonly totalSteps?: number;
  readonly minLr?: number;
  readonly startFactor?: number;
  readonly endFactor: number;
  readonly warmupSteps: number;
  readonly maxLr: number;
  readonly pctStart: number;
  readonly annealStrategy: "cos" | "linear";
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly threePhase: boolean;
}

interface ScheduleCase {
  readonly name: string;
  readonly params: Params;
  readonly values: readonly number[];
}

/** A case's parameters as a file says them; undefined where no file can. */
const written: Readonly<Record<string, (params: Params) => ScheduleSpec | undefined>> = {
  constant: () => ({ type: "constant" }),
  step: ({ stepSize, gamma }) => ({ type: "step", stepSize, gamma }),
  // An epoch of one step.
  multistep: ({ milestones, gamma }) => ({ type: "multistep", milestones, gamma }),
  exponential: ({ gamma }) => ({ type: "exponential", gamma }),
  cosine: ({ minLr: minLearningRate = 0 }) => ({ type: "cosine", minLearningRate }),
  linear: ({ startFactor = 1, endFactor }) => (startFactor === 1 ? { type: "linear", endFactor } : undefined),
  polynomial: () => undefined,
  "warmup-cosine": ({ convention, warmupSteps: warmup, minLr: minLearningRate = 0 }) =>
    convention === "from-one" ? { type: "cosine", warmup, minLearningRate } : undefined,
  "one-cycle": ({
    maxLr: maxLearningRate,
    annealStrategy,
    pctStart,
    divFactor,
    finalDivFactor,
    threePhase,
  }) => ({
    type: "oneCycle",
    maxLearningRate,
    pctStart,
    divFactor,
    finalDivFactor,
    threePhase,
    anneal: annealStrategy === "cos" ? "cosine" : "linear",
  }),
};

const cases = (await goldenCases<ScheduleCase>("schedules")).flatMap((golden) => {
  const write = written[golden.params.type];
  if (!write) throw new Error(`There is no schedule ${golden.params.type}`);
  const spec = write(golden.params);
  return spec ? [{ ...golden, spec }] : [];
});

test("there is a case for every schedule", () => {
  assert.deepEqual(new Set(cases.map(({ spec }) => spec.type)), new Set(Object.keys(schedules)));
});

for (const { name, params, values, spec } of cases) {
  test(`schedule ${name}: every step`, () => {
    const { lr: learningRate, totalSteps = values.length } = params;
    const curve = scheduleOf(spec, { learningRate, totalSteps, stepsPerEpoch: 1 });
    // Expected values are rounded to float32; ours are float64.
    const largest = Math.max(...values.map(Math.abs));
    assertClose(
      values.map((_, at) => curve(at)),
      values,
      1e-7 * largest,
      "learning rate",
    );
  });
}
