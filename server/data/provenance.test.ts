import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, differences, type Provenance, sourceRecord, sourceWords } from "./provenance.ts";
import { hashed, select } from "./samples.ts";

const samples = (labels: readonly number[], values: readonly number[]) =>
  hashed({
    count: labels.length,
    shape: [1],
    classes: 2,
    labels: Int32Array.from(labels),
    storage: Float32Array.from(values),
  });
const whole = samples([0, 1, 1], [1, 2, 3]);
const of = (its: ReturnType<typeof samples>): Provenance => ({ data: { train: sourceRecord(its) } });
const wordsOf = (before: Provenance, now: Provenance) => changes(before, now).map(({ words }) => words);

test("what differs of a source is said: rows, labels, values, or that there is one", () => {
  assert.deepEqual(wordsOf(of(whole), of(samples([0, 1, 1], [1, 2, 3]))), []);
  for (const [other, words] of [
    [samples([1, 0, 1], [1, 2, 3]), "other training data: other labels"],
    [samples([0, 1, 1], [1, 2, 4]), "other training data: other values"],
    [samples([0, 0, 1], [1, 2, 4]), "other training data: other labels and values"],
    [samples([0, 1], [1, 2]), "other training data: 2 of 3 samples"],
    [samples([0, 1, 1, 1], [1, 2, 3, 4]), "other training data: 4 samples, not 3"],
  ] as const)
    assert.deepEqual(wordsOf(of(whole), of(other)), [words]);
  const test = { data: { ...of(whole).data, test: sourceRecord(whole) } };
  assert.deepEqual(wordsOf(of(whole), test), ["test data, where there were none"]);
  assert.deepEqual(wordsOf(test, of(whole)), ["no test data"]);
  assert.deepEqual(wordsOf({}, of(whole)), [], "what one of them does not know is no difference");
});

test("other numbers to be predicted are other labels; what an earlier version wrote does not know them", () => {
  const numbers = (targets: readonly number[]) => ({
    ...whole,
    task: "regression" as const,
    targets: Float32Array.from(targets),
  });
  const [before, now] = [of(numbers([1, 2, 3])), of(numbers([1, 2, 4]))];
  assert.deepEqual(wordsOf(before, of(numbers([1, 2, 3]))), []);
  assert.deepEqual(wordsOf(before, now), ["other training data: other labels"]);
  const [{ before: was, now: is } = { before: "", now: "" }] = changes(before, now);
  assert.notEqual(was, is);
  assert.deepEqual(wordsOf(of(whole), now), []);
});

test("another share held back of the same source is no other data; an earlier version's hash is compared as it is", () => {
  const part = (rows: readonly number[]): Provenance => ({
    data: { train: sourceRecord(whole, select(whole, Int32Array.from(rows))) },
  });
  assert.deepEqual(wordsOf(part([0, 1]), part([1, 2])), []);
  const old = (hash: string): Provenance => ({ data: { train: { hash } } });
  assert.deepEqual(wordsOf(old(whole.contentHash), of(whole)), []);
  assert.deepEqual(changes(old("0123456789abcdef"), of(whole)), [
    {
      of: "data",
      words: "other training data",
      before: "0123456789ab",
      now: whole.contentHash.slice(0, 12),
    },
  ]);
});

test("runs are compared by data and by teachers in files; other teachers and normalisation follow from settings", () => {
  const now = (from: "file" | "trained", hash: string): Provenance => ({
    ...of(whole),
    teacher: { hash, from },
    normalize: { scale: hash.length, mean: [0], std: [1] },
  });
  assert.deepEqual(differences(now("file", "t"), now("file", "uu")), ["other teacher"]);
  assert.deepEqual(differences(now("trained", "t"), now("trained", "uu")), []);
  assert.deepEqual(wordsOf(now("trained", "t"), now("trained", "uu")), [
    "other teacher",
    "other normalisation",
  ]);
  const { "training data": training = "", ...others } = sourceWords(now("file", "0123456789abcdef"));
  assert.match(training, /^3 samples · [0-9a-f]{12}$/);
  assert.deepEqual(others, { "teacher file": "0123456789ab" });
});

test("starting weights are compared by what they hold, whoever gave them", () => {
  const beginning = (hash: string): Provenance => ({ ...of(whole), student: { hash } });
  const [before, now] = [beginning("0123456789abcdef"), beginning("fedcba9876543210")];
  assert.deepEqual(changes(before, now), [
    { of: "student", words: "other starting weights", before: "0123456789ab", now: "fedcba987654" },
  ]);
  assert.deepEqual(differences(before, now), ["other starting weights"]);
  assert.deepEqual(wordsOf(of(whole), now), [], "an earlier version's run does not know");
  assert.equal(sourceWords(now)["starting weights"], "fedcba987654");
});

test("a module with other text is another, of one that only one run has the settings tell", () => {
  const having = (modules: Readonly<Record<string, string>>): Provenance => ({ ...of(whole), modules });
  const [a, b] = ["0123456789abcdef", "fedcba9876543210"];
  assert.deepEqual(changes(having({ "./a.ts": a }), having({ "./a.ts": b })), [
    { of: "module", words: "other module ./a.ts", before: "0123456789ab", now: "fedcba987654" },
  ]);
  assert.deepEqual(differences(having({ "./a.ts": a }), having({ "./a.ts": b })), ["other module ./a.ts"]);
  assert.deepEqual(wordsOf(having({ "./a.ts": a, "./b.ts": a }), having({ "./a.ts": a, "./c.ts": b })), []);
  assert.equal(sourceWords(having({ "./a.ts": a }))["module ./a.ts"], "0123456789ab");
});
