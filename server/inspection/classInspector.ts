import type { Subject } from "../../schemas/run-event.gen.ts";
import { percent } from "../grouped.ts";
import type { ReliabilityBin } from "../protocol.ts";
import { confusionOf } from "../statistics/confusion.ts";
import type { SplitAnswers } from "../statistics/splitAnswers.ts";
import type { Holds, Inspector, SampleSets } from "./inspector.ts";

/** Of one class a sample. One without a label is neither right nor wrong. */
export function classInspector(given: SplitAnswers, names: readonly string[] | undefined): Inspector {
  const { labels, answers, confidence, classes } = given;
  const networks = Object.keys(answers) as Subject[];
  const reliability = networks.map((network) => [network, reliabilityOf(given, network)] as const);
  const classNames = Array.from({ length: classes }, (_, index) => names?.[index] ?? String(index));
  const named = (index = -1) => classNames[index] ?? "–";
  const sets = setsOf(given);
  return {
    overview: {
      task: "classification",
      classes: classNames,
      confusion: confusionOf(given, names).confusion?.counts ?? {},
      reliability: Object.fromEntries(reliability.filter(([, bins]) => bins.length > 0)),
    },
    sets: () => sets,
    inCell(cell) {
      const predicted = "predicted" in cell ? answers[cell.network] : undefined;
      return (k) => "predicted" in cell && labels[k] === cell.label && predicted?.[k] === cell.predicted;
    },
    ranks({ cell }) {
      const sure = confidence?.[cell?.network ?? "student"];
      const probability = (k: number) => (sure?.[k] ?? 0) || 0; // NaN is not sure.
      return sure === undefined ? {} : { sure: probability, unsure: (k) => 1 - probability(k) };
    },
    said: (row) => ({
      truth: named(labels[row]),
      predicted: Object.fromEntries(
        networks.map((network) => {
          const sure = confidence?.[network]?.[row];
          return [
            network,
            {
              words: named(answers[network]?.[row]),
              ...(sure === undefined || Number.isNaN(sure) ? {} : { note: percent(sure, 1) }),
              isRight: answers[network]?.[row] === labels[row],
            },
          ];
        }),
      ),
    }),
  };
}

function setsOf({ labels, answers }: SplitAnswers): SampleSets {
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

/** Of equal width, as of the calibration error. */
const bins = 15;

/** How often a network is right that is so sure: Guo et al. 2017, On Calibration of Modern Neural Networks. */
function reliabilityOf({ labels, answers, confidence }: SplitAnswers, network: Subject): ReliabilityBin[] {
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
