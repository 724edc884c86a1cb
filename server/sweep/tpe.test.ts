import assert from "node:assert/strict";
import { test } from "node:test";
import { points, type Settings, searchSpace } from "./expand.ts";
import { density, proposal } from "./tpe.ts";

const real = { min: 0, max: 1, integer: false };

function near(actual: number, expected: number, tolerance = 1e-5): void {
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);
}

test("a density of real numbers is a normal distribution around each, and a wide one around the middle", () => {
  // Around 0.25, whose neighbours are 0 and the middle, with deviation 0.25: φ(0) / 0.25 / (Φ(3) − Φ(−1)) = 1.595769 / 0.839995 = 1.899737.
  // Around 0.5 with deviation 1: φ(−0.25) / (Φ(0.5) − Φ(−0.5)) = 0.386668 / 0.382925 = 1.009775.
  near(density(real, [0.25]).at(0.25), (1.899737 + 1.009775) / 2);
  // The neighbours of 0.2 are 0 and the middle, those of 0.9 the middle and 1; the farther ones are 0.3 and 0.4 away.
  // φ(0) / 0.3 / (Φ(8/3) − Φ(−2/3)) = 1.788152, φ(−1.75) / 0.4 / (Φ(0.25) − Φ(−2.25)) = 0.367775, φ(−0.3) / 0.382925 = 0.995986.
  near(density(real, [0.9, 0.2]).at(0.2), (1.788152 + 0.367775 + 0.995986) / 3);
  // Between two that are equal to it one is no neighbour away, so that it gets a twentieth of the range: φ(0) / 0.05 = 7.978846.
  // That on the side of 0 has a deviation of 0.25, and so has that on the side of the middle: 1.899735 each.
  near(density(real, [0.25, 0.25, 0.25]).at(0.25), (7.978846 + 2 * 1.899735 + 1.009775) / 4);
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

test("a choice counts once more than it was observed", () => {
  const choices = density([[8], [16], [32]], [[16], [16], [8]]);
  assert.deepEqual(
    [[8], [16], [32], [64]].map((choice) => choices.at(choice)),
    [2 / 6, 3 / 6, 1 / 6, 0],
  );
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
  // Of twenty numbers those next to 0.3 are the best.
  const twenty = Array.from({ length: 20 }, (_, index) => ({ a: (index + 0.5) / 20 })).sort(
    (one, other) => Math.abs(one.a - 0.3) - Math.abs(other.a - 0.3),
  );
  const close = (pending: readonly Settings[]) =>
    Array.from({ length: 40 }, (_, index) => {
      const point = proposal({
        parameters: [["a", real]],
        ranked: twenty,
        pending,
        seed: 3,
        number: 20 + index,
      });
      return Math.abs((point?.["a"] as number) - 0.3);
    }).filter((distance) => distance < 0.05).length;
  const [before, after] = [close([]), close([{ a: 0.29 }, { a: 0.3 }, { a: 0.31 }])];
  assert.ok(before > 30 && after < before / 2, `${before} and ${after}`);
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
