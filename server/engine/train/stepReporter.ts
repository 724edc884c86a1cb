import type { Distillation } from "../distill/program.ts";
import type { NamedData } from "../program.ts";
import type { TrainContext } from "./context.ts";
import { type Fit, subjectOf } from "./fit.ts";
import { progressReporter } from "./progress.ts";

/** Times steps and reports them, every `reportEvery` steps; says which number is not finite, if any. */
export interface StepReporter {
  begin(): void;
  dataReady(): void;
  /**
   * @param done steps done, this one included
   * @returns what is wrong with the step's numbers, as in "the term kd is NaN"
   */
  end(done: number, samples: number, outputs: NamedData): string | undefined;
  lastYield: number;
}

export function stepReporter(
  { subject, phase, training }: Pick<Fit, "subject" | "phase" | "training">,
  context: Pick<TrainContext, "report">,
  {
    program,
    totalSteps,
    stepsPerEpoch,
  }: { program: Distillation; totalSteps: number; stepsPerEpoch: number },
): StepReporter {
  let started = 0;
  let ready = 0;
  const { report } = context;
  const progress = progressReporter(context, { phase, subject, total: totalSteps });
  const since = { steps: 0, samples: 0, total: 0, data: 0 };

  return {
    lastYield: performance.now(),
    begin() {
      started = performance.now();
    },
    dataReady() {
      ready = performance.now();
    },
    end(done, samples, outputs) {
      const now = performance.now();
      since.steps += 1;
      since.samples += samples;
      since.total += now - started;
      since.data += ready - started;
      const bad = notFinite(program, outputs);
      if (done % training.reportEvery === 0 || done === totalSteps || bad !== undefined) {
        const weights = program.lossWeights(done - 1);
        report({
          type: "step",
          ...subjectOf(subject),
          step: done,
          epoch: done / stepsPerEpoch,
          loss: number(outputs, "loss"),
          terms: Object.fromEntries(
            program.terms.map((term) => {
              const raw = number(outputs, term);
              return [term, { raw, weighted: raw === null ? null : raw * (weights[term] ?? 0) }];
            }),
          ),
          learningRate: program.learningRate(done - 1),
          gradNorm: number(outputs, "gradientNorm"),
          stepMs: rounded(since.total / since.steps),
          dataMs: rounded(since.data / since.steps),
          samplesPerSecond: Math.round((since.samples / since.total) * 1000),
        });
        Object.assign(since, { steps: 0, samples: 0, total: 0, data: 0 });
      }
      if (subject !== "student") progress(done);
      return bad;
    },
  };
}

function notFinite({ terms }: Distillation, outputs: NamedData): string | undefined {
  for (const [name, what] of [
    ...terms.map((term) => [term, `the term ${term}`] as const),
    ["loss", "the loss"] as const,
    ["gradientNorm", "the norm of the gradients"] as const,
  ]) {
    const value = outputs[name]?.[0];
    if (!Number.isFinite(value)) return `${what} is ${value}`;
  }
  return undefined;
}

/** JSON has no NaN: a number that is not finite is null. */
function number(outputs: NamedData, name: string): number | null {
  const value = outputs[name]?.[0];
  return value !== undefined && Number.isFinite(value) ? value : null;
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
