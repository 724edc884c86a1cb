/**
 * 95 % interval of the mean of the distribution that the values were drawn from, by Student's t (Student 1908): mean ±
 * t · s / √n. What the mean cannot be is left out, so that it covers the mean as often. Undefined for fewer than
 * two values, whose spread is unknown.
 * @param range that the values are in
 */
export function meanInterval(
  values: readonly number[],
  [least, most]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): readonly [number, number] | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const reach = studentT(0.95, count - 1) * Math.sqrt(variance / count);
  return [Math.max(mean - reach, least), Math.min(mean + reach, most)];
}

/**
 * The t such that [−t, t] has the given share of Student's distribution.
 * @param freedom degrees of freedom, a whole number from 1
 */
export function studentT(share: number, freedom: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 100; i++) {
    const angle = (low + high) / 2;
    if (within(angle, freedom) < share) low = angle;
    else high = angle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/**
 * Share of Student's distribution between −t and t, for t = √ν · tan θ: a finite sum for a whole number ν
 * (Abramowitz and Stegun 1964, equations 26.7.3 and 26.7.4).
 */
function within(angle: number, freedom: number): number {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cos : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < freedom; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum;
}
