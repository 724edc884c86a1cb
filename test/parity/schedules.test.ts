import { test } from "node:test";
import {
  type Curve,
  constant,
  cosine,
  exponential,
  linear,
  multistep,
  oneCycle,
  oneCycleMomentum,
  polynomial,
  step,
  warmup,
} from "../../server/engine/distill/schedules/curves.ts";
import { assertClose } from "./closeness.ts";
import { goldenCases } from "./golden.ts";

interface Params {
  readonly type: string;
  readonly convention?: "torch" | "from-zero" | "from-one";
  readonly lr: number;
  readonly stepSize: number;
  readonly gamma: number;
  readonly milestones: readonly number[];
  readonly totalSteps: number;
  readonly minLr?: number;
  readonly startFactor?: number;
  readonly endFactor: number;
  readonly power: number;
  readonly warmupSteps: number;
  readonly maxLr: number;
  readonly pctStart: number;
  readonly annealStrategy: "cos" | "linear";
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly threePhase: boolean;
  readonly baseMomentum: number;
  readonly maxMomentum: number;
}

interface ScheduleCase {
  readonly name: string;
  readonly params: Params;
  readonly values: readonly number[];
  readonly momentum?: readonly number[];
}

const cycleOf = ({ totalSteps, pctStart, annealStrategy, threePhase }: Params) => ({
  totalSteps,
  pctStart,
  anneal: annealStrategy === "cos" ? ("cosine" as const) : ("linear" as const),
  threePhase,
});

const curves: Readonly<Record<string, (params: Params) => Curve>> = {
  constant: ({ lr }) => constant(lr),
  step: ({ lr, stepSize, gamma }) => step(lr, { stepSize, gamma }),
  multistep: ({ lr, milestones, gamma }) => multistep(lr, { milestones, gamma }),
  exponential: ({ lr, gamma }) => exponential(lr, { gamma }),
  cosine: ({ lr, minLr = 0, totalSteps }) => cosine(lr, { minimum: minLr, over: totalSteps }),
  linear: ({ lr, startFactor = 1, endFactor, totalSteps }) =>
    linear(lr, { startFactor, endFactor, over: totalSteps }),
  polynomial: ({ lr, power, totalSteps }) => polynomial(lr, { power, over: totalSteps }),
  "warmup-cosine": ({ lr, convention, warmupSteps, startFactor = 0, minLr = 0, totalSteps }) =>
    warmup(cosine(lr, { minimum: minLr, over: totalSteps - warmupSteps }), {
      rate: lr,
      steps: warmupSteps,
      ...(convention === "from-one" ? {} : { startFactor: convention === "torch" ? startFactor : 0 }),
    }),
  "one-cycle": (params) =>
    oneCycle({
      ...cycleOf(params),
      maximum: params.maxLr,
      divFactor: params.divFactor,
      finalDivFactor: params.finalDivFactor,
    }),
};

for (const { name, params, values, momentum } of await goldenCases<ScheduleCase>("schedules")) {
  test(`schedule ${name}: every step`, () => {
    const curveOf = curves[params.type];
    if (!curveOf) throw new Error(`There is no schedule ${params.type}`);
    // Expected values are rounded to float32; ours are float64.
    const largest = Math.max(...values.map(Math.abs));
    assertClose(
      values.map((_, at) => curveOf(params)(at)),
      values,
      1e-7 * largest,
      "learning rate",
    );
    if (!momentum) return;
    const moving = oneCycleMomentum({
      ...cycleOf(params),
      base: params.baseMomentum,
      maximum: params.maxMomentum,
    });
    assertClose(
      momentum.map((_, at) => moving(at)),
      momentum,
      1e-7,
      "momentum",
    );
  });
}
