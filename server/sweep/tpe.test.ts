import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueRange } from "../../schemas/experiment.gen.ts";
import { points, type Settings, searchSpace } from "./expand.ts";
import { mixture, proposal } from "./tpe.ts";

const real = { min: 0, max: 1, integer: false };

function near(actual: number, expected: number, tolerance = 1e-5): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);
}

/** Of combinations of one parameter. */
function density(values: ValueRange | readonly unknown[], observed: readonly unknown[]) {
  const whole = mixture(
    { parameters: [["a", values]] },
    observed.map((a) => ({ a })),
  );
  return { at: (a: unknown) => whole.at({ a }) };
}

test("a density of real numbers is a normal distribution around each, and a wide one around the middle", () => {
  // Around 0.25, whose bounds are 0.25 and 0.75 away: φ(0) / 0.75 / (Φ(1) − Φ(−1/3)) = 1.127186.
  // Around 0.5 with deviation 1: φ(−0.25) / (Φ(0.5) − Φ(−0.5)) = 0.386668 / 0.382925 = 1.009775.
  near(density(real, [0.25]).at(0.25), (1.127186 + 1.009775) / 2);
  // 0.2 and 0.9 are 0.7 apart: φ(0) / 0.7 / (Φ(8/7) − Φ(−2/7)) = 1.172905, φ(−1) / 0.7 / (Φ(1/7) − Φ(−9/7)) = 0.755523,
  // and φ(−0.3) / 0.382925 = 0.995986.
  near(density(real, [0.9, 0.2]).at(0.2), (1.172905 + 0.755523 + 0.995986) / 3);
  // Equal ones are not apart, so that each gets a twentieth of the range: φ(0) / 0.05 = 7.978846.
  near(density(real, [0.25, 0.25, 0.25]).at(0.25), (3 * 7.978846 + 1.009775) / 4);
});

test("a density of logarithms is even by powers, one of whole numbers is their probability", () => {
  // φ(0) / ln 100 / 0.382925
  near(density({ min: 1, max: 100, log: true, integer: false }, []).at(10), 0.22623);
  // (Φ(−0.25) − Φ(−0.5)) / 0.382925, from half a number below to half a number above.
  const whole = density({ min: 1, max: 4, integer: true }, []);
  near(whole.at(1), 0.24223);
  near(whole.at(2) + whole.at(3) + 2 * whole.at(1), 1);
  const wide = density({ min: 1, max: 64, log: true, integer: true }, [8, 32]);
  const all = Array.from({ length: 64 }, (_, index) => wide.at(index + 1));
  near(
    all.reduce((sum, one) => sum + one, 0),
    1,
  );
});

test("a choice is what was observed, any other one less so the more there are", () => {
  const choices = density([[8], [16], [32]], [[16], [16], [8]]);
  // Of the three that were observed each has a whole of 1 + 3/4: 4/7 for itself, and 1/7 for any choice; the fourth has 1/3 for any.
  for (const [choice, times] of [
    [[8], 1],
    [[16], 2],
    [[32], 0],
  ] as const)
    near(choices.at(choice), ((4 / 7) * times + 3 / 7 + 1 / 3) / 4);
  assert.equal(choices.at([64]), 0);
});

test("what goes with what is kept, and a combination without a parameter has anything there", () => {
  const parameters = [["a", real] as const, ["b", ["x", "y"]] as const];
  const pairs = mixture({ parameters }, [
    { a: 0.2, b: "x" },
    { a: 0.8, b: "y" },
  ]);
  assert.ok(pairs.at({ a: 0.2, b: "x" }) > 1.1 * pairs.at({ a: 0.2, b: "y" }));
  // Around 0.2 as above, times a half for any of two choices.
  const alone = mixture({ parameters }, [{ a: 0.25 }]);
  near(alone.at({ a: 0.25, b: "y" }), (1.127186 + 1.009775) / 4);
});

test("a range of one number is that number", () => {
  const one = { min: 0.5, max: 0.5, integer: false };
  const point = { a: 0.5, b: 3 };
  const b = { min: 3, max: 3, integer: true };
  assert.deepEqual(proposal({ parameters: [["a", one]], ranked: [], seed: 0, number: 1 }), { a: 0.5 });
  const parameters = [["a", one] as const, ["b", b] as const];
  assert.deepEqual(proposal({ parameters, ranked: [], seed: 0, number: 1 }), point);
  assert.equal(proposal({ parameters, ranked: [point], seed: 0, number: 1 }), undefined);
});

const mixed = {
  parameters: [
    ["a", real] as const,
    ["b", ["x", "y"]] as const,
    ["c", { min: 1, max: 8, integer: true }] as const,
  ],
  seed: 1,
};
const ranked = points({
  seed: 1,
  sweep: { method: "random", runs: 12, parameters: Object.fromEntries(mixed.parameters) },
});

test("a proposal follows from the seed, its number and what was found", () => {
  const first = proposal({ ...mixed, ranked, number: 12 });
  assert.deepEqual(proposal({ ...mixed, ranked, number: 12 }), first);
  for (const other of [{ number: 13 }, { number: 12, seed: 2 }, { number: 12, ranked: ranked.toReversed() }])
    assert.notDeepEqual(proposal({ ...mixed, ranked, ...other }), first);
});

