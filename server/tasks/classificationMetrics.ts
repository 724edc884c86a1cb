import type { MetricsAccumulator, Predictions } from "./task.ts";

const calibrationBins = 15;

/** A matrix of confusions of more classes would take more memory than the networks. */
const mostConfused = 1000;

/**
 * Fractions, not percent, and natural logarithms; collected over any number of batches, in float64 and without keeping the logits.
 *
 * - `accuracy`: share of samples whose largest logit is the label's. `top5`: whose label is among the five largest, or among all if
 *   there are fewer. `nll`: mean negative log likelihood of the label.
 * - `ece`: expected calibration error, {@link calibrationBins} equal bins of the largest probability. `brier`: squared distance of
 *   the probabilities from the label, summed over classes, mean over samples.
 * - `macroF1`: mean F1 of the classes that occur as label or prediction; `macroF1AllClasses`: of all, where one that never occurs
 *   counts as 0. `agreement`: share of samples where student and teacher predict the same class; only with a teacher.
 *
 * Where classes are told by probabilities the label is the likeliest. Kept of each sample: the predicted class. Confusions are counted of up
 * to {@link mostConfused} classes.
 */
export function metricsAccumulator(classes: number) {
  const isCounted = classes <= mostConfused;
  const confusion = Array.from({ length: isCounted ? classes : 0 }, () => new Array<number>(classes).fill(0));
  const ofClass: Tallies = {
    labelled: new Float64Array(classes),
    predicted: new Float64Array(classes),
    right: new Float64Array(classes),
  };
  const bins = Array.from({ length: calibrationBins }, () => ({ right: 0, confidence: 0 }));
  const probabilities = new Float64Array(classes);
  const totals = { count: 0, right: 0, top5: 0, nll: 0, brier: 0, agreeing: 0, compared: 0 };

  const addSample = (logits: Float32Array, label: number) => {
    const predicted = argmax(logits);
    const logNormalizer = softmaxInto(probabilities, logits);
    const confidence = probabilities[predicted] as number;
    const right = predicted === label ? 1 : 0;
    totals.count++;
    totals.right += right;
    totals.top5 += rank(logits, label) < 5 ? 1 : 0;
    totals.nll += logNormalizer - (logits[label] as number);
    totals.brier += probabilities.reduce((sum, p, c) => sum + (p - (c === label ? 1 : 0)) ** 2, 0);
    count(ofClass.labelled, label, 1);
    count(ofClass.predicted, predicted, 1);
    count(ofClass.right, label, right);
    const row = confusion[label];
    if (row) row[predicted] = (row[predicted] as number) + 1;
    // Bins are (lower, upper], so that a confidence of 1 belongs to the last; NaN goes to the first.
    const place = Math.max(0, Math.ceil(confidence * calibrationBins) - 1) || 0;
    const bin = bins[place] as (typeof bins)[number];
    bin.right += right;
    bin.confidence += confidence;
    return predicted;
  };

  return {
    add({ logits, labels, teacher }: Predictions): Int32Array {
      if (logits.length !== labels.length * classes || (teacher && teacher.length !== logits.length)) {
        throw new Error(
          `Expected ${labels.length} × ${classes} logits, found ${logits.length}${teacher ? ` (and ${teacher.length} of the teacher)` : ""}`,
        );
      }
      const answers = new Int32Array(labels.length);
      for (let i = 0; i < labels.length; i++) {
        const label = labels[i] as number;
        if (!(label >= 0 && label < classes))
          throw new Error(`label ${label} is outside of ${classes} classes`);
        const row = (of: Float32Array) => of.subarray(i * classes, (i + 1) * classes);
        const predicted = addSample(row(logits), label);
        answers[i] = predicted;
        if (!teacher) continue;
        totals.compared++;
        if (argmax(row(teacher)) === predicted) totals.agreeing++;
      }
      return answers;
    },
    result() {
      const { count, right, top5, nll, brier, agreeing, compared } = totals;
      const gaps = bins.map((bin) => Math.abs(bin.right - bin.confidence));
      return {
        metrics: {
          accuracy: right / count,
          top5: top5 / count,
          nll: nll / count,
          ece: gaps.reduce((sum, gap) => sum + gap, 0) / count,
          brier: brier / count,
          ...macroF1(ofClass),
          ...(compared > 0 ? { agreement: agreeing / compared } : {}),
        },
        ...(isCounted ? { confusion: confusion.map((row) => [...row]) } : {}),
      };
    },
  } satisfies MetricsAccumulator;
}

/** Samples by class. */
interface Tallies {
  readonly labelled: Float64Array; // [classes]
  readonly predicted: Float64Array; // [classes]
  readonly right: Float64Array; // [classes]
}

function count(tallies: Float64Array, index: number, times: number): void {
  tallies[index] = (tallies[index] as number) + times;
}

/** F1 = 2 tp / (2 tp + fp + fn). */
function macroF1({ labelled, predicted, right }: Tallies): { macroF1: number; macroF1AllClasses: number } {
  let [total, present] = [0, 0];
  for (let c = 0; c < labelled.length; c++) {
    const either = (labelled[c] as number) + (predicted[c] as number);
    if (either === 0) continue;
    present++;
    total += (2 * (right[c] as number)) / either;
  }
  return { macroF1: total / present, macroF1AllClasses: total / labelled.length };
}

/** The first of the largest values. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** Rank of the value at `index`: the number of larger values, and equal ones before it. */
function rank(values: Float32Array, index: number): number {
  const own = values[index] as number;
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > own || (value === own && i < index) || Number.isNaN(own)) before++;
  }
  return before;
}

/** Writes softmax(logits) and gives log Σ exp(logits). */
function softmaxInto(out: Float64Array, logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let c = 0; c < logits.length; c++) {
    const value = Math.exp((logits[c] as number) - largest);
    out[c] = value;
    sum += value;
  }
  for (let c = 0; c < logits.length; c++) out[c] = (out[c] as number) / sum;
  return largest + Math.log(sum);
}

/** Of five classes or fewer, every answer is among the first five. */
export const saysMore = (metric: string, classes: number): boolean => metric !== "top5" || classes > 5;
