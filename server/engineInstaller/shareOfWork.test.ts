import assert from "node:assert/strict";
import { test } from "node:test";
import { engineParts } from "./pinned.ts";
import { type Place, shareOfWork } from "./shareOfWork.ts";

for (const { kind, archives } of Object.values(engineParts)) {
  const places: Place[] = [
    ...archives.flatMap((_, archive): Place[] => [
      ...[0, 0.5, 1].map((done) => ({ step: "fetch", archive, done }) as const),
      { step: "unpack", archive },
    ]),
    { step: "compile" },
    { step: "probe" },
  ];

  test(`${kind}: the share rises from place to place and stays below all`, () => {
    for (const fetching of [archives, archives.slice(0, 1), []]) {
      const shares = places.map(shareOfWork(archives, fetching));
      assert.equal(shares[0], 0);
      assert.deepEqual(
        shares,
        shares.toSorted((a, b) => a - b),
      );
      assert.ok((shares.at(-1) ?? 1) < 1);
    }
  });
}

test("what is there already takes no share for its fetching", () => {
  const { archives } = engineParts.cpu;
  const compiling = { step: "unpack", archive: archives.length - 1 } as const;
  assert.ok(shareOfWork(archives, archives)(compiling) > 2 * shareOfWork(archives, [])(compiling));
});
