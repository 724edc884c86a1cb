import type { Remark, Samples } from "../../data/samples.ts";
import { spreadOf } from "../../data/standard.ts";

/** The root mean square of numbers that is reported. */
const farOff = 20;

/**
 * Numbers to learn that are far from 0. A net's outputs begin near 0 and of a size near 1, and the steps that an optimizer takes are
 * as large as the learning rate, whatever the numbers are. Of several outputs the first one is reported.
 */
export function largeTargets({
  task,
  classes,
  targets,
  standard,
}: Pick<Samples, "task" | "classes" | "targets" | "standard">): Remark[] {
  if (task !== "regression" || targets === undefined || standard !== undefined) return [];
  for (let output = 0; output < classes; output++) {
    const { mean, deviation } = spreadOf(targets, { from: output, step: classes });
    if (!(Math.hypot(mean, deviation) > farOff)) continue;
    const which = classes > 1 ? ` of output ${output}` : "";
    return [
      {
        code: "targets-large",
        message: `The labels${which} have the mean ${brief(mean)} and the standard deviation ${brief(deviation)}, and a net's outputs begin near 0: they may be slow to get there. Set \`data.standardizeTargets\`: they are then learned as deviations from the mean, and given in their units.`,
      },
    ];
  }
  return [];
}

const brief = (value: number): string => String(Number(value.toPrecision(3)));
