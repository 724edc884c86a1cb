import assert from "node:assert/strict";
import { test } from "node:test";
import { storageOf } from "../../test/support/storageOf.ts";
import { noLabel } from "./labels.ts";
import { leaksOf } from "./leaks.ts";
import { hashed, type Samples, select, withHash } from "./samples.ts";

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

const range = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

const rows = (...numbers: number[]) => Int32Array.from(numbers);

function join(a: Samples, b: Samples): Samples {
  const labels = Int32Array.from([...a.labels, ...b.labels]);
  return hashed({
    ...a,
    count: a.count + b.count,
    labels,
    storage: Uint8Array.from([...storageOf(a), ...storageOf(b)]),
  });
}

const asFloats = (samples: Samples): Samples =>
  hashed({ ...samples, storage: Float32Array.from(storageOf(samples)) });

const relabelled = (samples: Samples): Samples =>
  withHash({ ...samples, labels: samples.labels.map((label) => 1 - label) });

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
    /^3 of 43 test samples .* samples 40, 41, 42\. 3 of them have another label there\.$/,
  );
});

test("names tell labels apart, in whatever order they are", () => {
  const named = withHash({ ...train, classNames: ["cat", "dog"] });
  const turned = relabelled(withHash({ ...train, classNames: ["dog", "cat"] }));
  assert.doesNotMatch(leaksOf({ train: named, test: turned })[0]?.message ?? "", /another label/);
});

test("only five are named", () => {
  const mixed = join(fresh, select(train, rows(0, 1, 2, 3, 4, 5)));
  assert.match(leaksOf({ train, test: mixed })[0]?.message ?? "", /samples 40, 41, 42, 43, 44, …\.$/);
});

test("a test split that selection reads is an error, a few samples of it are a warning", () => {
  const heldOut = random(50, 3);
  assert.deepEqual(found({ train, validation: heldOut, test: heldOut }), [
    ["test-in-validation", "error", "All 50 test samples are validation samples, too."],
  ]);
  const severityOf = (shared: number, count: number) => {
    const test = join(select(heldOut, range(shared)), select(random(count, 4), range(count - shared)));
    return leaksOf({ train: fresh, validation: heldOut, test })[0]?.severity;
  };
  assert.deepEqual([severityOf(9, 50), severityOf(10, 50)], ["warning", "error"], "ten are many");
  assert.deepEqual([severityOf(2, 3), severityOf(2, 2)], ["warning", "error"], "so are all");
  const wide = random(200, 5);
  const severities = [20, 21].map((shared) => {
    const validation = join(select(wide, range(shared)), select(random(200, 6), range(200 - shared)));
    return leaksOf({ train: fresh, validation, test: wide })[0]?.severity;
  });
  assert.deepEqual(severities, ["warning", "error"], "of many it takes more than a tenth");
});

test("validation samples that are few of the test samples choose by them, too", () => {
  const wide = random(200, 3);
  const turned = rows(9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10);
  assert.deepEqual(found({ train: fresh, validation: select(wide, turned), test: wide }), [
    [
      "test-in-validation",
      "error",
      "11 of 200 test samples are among the validation samples, too: samples 0, 1, 2, 3, 4, …. These are all validation samples that there are.",
    ],
  ]);
});

/** Eight different samples alone. */
const few = (seed: number) => {
  const samples = random(60, seed);
  return hashed({ ...samples, storage: storageOf(samples).map((value) => value >> 7 || value % 2) });
};

test("rows of few distinct values are in two splits by chance", () => {
  const told = found({ train: few(1), validation: few(2), test: few(3) });
  assert.deepEqual(told, [
    ["test-in-validation", "warning", `All 60 test samples are validation samples, too. ${chance}`],
    ["test-in-train", "warning", `All 60 test samples are training samples, too. ${chance}`],
    ["validation-in-train", "warning", `All 60 validation samples are training samples, too. ${chance}`],
  ]);
});

const chance = "Samples repeat within one split as well, so this may be chance.";

test("it is chance, too, where only one of the splits has few distinct values", () => {
  const once = select(random(60, 7), range(12));
  const often = [1, 2, 3].reduce((all) => join(all, once), once);
  const turned = select(
    often,
    range(48).map((row) => 47 - row),
  );
  for (const [validation, test] of [
    [turned, once],
    [once, turned],
  ] as const)
    assert.equal(leaksOf({ train: fresh, validation, test })[0]?.severity, "warning");
  assert.match(
    leaksOf({ train: fresh, validation: turned, test: join(once, select(fresh, rows(0))) })[0]?.message ?? "",
    /These are all validation samples that there are\./,
  );
});

