import assert from "node:assert/strict";
import { test } from "node:test";
import { leaksOf } from "./leaks.ts";
import { hashed, type Samples, select } from "./samples.ts";

/** Random samples of three bytes (or of four, or the same numbers as floats), all different, the same for the same seed. */
function random(count: number, seed: number, { size = 3 } = {}): Samples {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  return hashed({
    count,
    shape: [size],
    classes: 2,
    labels: Int32Array.from({ length: count }, (_, row) => row % 2),
    // The first value tells samples apart.
    storage: Uint8Array.from({ length: count * size }, (_, i) => (i % size === 0 ? i / size : next())),
  });
}

const rows = (...numbers: number[]) => Int32Array.from(numbers);

function join(a: Samples, b: Samples): Samples {
  const labels = Int32Array.from([...a.labels, ...b.labels]);
  return hashed({
    ...a,
    count: a.count + b.count,
    labels,
    storage: Uint8Array.from([...a.storage, ...b.storage]),
  });
}

const asFloats = (samples: Samples): Samples =>
  hashed({ ...samples, storage: Float32Array.from(samples.storage) });

const relabelled = (samples: Samples): Samples =>
  hashed({ ...samples, labels: samples.labels.map((label) => 1 - label) });

const found = (...words: Parameters<typeof leaksOf>) =>
  leaksOf(...words).map(({ code, severity, message }) => [code, severity, message]);

for (const size of [3, 4]) {
  const [train, fresh] = [random(100, 1, { size }), random(40, 2, { size })];

  test(`splits of different samples leak nothing (${size} bytes)`, () => {
    assert.deepEqual(
      leaksOf({ train, validation: select(fresh, rows(0, 1)), test: select(fresh, rows(5, 6)) }),
      [],
    );
  });

  test(`single samples are found, with their numbers (${size} bytes)`, () => {
    const mixed = join(fresh, select(train, rows(7, 99)));
    assert.deepEqual(found({ train, test: mixed }), [
      [
        "test-in-train",
        "warning",
        "2 of 42 test samples are among the training samples, too: samples 40, 41.",
      ],
    ]);
    assert.deepEqual(found({ train, validation: join(select(train, rows(3)), fresh) }), [
      [
        "validation-in-train",
        "warning",
        "1 of 41 validation samples is among the training samples, too: sample 0.",
      ],
    ]);
  });

  test(`floating-point values of the same numbers are the same samples (${size} bytes)`, () => {
    assert.deepEqual(found({ train: asFloats(train), test: train }), [
      ["test-in-train", "warning", "All 100 test samples are training samples, too."],
    ]);
    const zero = hashed({ ...train, count: 1, labels: rows(0), storage: new Float32Array(size).fill(-0) });
    const bytes = hashed({ ...zero, storage: new Uint8Array(size) });
    assert.equal(leaksOf({ train: zero, test: bytes }).length, 1, "−0 is 0");
  });
}

const [train, fresh] = [random(100, 1), random(40, 2)];

test("samples that have another label there are counted", () => {
  const mixed = join(fresh, relabelled(select(train, rows(1, 2, 3))));
  assert.match(
    leaksOf({ train, test: mixed })[0]?.message ?? "",
    /^3 of 43 test samples .* samples 40, 41, 42\. Of them 3 with another label there\.$/,
  );
});

test("names tell labels apart, in whatever order they are", () => {
  const named = hashed({ ...train, classNames: ["cat", "dog"] });
  const turned = relabelled(hashed({ ...train, classNames: ["dog", "cat"] }));
  assert.doesNotMatch(leaksOf({ train: named, test: turned })[0]?.message ?? "", /another label/);
});

test("only five are named", () => {
  const mixed = join(fresh, select(train, rows(0, 1, 2, 3, 4, 5)));
  assert.match(leaksOf({ train, test: mixed })[0]?.message ?? "", /samples 40, 41, 42, 43, 44, …\.$/);
});

test("a test split that selection reads is an error, a few samples of it are a warning", () => {
  const held = random(50, 3);
  assert.deepEqual(found({ train, validation: held, test: held }), [
    ["test-in-validation", "error", "All 50 test samples are validation samples, too."],
  ]);
  const severities = [5, 6].map((shared) => {
    const some = select(
      held,
      Int32Array.from({ length: shared }, (_, row) => row),
    );
    const others = select(
      fresh,
      Int32Array.from({ length: 50 - shared }, (_, row) => row % 40),
    );
    // 40 fresh ones at most, so that some stand twice: fewer twins than half of what is shared.
    const unlike = hashed({
      ...others,
      storage: others.storage.map((value, i) => (i % 3 === 2 ? 255 - i : value)),
    });
    return leaksOf({ train, validation: held, test: join(some, unlike) })[0]?.severity;
  });
  assert.deepEqual(severities, ["warning", "error"]);
});

test("rows of few distinct values are in two splits by chance", () => {
  const few = (seed: number) => {
    const samples = random(60, seed);
    return hashed({ ...samples, storage: samples.storage.map((value) => value % 2) });
  };
  assert.deepEqual(
    leaksOf({ train: few(1), validation: few(2), test: few(3) }).map(({ severity }) => severity),
    ["warning", "warning", "warning"],
  );
});

test("what the teacher was trained on is looked at where it is its own", () => {
  const wide = join(train, fresh);
  assert.deepEqual(
    leaksOf({ train, validation: select(fresh, rows(1)), test: select(fresh, rows(2)), teacher: wide }).map(
      ({ code, of }) => [code, of],
    ),
    [
      ["test-in-teacher", "test"],
      ["validation-in-teacher", "validation"],
    ],
  );
  assert.deepEqual(leaksOf({ train, test: fresh, teacher: train }), []);
});

test("what the student learns from without labels is looked at, too", () => {
  const unlabelled = join(fresh, train);
  const splits = { train, validation: select(fresh, rows(1)), test: select(fresh, rows(2, 3)), unlabelled };
  assert.deepEqual(found(splits), [
    ["test-in-unlabelled", "warning", "All 2 test samples are training samples without labels, too."],
    [
      "validation-in-unlabelled",
      "warning",
      "1 of 1 validation samples is among the training samples without labels, too: sample 0.",
    ],
  ]);
});
