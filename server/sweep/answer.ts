import { grouped } from "../grouped.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfSplits } from "../tasks/tasks.ts";
import { settingsText } from "../terminal/wording.ts";
import { type GoodEnough, paretoFront, type Sized, scoreOf, smallestGoodEnough } from "./front.ts";
import { meansOf, type Point } from "./results.ts";

/** Bytes of a weight in float32. */
const bytesEach = 4;

/**
 * Which student is the smallest that is good enough, in a sentence: `smallest within 1 point of the teacher (98.20 % on validation):
 * student.hidden[0]=16, 10,250 parameters, 41 kB, 0.12 ms, 97.90 % (validation); test 97.60 %`. undefined where there is no front.
 */
export function answerText(points: readonly Point[], tolerance: number | undefined): string | undefined {
  const found = smallestGoodEnough(paretoFront(points), tolerance);
  return found && worded(found);
}

function worded({ tolerance, teacher, smallest }: GoodEnough): string {
  const near = `within ${tolerance} ${tolerance === 1 ? "point" : "points"} of the teacher`;
  if (teacher === undefined)
    return `No teacher was measured on validation, so that no student is known to be ${near}.`;
  if (smallest === undefined)
    return `No student is ${near} (${metricText("accuracy", teacher)} on validation).`;
  return `smallest ${near} (${metricText("accuracy", teacher)} on validation): ${studentText(smallest)}`;
}

function studentText({ point, parameters }: Sized): string {
  const { key } = taskOfSplits(point.results);
  const { latencyMs, [`test.${key}`]: tested } = meansOf(point);
  const test = tested === undefined ? "" : `; test ${metricText(key, tested)}`;
  return [
    settingsText(point.settings),
    `${grouped(parameters)} parameters`,
    `${brief((bytesEach * parameters) / 1000)} kB`,
    ...(latencyMs === undefined ? [] : [`${brief(latencyMs)} ms`]),
    `${metricText(key, scoreOf(point))} (validation)${test}`,
  ].join(", ");
}

/** Two digits at least. */
const brief = (number: number): string =>
  number >= 10 ? grouped(Math.round(number)) : String(Number(number.toPrecision(2)));
