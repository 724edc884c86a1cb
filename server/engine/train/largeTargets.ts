import type { Remark, Samples } from "../../data/samples.ts";

/** The root mean square of numbers that is told. */
const farOff = 20;

/**
 * Numbers to learn that are far from 0. A net's outputs begin near 0 and of a size near 1, and the steps that an optimizer takes are
 * as large as the learning rate, whatever the numbers are. Of several outputs the first one is told.
 */
export function largeTargets({
  task,
  classes,
  targets,
}: Pick<Samples, "task" | "classes" | "targets">): Remark[] {
  if (task !== "regression" || targets === undefined) return [];
  for (let output = 0; output < classes; output++) {
    const { mean, deviation } = spreadOf(targets, { from: output, step: classes });
    if (!(Math.hypot(mean, deviation) > farOff)) continue;
    const which = classes > 1 ? ` of output ${output}` : "";
    return [
      {
        code: "targets-large",
        message: `The labels${which} have the mean ${brief(mean)} and the standard deviation ${brief(deviation)}, and a net's outputs begin near 0: they may be slow to get there. Subtract the mean and divide by the deviation in the file, and in the teacher's outputs alike; or train longer, with a larger learning rate.`,
      },
    ];
  }
  return [];
}

/** Of every `step`-th number; NaN, which is no number, is left out. */
function spreadOf(numbers: Float32Array, { from, step }: { readonly from: number; readonly step: number }) {
  let [count, mean, squares] = [0, 0, 0];
  for (let i = from; i < numbers.length; i += step) {
    const number = numbers[i] as number;
    if (Number.isNaN(number)) continue;
    // Welford: the mean may be large beside the deviation.
    count++;
    const before = number - mean;
    mean += before / count;
    squares += before * (number - mean);
  }
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) };
}

const brief = (value: number): string => String(Number(value.toPrecision(3)));
