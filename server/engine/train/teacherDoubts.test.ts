import assert from "node:assert/strict";
import { test } from "node:test";
import { identityNormalize, type ResolvedNormalize } from "../../data/normalize.ts";
import { hashed, type Samples } from "../../data/samples.ts";
import type { Teacher } from "./teacher.ts";
import { fedAsTrained, teacherDoubts, worseThanStudent } from "./teacherDoubts.ts";

const half: ResolvedNormalize = { scale: 0.5, mean: [0], std: [1] };

/** Of one number each, which is twice the class, sorted by class. */
function samplesOf(count: number): Samples {
  const labels = Int32Array.from({ length: count }, (_, i) => Math.floor((4 * i) / count));
  const storage = Float32Array.from(labels, (label) => 2 * label);
  return hashed({ count, shape: [1], classes: 4, labels, storage });
}

/** Says what `answer` makes of the number that it is fed. */
function teacherOf(answer: (value: number) => number, normalize?: ResolvedNormalize) {
  let asked = 0;
  const teacher: Teacher = {
    classes: 4,
    hash: "",
    ...(normalize === undefined ? {} : { normalize }),
    warnings: [],
    features: {},
    async logits(samples, count) {
      asked += count;
      return Float32Array.from({ length: 4 * count }, (_, i) =>
        i % 4 === answer(samples[i >> 2] as number) ? 1 : 0,
      );
    },
    forward: () => assert.fail("nobody looks inside"),
    assertUntouched: async () => {},
    dispose: async () => {},
  };
  return { teacher, asked: () => asked };
}

test("a teacher of raw samples that is fed the student's is found out, with both accuracies and the fix", async () => {
  const { teacher } = teacherOf((value) => value / 2);
  const [doubt, ...others] = await teacherDoubts(teacher, samplesOf(400), half);
  assert.equal(doubt?.code, "teacher-preprocessing");
  // 0 → 0 and 2 → 1 → 0.5: only the first class is right.
  assert.match(
    doubt.message,
    /Fed normalised samples, .* 25\.0 % of 200 .*; fed raw, right for 100\.0 % of them\./,
  );
  assert.match(doubt.message, /Give the teacher "normalize": \{ "scale": 1 \}/);
  assert.deepEqual(others, []);
});

test("a teacher of raw samples is fed these where nobody says otherwise, and only where it shows", async () => {
  const raw = teacherOf((value) => value / 2).teacher;
  const fed = await fedAsTrained({ ...raw, reading: "Scores." }, samplesOf(400), half);
  assert.deepEqual(fed.normalize, identityNormalize);
  assert.match(
    fed.reading ?? "",
    /^Scores\. It is fed raw samples: so it is right for 100\.0 % of 200 .*, and right for 25\.0 % of 200 normalised\.$/,
  );
  assert.deepEqual(await teacherDoubts(fed, samplesOf(400), half), []);
  const shared = teacherOf((value) => value).teacher;
  assert.equal(await fedAsTrained(shared, samplesOf(400), half), shared);
  const told = teacherOf((value) => value / 2, half).teacher;
  assert.equal(await fedAsTrained(told, samplesOf(400), half), told);
  const { teacher, asked } = teacherOf((value) => value / 2);
  assert.equal(await fedAsTrained(teacher, samplesOf(400), identityNormalize), teacher);
  assert.equal(asked(), 0, "nothing is normalised");
});

test("a teacher of normalised samples that is fed raw ones is found out, too", async () => {
  const { teacher } = teacherOf((value) => value, identityNormalize);
  const [doubt] = await teacherDoubts(teacher, samplesOf(400), half);
  assert.match(
    doubt?.message ?? "",
    /Fed raw samples, .*; fed normalised .* 100\.0 % of them\. Remove `normalize`/,
  );
});

test("a teacher that is fed what it knows is asked no more than shows it", async () => {
  const { teacher, asked } = teacherOf((value) => value);
  assert.deepEqual(await teacherDoubts(teacher, samplesOf(5000), half), []);
  assert.equal(asked(), 500, "250 samples in both ways");
});

test("one that takes both alike is asked about a thousand samples at most, raw ones alone about a part", async () => {
  const alike = teacherOf((value) => Math.ceil(value / 2));
  await teacherDoubts(alike.teacher, { ...samplesOf(5000), labels: new Int32Array(5000) }, identityNormalize);
  assert.equal(alike.asked(), 250);
  const deaf = teacherOf(() => 0);
  await teacherDoubts(deaf.teacher, samplesOf(5000), half);
  assert.equal(deaf.asked(), 2000);
});

test("a teacher near chance is doubted, whatever it is fed", async () => {
  const { teacher } = teacherOf(() => 2);
  const [doubt] = await teacherDoubts(teacher, samplesOf(5000), half);
  assert.equal(doubt?.code, "teacher-chance");
  assert.match(doubt.message, /right for 25\.0 % of 1000 .* most frequent class gives 25\.0 %/);
});

test("a teacher that refuses what it was not made for is not doubted for that", async () => {
  const { teacher } = teacherOf((value) => {
    if (value > 3) throw new Error("There is no such token.");
    return value;
  });
  assert.deepEqual(await teacherDoubts(teacher, samplesOf(400), half), []);
});

test("a teacher that answers worse than the student alone is said to, by more than chance", () => {
  const labels = Int32Array.from({ length: 100 }, (_, i) => i % 2);
  const wrongAt = (wrong: number) => ({ answers: labels.map((label, i) => (i < wrong ? 1 - label : label)) });
  const compare = (teacher: number, student: number, baseline?: number) =>
    worseThanStudent({
      split: "test",
      samples: { labels },
      student: wrongAt(student),
      baseline: baseline === undefined ? undefined : wrongAt(baseline),
      teacher: wrongAt(teacher),
    });
  assert.deepEqual(compare(10, 20, 30), []);
  assert.deepEqual(compare(30, 10, 30), [], "the student alone is no better");
  assert.deepEqual(compare(15, 9), [], "6 of 100 samples can be chance");
  assert.match(
    compare(30, 50, 10)[0]?.message ?? "",
    /70\.0 % of the test samples, the student alone right for 90\.0 % of them/,
  );
  assert.match(compare(30, 10)[0]?.message ?? "", /, the student right for 90\.0 % of them/);
});
