import assert from "node:assert/strict";
import { test } from "node:test";
import { studentDoubts } from "./studentDoubts.ts";

test("a student that is right no more often than the most frequent class is told of, on the split that it was judged by", () => {
  // 60 of 100 samples are of class 0: two standard deviations above that are 69.8 %.
  const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : 1 + (i % 3)));
  const rightFor = (count: number) =>
    studentDoubts({
      split: "validation",
      samples: { labels },
      student: { answers: labels.map((label, i) => (i < count ? label : label + 1)) },
    });
  assert.deepEqual(rightFor(70), []);
  const [doubt, ...others] = rightFor(69);
  assert.equal(doubt?.code, "student-chance");
  assert.match(doubt.message, /right for 69\.0 % of 100 validation samples; .* class gives 60\.0 %\./);
  assert.deepEqual(others, []);
});

test("of a student that was not evaluated nothing is said", () => {
  const answers = new Int32Array(9);
  assert.deepEqual(studentDoubts({ split: "test", samples: { labels: answers }, student: undefined }), []);
  assert.deepEqual(studentDoubts({ split: "test", samples: undefined, student: { answers } }), []);
});
