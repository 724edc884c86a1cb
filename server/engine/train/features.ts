import type { ResolvedData, ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { featureObstacle } from "../../nets/comparedFeatures.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import { type Problem, problem } from "../../problem.ts";
import { type LayerPairs, pairsOf } from "../distill/losses/layerLoss.ts";
import { lossType } from "../distill/losses/losses.ts";
import type { Net } from "../nets/net.ts";
import { mostRemembered } from "./rememberedTargets.ts";

type LossOnFeatures = Extract<ResolvedLoss, LayerPairs>;

const onFeatures = (losses: readonly ResolvedLoss[]): readonly LossOnFeatures[] =>
  losses.filter((loss): loss is LossOnFeatures => lossType(loss).facts.seesLayers === true);

/** The teacher's layers that losses read, each once. */
export const teacherTaps = (losses: readonly ResolvedLoss[]): readonly string[] => [
  ...new Set(onFeatures(losses).flatMap((loss) => pairsOf(loss).map(({ teacher }) => teacher))),
];

/** Why a loss cannot compare its layers, if it cannot. @param features of the teacher, by layer */
export function featureProblem(
  losses: readonly ResolvedLoss[],
  student: Pick<Net, "layers">,
  features: Readonly<Record<string, Shape>>,
): { readonly problem: Problem } | undefined {
  const shapes = new Map(student.layers.map(({ name, outputShape }) => [name, outputShape]));
  for (const loss of onFeatures(losses)) {
    const { type } = loss;
    const { compares = "any" } = lossType(loss).facts;
    const [own, others] = [loss.student, loss.teacher].map((names) => [names].flat().length);
    if (own !== others)
      return problem(
        "feature-layers",
        `The loss ${type} names ${own} layers of the student and ${others} of the teacher.`,
      );
    for (const pair of pairsOf(loss)) {
      const shape = shapes.get(pair.student);
      const other = features[pair.teacher];
      if (!shape) return problem("unknown-layer", `The student has no layer "${pair.student}".`);
      if (!other) return problem("unknown-layer", `The teacher has no layer "${pair.teacher}".`);
      const obstacle = featureObstacle(compares, shape, other, "projector" in loss ? loss.projector : "none");
      if (!obstacle) continue;
      return problem(
        "feature-shape",
        `The loss ${type} of "${pair.student}" and "${pair.teacher}": ${obstacle.message}.`,
        obstacle.projector && `Add "projector": "${obstacle.projector}" to it.`,
      );
    }
  }
  return undefined;
}

/** When the teacher's layers are computed, for the log; undefined where no loss reads them. */
export function teacherInLoop(
  losses: readonly ResolvedLoss[],
  { augment }: Pick<ResolvedData, "augment">,
): string | undefined {
  const names = [...new Set(onFeatures(losses).map(({ type }) => `\`${type}\``))];
  if (names.length === 0) return undefined;
  const listed = new Intl.ListFormat("en").format(names);
  const reading = `${listed} ${names.length === 1 ? "reads" : "read"} the teacher's layers`;
  if (augment.length > 0) return `${reading} and samples are augmented: the teacher runs in every step.`;
  const most = `${mostRemembered / 2 ** 20} MB`;
  return `${reading}: its outputs there are cached if they take at most ${most}; otherwise the teacher runs in every step.`;
}
