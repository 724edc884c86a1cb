import assert from "node:assert/strict";

/** Fails unless every element of `found` is within `tolerance` of `expected`; says where the worst one is. */
export function assertClose(
  found: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.ok(found, `${what}: nothing was computed`);
  assert.equal(found.length, expected.length, `${what}: number of values`);
  let worst = -1;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((found[i] as number) - (expected[i] as number));
    if (difference > error || Number.isNaN(difference)) {
      error = difference;
      worst = i;
    }
    if (Number.isNaN(difference)) break;
  }
  assert.ok(
    worst === -1 || error <= tolerance,
    `${what}[${worst}]: found ${found[worst]}, expected ${expected[worst]}; off by ${error}, allowed are ${tolerance}`,
  );
}
