/** Temperatures for which it is known. */
export const temperatures: readonly number[] = Array.from({ length: 20 }, (_, index) => index + 1);

/** How soft a teacher's outputs are at each temperature of {@link temperatures}, softmax(z / T). */
export interface Softness {
  /** Samples that it is of. */
  readonly rows: number;
  /** Means of the entropy, as a share of its most, log(classes). */
  readonly entropy: readonly number[];
  /** Means of the probability beside the likeliest class. */
  readonly beside: readonly number[];
  /** One as sure as most, and one of the least sure. */
  readonly samples: readonly SoftSample[];
}

interface SoftSample {
  /** The likeliest classes, at most three. */
  readonly classes: readonly number[];
  /** [temperatures, classes] */
  readonly probabilities: readonly (readonly number[])[];
}

/** @param logits [rows, classes], at least one row and two classes */
export function softnessOf(logits: Float32Array, classes: number): Softness {
  const rows = logits.length / classes;
  const rowOf = (row: number) => logits.subarray(row * classes, (row + 1) * classes);
  const entropy: number[] = [];
  const beside: number[] = [];
  const surest = new Float64Array(rows);
  for (const temperature of temperatures) {
    let [entropies, rest] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const softened = softmax(rowOf(row), temperature);
      const most = softened.reduce((a, b) => Math.max(a, b), 0);
      if (temperature === 1) surest[row] = most;
      rest += 1 - most;
      for (const share of softened) if (share > 0) entropies -= share * Math.log(share);
    }
    entropy.push(entropies / rows / Math.log(classes));
    beside.push(rest / rows);
  }
  const bySureness = Array.from(surest.keys()).sort((a, b) => (surest[b] as number) - (surest[a] as number));
  const shown = [0.5, 0.95].map((share) => bySureness[Math.floor(share * (rows - 1))] as number);
  return { rows, entropy, beside, samples: shown.map((row) => sampleOf(rowOf(row))) };
}

function sampleOf(logits: Float32Array): SoftSample {
  const classes = Array.from(logits.keys())
    .sort((a, b) => (logits[b] as number) - (logits[a] as number))
    .slice(0, 3);
  return {
    classes,
    probabilities: temperatures.map((temperature) => {
      const softened = softmax(logits, temperature);
      return classes.map((index) => softened[index] as number);
    }),
  };
}

function softmax(logits: Float32Array, temperature: number): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Its value at any temperature, between those that are known. */
export function softAt(values: readonly number[], temperature: number): number {
  const at = Math.min(Math.max(temperature, 1), temperatures.length) - 1;
  const [low, high] = [Math.floor(at), Math.ceil(at)].map((index) => values[index] ?? 0) as [number, number];
  return low + (high - low) * (at - Math.floor(at));
}

/** Less than this beside the likeliest class says hardly more than a label. */
const nearlyNothing = 0.01;
const enough = 0.05;

/** What is wrong with a temperature below which a sure teacher's outputs are labels; and one that would do. */
export function tooHard(
  softness: Softness,
  temperature: number,
): { readonly message: string; readonly better: number } | undefined {
  const rest = softAt(softness.beside, temperature);
  if (rest >= nearlyNothing) return undefined;
  const found = softness.beside.findIndex((share) => share >= enough);
  const better = temperatures[found] ?? temperatures.length;
  if (better <= temperature) return undefined;
  const share = (of: number) => `${(100 * of).toFixed(2)} %`;
  return {
    message: `At temperature ${temperature} the teacher's outputs are nearly one-hot: ${share(rest)} of the probability is beside the likeliest class, so they say hardly more than labels. At temperature ${better} it is ${share(softAt(softness.beside, better))}.`,
    better,
  };
}
