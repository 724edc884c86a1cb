import { brief, signed } from "../grouped.ts";
import type { InspectedNumber } from "../protocol.ts";
import type { SplitAnswers, SplitOutputs } from "../statistics/splitAnswers.ts";
import { errorRanks, gainSets } from "./errorRanks.ts";
import { type Inspector, type Rank, type SampleSets, setSizes } from "./inspector.ts";

/** More numbers are not drawn. */
const mostNumbers = 20;
/** Cells of a scatter, either way: a million samples are as quickly drawn as a thousand. */
const steps = 48;
const digits = 5;

/** Of numbers: a network is the more wrong, the larger its absolute error, of several numbers the mean. */
export function numberInspector(
  { labels: { length: samples }, classes }: SplitAnswers,
  { targets, given }: SplitOutputs,
  names: readonly string[] | undefined,
): Inspector {
  const named = (index: number) => names?.[index] ?? (classes === 1 ? "value" : String(index));
  const all = Array.from({ length: classes }, (_, output) => output);
  /** How far two networks, or one and the targets, are apart. */
  const distance = (a: Float32Array, b: Float32Array, output?: number): Rank => {
    const outputs = output === undefined ? all : [output];
    return (k) => {
      let sum = 0;
      for (const one of outputs)
        sum += Math.abs((a[k * classes + one] as number) - (b[k * classes + one] as number));
      return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum / outputs.length;
    };
  };
  const errorsOf = (output?: number) => {
    const { student, studentAlone, teacher } = given;
    return {
      student: student && distance(student, targets, output),
      studentAlone: studentAlone && distance(studentAlone, targets, output),
      apart: student && teacher && distance(student, teacher, output),
    };
  };
  const sets = (output?: number): SampleSets => ({ all: () => true, ...gainSets(errorsOf(output)) });
  const numbers = all.slice(0, mostNumbers).map((output): InspectedNumber => {
    const networks = Object.entries(given);
    const column = (values: Float32Array): Float32Array =>
      Float32Array.from({ length: samples }, (_, k) => values[k * classes + output] as number);
    const target = column(targets);
    const columns = networks.map(([network, values]) => [network, column(values)] as const);
    const [from, to] = rangeOf(
      target,
      columns.map(([, values]) => values),
    );
    return {
      ...{ name: named(output), from, to, steps },
      scatter: Object.fromEntries(
        columns.map(([network, values]) => [network, cellsOf(target, values, { from, to, steps })]),
      ),
      error: Object.fromEntries(columns.map(([network, values]) => [network, meanDistance(target, values)])),
      sets: setSizes(sets(output), samples),
    };
  });
  const wordsOf = (values: Float32Array, k: number, outputs: readonly number[]) =>
    outputs
      .map((output) => {
        const text = brief(values[k * classes + output] as number, digits);
        return outputs.length === 1 ? text : `${named(output)} ${text}`;
      })
      .join(", ");
  return {
    overview: { task: "regression", numbers },
    sets,
    inCell(cell, output = 0) {
      const [number, values] = [numbers[output], given[cell.network]];
      if (!("target" in cell) || number === undefined || values === undefined) return () => false;
      const isAt = (column: Float32Array, k: number, step: number) =>
        stepOf(column[k * classes + output] as number, number) === step;
      return (k) => isAt(targets, k, cell.target) && isAt(values, k, cell.prediction);
    },
    ranks({ cell, output }) {
      const values = cell && given[cell.network];
      return errorRanks({
        ...errorsOf(output),
        ...(values ? { student: distance(values, targets, output) } : {}),
      });
    },
    said(k, output) {
      const outputs = output === undefined ? all : [output];
      return {
        truth: wordsOf(targets, k, outputs),
        predicted: Object.fromEntries(
          Object.entries(given).map(([network, values]) => {
            const [only, ...others] = outputs;
            const off =
              (values[k * classes + (only ?? 0)] as number) - (targets[k * classes + (only ?? 0)] as number);
            const note =
              others.length === 0 ? signedWords(off) : `off by ${brief(distance(values, targets)(k), 3)}`;
            return [network, { words: wordsOf(values, k, outputs), note }];
          }),
        ),
      };
    },
  };
}

const signedWords = (value: number): string =>
  signed(value, (size) => (size < 1e-6 ? "0" : brief(size)), "+");

/** From the least to the greatest target, and as far as predictions go, at most as far again. */
function rangeOf(target: Float32Array, columns: readonly Float32Array[]): readonly [number, number] {
  const [least, greatest] = endsOf([target]);
  const [lowest, highest] = endsOf(columns);
  const width = greatest - least || Math.abs(greatest) || 1;
  const from = Math.max(least - width, Math.min(least, lowest));
  const to = Math.min(greatest + width, Math.max(greatest, highest));
  return to > from ? [from, to] : [from - width / 2, to + width / 2];
}

/** Of numbers that are finite; 0 where there is none. */
function endsOf(columns: readonly Float32Array[]): readonly [number, number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of columns)
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  return least <= greatest ? [least, greatest] : [0, 0];
}

type Range = Pick<InspectedNumber, "from" | "to" | "steps">;

/** The step of a range that a value is in; what is out of it counts at its ends. */
const stepOf = (value: number, { from, to, steps }: Range): number =>
  Math.max(0, Math.min(steps - 1, Math.floor(((value - from) / (to - from)) * steps)));

function cellsOf(
  target: Float32Array,
  values: Float32Array,
  range: Range,
): (readonly [number, number, number])[] {
  const counts = new Int32Array(steps * steps);
  for (let k = 0; k < target.length; k++) {
    const [x, y] = [stepOf(target[k] as number, range), stepOf(values[k] as number, range)];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    const at = x * steps + y;
    counts[at] = (counts[at] as number) + 1;
  }
  return Array.from(counts, (count, at) => [Math.floor(at / steps), at % steps, count] as const).filter(
    ([, , count]) => count > 0,
  );
}

function meanDistance(target: Float32Array, values: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < target.length; k++) sum += Math.abs((values[k] as number) - (target[k] as number));
  return sum / Math.max(1, target.length);
}