test("a copy is one however often its rows repeat, and the beginning of a split is a copy of that", () => {
  const heldOut = random(50, 3);
  assert.deepEqual(found({ train: fresh, validation: few(2), test: select(few(2), range(20)) }), [
    ["test-in-validation", "error", "All 20 test samples are validation samples, too."],
  ]);
  assert.deepEqual(
    leaksOf({ train: fresh, validation: select(heldOut, rows(4)), test: select(heldOut, rows(4)) }).map(
      ({ severity }) => severity,
    ),
    ["warning"],
    "one sample is no copy",
  );
  assert.deepEqual(
    leaksOf({ train: fresh, validation: few(2), test: select(few(2), range(9)) }).map(
      ({ severity }) => severity,
    ),
    ["warning"],
  );
});

test("among samples that repeat with several labels, none of these is another label", () => {
  const both = join(select(train, rows(1, 2)), relabelled(select(train, rows(1))));
  const messages = (test: Samples) => leaksOf({ train: both, test }).map(({ message }) => message);
  assert.doesNotMatch(messages(select(train, rows(1)))[0] ?? "", /another label/);
  assert.doesNotMatch(messages(relabelled(select(train, rows(1))))[0] ?? "", /another label/);
  const same = join(both, select(train, rows(2)));
  assert.match(
    leaksOf({ train: same, test: relabelled(select(train, rows(2))) })[0]?.message ?? "",
    /sample 0\. 1 of them has another label there\.$/,
  );
});

test("a sample without a label has no other label", () => {
  const unlabelled = withHash({ ...train, labels: new Int32Array(100).fill(noLabel) });
  const twice = join(unlabelled, unlabelled);
  for (const split of [unlabelled, twice])
    assert.doesNotMatch(
      leaksOf({ train: fresh, test: train, unlabelled: split })
        .map(({ message }) => message)
        .join(),
      /another label/,
    );
});

test("bytes divided by 255 are the same samples, whatever divided them", () => {
  const test = select(train, rows(3, 1, 2));
  const divided = (by: number) =>
    hashed({ ...test, storage: Float32Array.from(storageOf(test), (value) => value / by) });
  const times = hashed({
    ...test,
    storage: Float32Array.from(storageOf(test), (value) => Math.fround(value) * Math.fround(1 / 255)),
  });
  for (const same of [divided(255), times])
    assert.equal(found({ train, test: same })[0]?.[2], "All 3 test samples are training samples, too.");
  assert.deepEqual(found({ train, test: divided(256) }), []);
  assert.deepEqual(found({ train: divided(256), test: divided(256) }).length, 1);
});

test("zeros and ones are what the numbers beside them are", () => {
  const of = (...values: number[]) =>
    hashed({
      count: values.length,
      shape: [1],
      classes: 2,
      labels: new Int32Array(values.length),
      storage: Float32Array.from(values),
    });
  assert.equal(
    found({ train: of(0, 0.2, 0.4), test: of(0, 1) })[0]?.[2],
    "1 of 2 test samples is among the training samples, too: sample 0.",
  );
  assert.equal(
    found({ train: of(1, 0.2), test: of(1, 1) })[0]?.[2]?.slice(0, 42),
    "All 2 test samples are training samples, t",
  );
  assert.deepEqual(found({ train: of(255, 7), test: of(1, 1) }), []);
  assert.equal(found({ train: of(-1, 0.2), test: of(-1, 5) }).length, 1, "numbers beside bytes are numbers");
  assert.equal(found({ train: of(-0, 0.3), test: of(0, 0.7) }).length, 1, "−0 is 0");
  const bytes = hashed({ ...of(64, 2), storage: Uint8Array.of(64, 2) });
  assert.deepEqual(found({ train: bytes, test: of(0.25, 0.25) }), [], "0.25 is not nearly 64 / 255");
});

test("samples of the same hash are different ones", () => {
  // Of 120,000 samples and as many others some 3 have the same 32 bits.
  const many = random(240_000, 1, { size: 8 });
  const half = (from: number) =>
    select(
      many,
      range(120_000).map((row) => row + from),
    );
  assert.deepEqual(leaksOf({ train: half(0), test: half(120_000) }), []);
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
      "1 of 1 validation sample is among the training samples without labels, too: sample 0.",
    ],
  ]);
});
