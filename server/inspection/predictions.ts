import type { Subject } from "../../schemas/run-event.gen.ts";
import type { InspectQuery, ReliabilityBin, SampleSet } from "../protocol.ts";
import type { SplitAnswers } from "../statistics/splitAnswers.ts";

type Selection = Pick<InspectQuery, "show" | "cell" | "order">;
type Holds = (sample: number) => boolean;

/** Sets of samples by the networks' predictions. A sample without a label is neither right nor wrong. */
function setsOf({ labels, answers }: SplitAnswers): Readonly<Partial<Record<SampleSet, Holds>>> {
  const { student, studentAlone, teacher } = answers;
  const isRight = (given: ArrayLike<number>, k: number): boolean => given[k] === labels[k];
  const isKnown: Holds = (k) => (labels[k] ?? -1) >= 0;
  return {
    ...(student && teacher ? { disagreements: (k) => student[k] !== teacher[k] } : {}),
    ...(student && studentAlone
      ? {
          helped: (k) => isKnown(k) && isRight(student, k) && !isRight(studentAlone, k),
          harmed: (k) => isKnown(k) && !isRight(student, k) && isRight(studentAlone, k),
        }
      : {}),
    ...(student ? { wrong: (k) => isKnown(k) && !isRight(student, k) } : {}),
    all: () => true,
  };
}

/** How many samples are in each set. */
export function setSizes(answers: SplitAnswers): Readonly<Partial<Record<SampleSet, number>>> {
  const sets = Object.entries(setsOf(answers));
  return Object.fromEntries(sets.map(([name, holds]) => [name, countOf(answers.labels.length, holds)]));
}

function countOf(samples: number, holds: Holds): number {
  let found = 0;
  for (let k = 0; k < samples; k++) if (holds(k)) found++;
  return found;
}

/**
 * The numbers of the selected samples in their order: by how sure the network of the cell is, or the student; without
 * probabilities by number. A million samples take a quarter of a second: what is sorted are numbers that hold both.
 */
export function rowsOf(given: SplitAnswers, { show, cell, order }: Selection): Int32Array {
  const { labels, answers, confidence } = given;
  const predicted = cell && answers[cell.network];
  const holds: Holds | undefined =
    cell === undefined
      ? setsOf(given)[show]
      : predicted && ((k) => labels[k] === cell.label && predicted[k] === cell.predicted);
  if (holds === undefined) return new Int32Array(0);
  const sure = order === "number" ? undefined : confidence?.[cell?.network ?? "student"];
  const keys = new Float64Array(countOf(labels.length, holds));
  let at = 0;
  for (let k = 0; k < labels.length; k++) {
    if (!holds(k)) continue;
    const probability = (sure?.[k] ?? 0) || 0; // NaN is not sure.
    const first = sure === undefined ? 0 : order === "sure" ? 1 - probability : probability;
    keys[at++] = Math.round(first * steps) * places + k;
  }
  return Int32Array.from(keys.sort(), (key) => key % places);
}

/** A probability to a millionth and a number below 2³¹ fit together below 2⁵³. */
const steps = 2 ** 20;
const places = 2 ** 31;

/** Of equal width, as of the calibration error. */
const bins = 15;

/** How often a network is right that is so sure: Guo et al. 2017, On Calibration of Modern Neural Networks. */
export function reliabilityOf(
  { labels, answers, confidence }: SplitAnswers,
  network: Subject,
): ReliabilityBin[] {
  const [predicted, sure] = [answers[network], confidence?.[network]];
  const all = Array.from({ length: bins }, () => ({ samples: 0, right: 0, confidence: 0 }));
  if (predicted === undefined || sure === undefined) return [];
  for (let k = 0; k < labels.length; k++) {
    const probability = sure[k] as number;
    if ((labels[k] as number) < 0 || Number.isNaN(probability)) continue;
    const bin = all[Math.max(0, Math.ceil(probability * bins) - 1)] as (typeof all)[number];
    bin.samples += 1;
    bin.right += predicted[k] === labels[k] ? 1 : 0;
    bin.confidence += probability;
  }
  return all
    .filter(({ samples }) => samples > 0)
    .map(({ samples, right, confidence }) => ({
      samples,
      accuracy: right / samples,
      confidence: confidence / samples,
    }));
}
