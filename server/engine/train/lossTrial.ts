import type { Tensor } from "@tensorflow/tfjs-core";
import type { ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { Problem } from "../../problem.ts";
import { differentiate } from "../distill/differentiate.ts";
import type { LossContext } from "../distill/losses/loss.ts";
import { termsOf } from "../distill/losses/losses.ts";
import { ownLoss } from "../distill/losses/ownLosses.ts";
import { asGroup, inGroup } from "../distill/names.ts";
import { trace } from "../graph/trace.ts";
import { UnsupportedKernel } from "../graph/traceBackend.ts";
import type { Program, TensorSpec } from "../program.ts";

/** What the trial of a loss is given: shapes of one sample, by layer. */
export interface LossTrial extends Pick<LossContext, "shapes"> {
  readonly classes: number;
}

/** Why losses of modules cannot be compiled with their gradients, said before anything is trained; undefined where they can. */
export function ownLossProblem(
  losses: readonly ResolvedLoss[],
  trial: LossTrial,
): { readonly problem: Problem } | undefined {
  for (const loss of losses) {
    if (ownLoss(loss.type) === undefined) continue;
    try {
      trace(trialProgram(loss, trial));
    } catch (error) {
      return { problem: moduleProblemOf(error, `The loss ${loss.type}`) };
    }
  }
  return undefined;
}

/**
 * Why what a module declares cannot be used. An error thrown by its function has a code and its place; others come from the
 * gradients of what it computes.
 */
export function moduleProblemOf(error: unknown, whose: string): Problem {
  const { code, message, hint } = error as Error & Partial<Record<"code" | "hint", string>>;
  if (code?.startsWith("module-")) return { code, message, ...(hint ? { hint } : {}) };
  const why =
    error instanceof UnsupportedKernel ? `the engine has no ${error.kernel}` : message.replace(/\.$/, "");
  return {
    code: "module-operation",
    message: `${whose} cannot be trained with: ${why}.`,
    hint: "Write it in other operations.",
  };
}

/** The loss of a batch of two, with its gradient by all that it reads of the student. */
function trialProgram(loss: ResolvedLoss, { classes, shapes }: LossTrial): Program {
  const float = (...shape: number[]): TensorSpec => ({ shape: [2, ...shape], dtype: "float32" });
  const taps = (layers: Readonly<Record<string, Shape>>) =>
    Object.fromEntries(Object.entries(layers).map(([name, shape]) => [name, float(...shape)]));
  const [term] = termsOf([loss], { shapes, samples: 2 });
  if (term === undefined) throw new Error("a loss is a term");
  return {
    state: {},
    entries: [
      {
        name: term.name,
        inputs: {
          student: float(classes),
          teacher: float(classes),
          labels: { shape: [2], dtype: "int32" },
          ...asGroup("student", taps(shapes.student)),
          ...asGroup("teacher", taps(shapes.teacher)),
        },
        run: (_, inputs) => {
          const of = (name: string) => inputs[name] as Tensor;
          const own = { ...asGroup("tap", inGroup("student", inputs)), logits: of("student") };
          const { value, gradients } = differentiate(own, () => ({
            value: term.value({
              student: { logits: own.logits, taps: inGroup("student", inputs) },
              teacher: { logits: of("teacher"), taps: inGroup("teacher", inputs) },
              labels: { classes: of("labels") },
              own: {},
            }).value,
            beside: {},
          }));
          return { state: {}, outputs: { value, ...asGroup("gradient", gradients) } };
        },
      },
    ],
  };
}
