import assert from "node:assert/strict";
import { test } from "node:test";
import { softAt, softnessOf, temperatures, tooHard } from "./softness.ts";

const close = (found: number | undefined, expected: number) =>
  assert.ok(Math.abs((found ?? Number.NaN) - expected) < 1e-6, `${found} is not ${expected}`);

test("two classes have the softness that the logistic function gives", () => {
  const [margin, classes] = [4, 2];
  const { rows, entropy, beside, samples } = softnessOf(Float32Array.of(margin, 0, 0, margin), classes);
  assert.equal(rows, 2);
  for (const temperature of temperatures) {
    const rest = 1 / (1 + Math.exp(margin / temperature));
    close(beside[temperature - 1], rest);
    const bits = -(rest * Math.log(rest) + (1 - rest) * Math.log(1 - rest)) / Math.log(2);
    close(entropy[temperature - 1], bits);
    close(samples[0]?.probabilities[temperature - 1]?.[0], 1 - rest);
  }
  close(softAt(beside, 2.5), ((beside[1] as number) + (beside[2] as number)) / 2);
});

test("a sample like most is shown, and one of the least sure, with their likeliest classes", () => {
  const logits = Float32Array.from({ length: 40 * 4 }, (_, at) => (at % 4 === 1 ? 9 : at % 4 === 3 ? 2 : 0));
  logits.set([0, 1, 0, 1.1], 4 * 17);
  logits.set([0, 1, 0, 1.1], 4 * 18);
  logits.set([0, 1, 0, 1.1], 4 * 19);
  const { samples } = softnessOf(logits, 4);
  assert.deepEqual(
    samples.map(({ classes }) => classes.slice(0, 2)),
    [
      [1, 3],
      [3, 1],
    ],
  );
});

test("a temperature is too low where next to nothing is beside the likeliest class, and a better one is named", () => {
  const sure = softnessOf(Float32Array.of(12, 0, 0), 3);
  assert.match(
    tooHard(sure, 1)?.message ?? "",
    /nearly one-hot: 0\.00 % .* At temperature 4 it is 9\.06 %\.$/,
  );
  assert.equal(tooHard(sure, 1)?.better, 4);
  assert.equal(tooHard(sure, 4), undefined);
  assert.equal(tooHard(softnessOf(Float32Array.of(1000, 0, 0), 3), 20), undefined, "none of these is better");
});