test("what runs already is not proposed again, nor its neighbourhood", () => {
  const parameters = { a: real, b: real, c: real };
  const apart = (one: Settings, other: Settings) =>
    Object.keys(parameters).map((path) => Math.abs((one[path] as number) - (other[path] as number)));
  const middle = { a: 0.3, b: 0.3, c: 0.3 };
  const farness = (point: Settings) => Math.hypot(...apart(point, middle));
  const found = points({ seed: 1, sweep: { method: "random", runs: 20, parameters } }).toSorted(
    (one, other) => farness(one) - farness(other),
  );
  const best = found.slice(0, 2);
  const around = best.flatMap((point) =>
    [-0.01, 0.01].map((by) =>
      Object.fromEntries(Object.entries(point).map(([path, at]) => [path, (at as number) + by])),
    ),
  );
  const close = (pending: readonly Settings[]) =>
    Array.from({ length: 60 }, (_, index) => {
      const search = { parameters: Object.entries(parameters), ranked: found, pending, seed: 3 };
      const point = proposal({ ...search, number: 20 + index }) ?? {};
      return best.some((one) => Math.max(...apart(point, one)) < 0.15);
    }).filter(Boolean).length;
  const [before, after] = [close([]), close(around)];
  assert.ok(before > 30 && after < before / 4, `${before} and ${after}`);
});

test("only combinations that fit are proposed, each once, until none is left", () => {
  const parameters = [["a", [1, 2, 3, 4]] as const, ["b", ["x", "y"]] as const];
  const found: Settings[] = [];
  for (;;) {
    const fits = ({ a }: Settings) => a !== 3;
    const point = proposal({ parameters, ranked: found, seed: 0, number: found.length, fits });
    if (point === undefined) break;
    found.push(point);
  }
  assert.deepEqual(found.map(({ a, b }) => `${a}${b}`).sort(), ["1x", "1y", "2x", "2y", "4x", "4y"]);
});

/** Best value that is found in `runs` trials. */
function searched(
  f: (point: Settings) => number,
  sweep: object,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): number {
  const space = searchSpace({ seed, sweep });
  const known = points({ seed, sweep: { ...sweep, method: "random", runs: 10 } });
  while (known.length < runs) {
    const found = known.toSorted((a, b) => f(a) - f(b));
    const point = proposal({ ...space, ranked: found, number: known.length });
    assert.ok(point);
    known.push(point);
  }
  return Math.min(...known.map(f));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const [name, f, parameters] of [
  [
    "a bowl with a choice",
    ({ rate, width, kind }) =>
      (Math.log10(rate as number) + 2.5) ** 2 +
      (Math.log2((width as number) / 40) / 2) ** 2 +
      (kind === "b" ? 0 : 0.5),
    { rate: { min: 1e-5, max: 1, log: true }, width: { min: 4, max: 256, log: true }, kind: ["a", "b", "c"] },
  ],
  [
    "a bowl of six numbers",
    (point) =>
      Object.values(point).reduce<number>(
        (sum, value, index) => sum + ((value as number) - 0.15 * index - 0.1) ** 2,
        0,
      ),
    Object.fromEntries([..."abcdef"].map((path) => [path, real])),
  ],
] as readonly [string, (point: Settings) => number, object][])
  test(`in ${name}, forty trials leave less than half of what forty at random leave`, () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const random = seeds.map((seed) =>
      Math.min(...points({ seed, sweep: { parameters, method: "random", runs: 40 } }).map(f)),
    );
    const found = seeds.map((seed) => searched(f, { parameters }, { runs: 40, seed }));
    assert.ok(mean(found) < mean(random) / 2, `${mean(found)} and ${mean(random)}`);
  });

/** Hartmann's function of six numbers, whose minimum is −3.32. */
const hartmann = (point: Settings): number =>
  -hartmanns.reduce(
    (sum, { height, width, center }) =>
      sum +
      height *
        Math.exp(
          -center.reduce(
            (own, at, index) => own + (width[index] ?? 0) * ((point[`x${index}`] as number) - at) ** 2,
            0,
          ),
        ),
    0,
  );
const hartmanns = [
  { height: 1, width: [10, 3, 17, 3.5, 1.7, 8], center: [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886] },
  {
    height: 1.2,
    width: [0.05, 10, 17, 0.1, 8, 14],
    center: [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  },
  { height: 3, width: [3, 3.5, 1.7, 10, 17, 8], center: [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665] },
  {
    height: 3.2,
    width: [17, 8, 0.05, 10, 0.1, 14],
    center: [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
  },
];

test("of a function whose numbers depend on one another, half as many trials find more than random search", () => {
  const parameters = Object.fromEntries([0, 1, 2, 3, 4, 5].map((index) => [`x${index}`, real]));
  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  const random = seeds.map((seed) =>
    Math.min(...points({ seed, sweep: { parameters, method: "random", runs: 48 } }).map(hartmann)),
  );
  const found = seeds.map((seed) => searched(hartmann, { parameters }, { runs: 24, seed }));
  assert.ok(mean(found) < mean(random) - 0.25, `${mean(found)} and ${mean(random)}`);
});
