import assert from "node:assert/strict";
import { test } from "node:test";
import {
  engine,
  setBackend,
  softmax,
  type Tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { fillNormal } from "../../../data/random.ts";
import { differentiate } from "../differentiate.ts";
import { ce } from "./ce.ts";
import { dist } from "./dist.ts";
import { dkd } from "./dkd.ts";
import { jsd } from "./jsd.ts";
import { kd } from "./kd.ts";
import { partlyLabelled } from "./labelled.ts";
import { labelSmoothing } from "./labelSmoothing.ts";
import { pairsOf } from "./layerLoss.ts";
import type { Labels } from "./loss.ts";
import {
  losses,
  lossType,
  needsLabels,
  needsTeacher,
  type Term,
  termsOf,
  weightAt,
  weightsAt,
} from "./losses.ts";
import { reverseKl } from "./reverseKl.ts";

const [batch, classes] = [5, 4];
const logits = (use: string, scale = 2) => {
  const values = new Float32Array(batch * classes);
  fillNormal(values, { seed: 1, step: 0, use });
  return values.map((value) => value * scale);
};
const matrix = (values: Float32Array) => tensor2d(values, [batch, classes]);
const hard = () => ({ classes: tensor1d([0, 3, 1, 1, 2], "int32") });
const soft = () => ({ weights: softmax(matrix(logits("labels"))) });

const gradientOf = (loss: (student: Tensor) => Tensor, student: Float32Array) =>
  tidy(() => {
    const z = matrix(student);
    return Float32Array.from(
      differentiate({ z }, () => ({ value: loss(z), beside: {} })).gradients["z"]?.dataSync() ?? [],
    );
  });

/** What the file leaves out. */
const [asTheyAre, plain] = [{ standardize: false }, { labelSmoothing: 0, classWeights: null }];

test.before(() => setBackend("cpu"));

const cases: Readonly<Record<string, (student: Tensor) => Tensor>> = {
  "kd at 1": (z) => kd(z, matrix(logits("teacher")), { temperature: 1, ...asTheyAre }),
  "kd at 4": (z) => kd(z, matrix(logits("teacher")), { temperature: 4, ...asTheyAre }),
  "kd of standardised logits": (z) => kd(z, matrix(logits("teacher")), { temperature: 2, standardize: true }),
  dkd: (z) => dkd(z, matrix(logits("teacher")), hard(), { temperature: 4, alpha: 1, beta: 2, ...asTheyAre }),
  "dkd of standardised logits": (z) =>
    dkd(z, matrix(logits("teacher")), hard(), { temperature: 2, alpha: 1, beta: 2, standardize: true }),
  dist: (z) => dist(z, matrix(logits("teacher")), { temperature: 1, beta: 1, gamma: 2 }),
  reverseKl: (z) => reverseKl(z, matrix(logits("teacher")), { temperature: 3 }),
  jsd: (z) => jsd(z, matrix(logits("teacher")), { temperature: 3, beta: 0.3 }),
  "ce of classes": (z) => ce(z, hard(), plain),
  "ce of weights": (z) => ce(z, soft(), plain),
  "ce with class weights": (z) => ce(z, hard(), { ...plain, classWeights: [1, 2, 0.5, 3] }),
  "ce of weights with class weights": (z) => ce(z, soft(), { ...plain, classWeights: [1, 2, 0.5, 3] }),
  "label smoothing": (z) => labelSmoothing(z, hard(), { epsilon: 0.1 }),
};

for (const [name, loss] of Object.entries(cases)) {
  test(`${name}: the gradient is what finite differences give`, () => {
    const student = logits("student");
    const gradient = gradientOf(loss, student);
    const step = 1e-2;
    student.forEach((value, i) => {
      const at = (moved: number) => tidy(() => loss(matrix(student.with(i, moved))).dataSync()[0] as number);
      const slope = (at(value + step) - at(value - step)) / (2 * step);
      assert.ok(
        Math.abs(slope - (gradient[i] as number)) < 5e-4,
        `element ${i}: ${slope} and ${gradient[i]}`,
      );
    });
  });

  test(`${name}: nothing is left behind`, () => {
    const before = engine().memory().numTensors;
    tidy(() => loss(matrix(logits("student"))).dataSync());
    assert.equal(engine().memory().numTensors, before);
  });
}

/** Of losses that need labels, of any number of samples: the student's logits, the teacher's, and labels. */
const ofLabels: Readonly<Record<string, (student: Tensor, teacher: Tensor, labels: Labels) => Tensor>> = {
  ce: (z, _, labels) => ce(z, labels, plain),
  "ce with class weights": (z, _, labels) => ce(z, labels, { ...plain, classWeights: [1, 2, 0.5, 3] }),
  "label smoothing": (z, _, labels) => labelSmoothing(z, labels, { epsilon: 0.1 }),
  dkd: (z, teacher, labels) => dkd(z, teacher, labels, { temperature: 4, alpha: 1, beta: 2, ...asTheyAre }),
};

// Masks of each number of samples, the first and the last of the batch among those without a label.
for (const given of [
  [-1, 3, -1, 1, -1],
  [0, -1, 1, 1, 2],
  [-1, -1, -1, 2, -1],
])
  for (const [name, loss] of Object.entries(ofLabels))
    test(`${name} of labels ${given}: value and gradient are those of the samples with a label alone`, () => {
      const rows = [...given.keys()].filter((row) => (given[row] as number) >= 0);
      const labels = () => partlyLabelled(tensor1d(given, "int32"));
      const alone = (z: Float32Array) =>
        tensor2d(
          rows.flatMap((row) => Array.from(z.subarray(row * classes, (row + 1) * classes))),
          [rows.length, classes],
        );
      const [student, teacher] = [logits("student"), logits("teacher")];
      const valueAlone = (z: Float32Array) =>
        tidy(
          () =>
            loss(alone(z), alone(teacher), {
              classes: tensor1d(
                rows.map((row) => given[row] as number),
                "int32",
              ),
            }).dataSync()[0] as number,
        );
      const value = tidy(() => loss(matrix(student), matrix(teacher), labels()).dataSync()[0] as number);
      // Sums of a handful of float32s of the size of the logits.
      assert.ok(Math.abs(value - valueAlone(student)) < 1e-5 * Math.max(1, value), `${value}`);
      const gradient = gradientOf((z) => loss(z, matrix(teacher), labels()), student);
      const step = 1e-2;
      student.forEach((at, i) => {
        const found = gradient[i] as number;
        if (!rows.includes(Math.floor(i / classes))) {
          assert.equal(Math.abs(found), 0, `element ${i}`);
          return;
        }
        const moved = (by: number) => valueAlone(student.with(i, at + by));
        const slope = (moved(step) - moved(-step)) / (2 * step);
        // As above: what the step's square and float32 leave, of slopes of about 1.
        assert.ok(Math.abs(slope - found) < 5e-4, `element ${i}: ${slope} and ${found}`);
      });
    });

test("a batch without any label gives the losses of labels 0, and no gradient", () => {
  const none = () => partlyLabelled(tensor1d([-1, -1, -1, -1, -1], "int32"));
  for (const [name, loss] of Object.entries(ofLabels)) {
    const of = (z: Tensor) => loss(z, matrix(logits("teacher")), none());
    assert.equal(
      tidy(() => of(matrix(logits("student"))).dataSync()[0]),
      0,
      name,
    );
    assert.ok(
      gradientOf(of, logits("student")).every((value) => value === 0),
      name,
    );
  }
});

test("a batch of samples of classes that weigh nothing gives 0", () => {
  const loss = (z: Tensor) => ce(z, hard(), { ...plain, classWeights: [0, 0, 0, 0] });
  const value = tidy(() => loss(matrix(logits("student"))).dataSync()[0]);
  assert.equal(Math.abs(value as number), 0);
  assert.ok(gradientOf(loss, logits("student")).every((slope) => Math.abs(slope) === 0));
});

test("kd's gradient is T · (softmax(z_s / T) − softmax(z_t / T)) / batch", () => {
  for (const temperature of [1, 3, 20]) {
    const [student, teacher] = [logits("student"), logits("teacher")];
    const gradient = gradientOf((z) => kd(z, matrix(teacher), { temperature, ...asTheyAre }), student);
    const probabilities = (z: Float32Array) => softened(z, temperature);
    const [p, q] = [probabilities(student), probabilities(teacher)];
    gradient.forEach((value, i) => {
      const expected = (temperature * ((p[i] as number) - (q[i] as number))) / batch;
      assert.ok(
        Math.abs(value - expected) < 2e-7 * temperature,
        `T ${temperature}: ${value} and ${expected}`,
      );
    });
  }
});

test("kd is TCKD + (1 − p_t[y]) · NCKD, sample by sample", () => {
  const [temperature, labels] = [3, [0, 3, 1, 1, 2]];
  const probabilities = softened(logits("teacher"), temperature);
  for (const [row, label] of labels.entries()) {
    const of = (use: string) =>
      tensor2d(logits(use).subarray(row * classes, (row + 1) * classes), [1, classes]);
    const read = (value: Tensor) => value.dataSync()[0] as number;
    const [whole, tckd, nckd] = tidy(() => {
      const target: Labels = { classes: tensor1d([label], "int32") };
      const part = (alpha: number, beta: number) =>
        dkd(of("student"), of("teacher"), target, { temperature, alpha, beta, ...asTheyAre });
      return [kd(of("student"), of("teacher"), { temperature, ...asTheyAre }), part(1, 0), part(0, 1)].map(
        read,
      );
    }) as [number, number, number];
    const isTarget = probabilities[row * classes + label] as number;
    // Terms of the size of the logits, whose rounding T² enlarges.
    assert.ok(Math.abs(whole - tckd - (1 - isTarget) * nckd) < 1e-5, `sample ${row}`);
  }
});

test("dkd asks for one class a sample", () => {
  const parameters = { temperature: 4, alpha: 1, beta: 8, ...asTheyAre };
  assert.throws(
    () => dkd(matrix(logits("student")), matrix(logits("teacher")), soft(), parameters),
    /dkd needs labels that are classes/,
  );
});

test("standardised logits take no notice of the teacher's range", () => {
  const teacher = logits("student").map((value) => 7 * value - 3);
  const value = tidy(
    () => kd(matrix(logits("student")), matrix(teacher), { temperature: 2, standardize: true }).dataSync()[0],
  );
  assert.ok(Math.abs(value as number) < 1e-5, String(value));
});

test("jsd by beta tends to kd, by 1 − beta to reverseKl", () => {
  const [student, teacher, temperature] = [logits("student"), logits("teacher"), 2];
  const near = (beta: number, share: number, other: typeof kd) => {
    const [found, limit] = tidy(() =>
      [
        jsd(matrix(student), matrix(teacher), { temperature, beta }),
        other(matrix(student), matrix(teacher), { temperature, ...asTheyAre }),
      ].map((value) => value.dataSync()[0] as number),
    ) as [number, number];
    // The next term is of the order of beta; float32 leaves about 1e-6 / beta.
    assert.ok(Math.abs(found / share - limit) < 0.02 * limit + 2e-3, `${found / share} and ${limit}`);
  };
  near(0.002, 0.002, kd);
  near(0.998, 0.002, reverseKl);
});

test("at a large T jsd keeps the digits that its T² would lose", () => {
  const [temperature, student, teacher] = [20, logits("student"), logits("teacher")];
  const [q, p] = [softened(student, temperature), softened(teacher, temperature)];
  for (const beta of [0.3, 0.7]) {
    const expected = p.reduce((sum, of, i) => {
      const own = q[i] as number;
      const mixture = beta * of + (1 - beta) * own;
      return sum + beta * of * Math.log(of / mixture) + (1 - beta) * own * Math.log(own / mixture);
    }, 0);
    const [found] = tidy(() => jsd(matrix(student), matrix(teacher), { temperature, beta }).dataSync());
    const error = (found as number) / ((expected * temperature ** 2) / batch) - 1;
    assert.ok(Math.abs(error) < 1.5e-5, `β ${beta}: ${error}`);
  }
});

test("as T grows, kd tends to half the mean squared distance of centred logits", () => {
  const [student, teacher] = [logits("student", 1), logits("teacher", 1)];
  const value = tidy(
    () => kd(matrix(student), matrix(teacher), { temperature: 100, ...asTheyAre }).dataSync()[0] as number,
  );
  const centred = (z: Float32Array) =>
    z.map((v, i) => v - mean(z.subarray(i - (i % classes), i - (i % classes) + classes)));
  const [s, t] = [centred(student), centred(teacher)];
  const limit = s.reduce((sum, v, i) => sum + (v - (t[i] as number)) ** 2, 0) / (2 * classes * batch);
  // The next term of the expansion is of the order of 1 / T; float32's cancellation at T = 100 is of the order of 1e-3.
  assert.ok(Math.abs(value - limit) < 0.02 * limit + 2e-3, `${value} and ${limit}`);
});

test("labels as weights of 1 are labels as classes", () => {
  const student = logits("student");
  const onehot: Labels = {
    weights: matrix(
      Float32Array.from({ length: batch * classes }, (_, i) =>
        [0, 3, 1, 1, 2][Math.floor(i / classes)] === i % classes ? 1 : 0,
      ),
    ),
  };
  const [a, b] = [ce(matrix(student), onehot, plain), ce(matrix(student), hard(), plain)].map(
    (value) => value.dataSync()[0] as number,
  );
  assert.ok(Math.abs((a as number) - (b as number)) < 1e-6);
});

test("terms are named after their losses, once each", () => {
  const terms = termsOf([
    { type: "kd" },
    { type: "ce", name: "hard" },
    { type: "kd", temperature: 1, weight: 0.5 },
  ]);
  assert.deepEqual(
    terms.map(({ name, weight, needsTeacher }) => [name, weight, needsTeacher]),
    [
      ["kd", 1, true],
      ["hard", 1, false],
      ["kd_2", 0.5, true],
    ],
  );
});

test("a name that looks like a counted one is not taken twice", () => {
  const names = termsOf([{ type: "kd", name: "kd_2" }, { type: "kd" }, { type: "kd" }]).map(
    ({ name }) => name,
  );
  assert.deepEqual(names, ["kd_2", "kd", "kd_3"]);
});

test("what a loss needs is known of its type", () => {
  const types = Object.keys(losses) as (keyof typeof losses)[];
  assert.deepEqual(
    types.filter((type) => !needsTeacher({ type })),
    ["ce", "bce", "mse", "huber", "labelSmoothing"],
  );
  assert.deepEqual(
    types.filter((type) => needsLabels({ type })),
    ["ce", "bce", "mse", "huber", "labelSmoothing", "dkd", "teacherBounded"],
  );
  assert.deepEqual(
    types.flatMap((type) => lossType({ type }).facts.compares ?? []),
    ["sameShape", "maps", "maps", "mapsOrFlat", "sameChannels", "any", "any", "any", "mapsOrFlat", "any"],
  );
});

test("layers are compared one with one, or each of a list with its place in the other", () => {
  assert.deepEqual(pairsOf({ student: "a", teacher: "b" }), [{ student: "a", teacher: "b" }]);
  assert.deepEqual(pairsOf({ student: ["a", "b"], teacher: ["c"] }), [{ student: "a", teacher: "c" }]);
  assert.deepEqual(pairsOf({ student: ["a", "b"], teacher: ["c", "d"] }), [
    { student: "a", teacher: "c" },
    { student: "b", teacher: "d" },
  ]);
});

test("attention at several stages is the sum of what it is at each", () => {
  const map = (use: string) => {
    const values = new Float32Array(2 * 3 * 3 * 2);
    fillNormal(values, { seed: 1, step: 0, use });
    return tensor4d(values, [2, 3, 3, 2]);
  };
  const inputs = {
    student: { logits: matrix(logits("student")), taps: { a: map("a"), b: map("b") } },
    teacher: { logits: matrix(logits("teacher")), taps: { c: map("c"), d: map("d") } },
    labels: hard(),
    own: {},
  };
  const of = (student: string[], teacher: string[]) => {
    const [term] = termsOf([{ type: "at", student, teacher }]) as [Term];
    assert.deepEqual([term.needsTeacher, term.teacherTaps], [true, teacher]);
    return term.value(inputs).value.dataSync()[0] as number;
  };
  const [both, first, second] = [of(["a", "b"], ["c", "d"]), of(["a"], ["c"]), of(["b"], ["d"])];
  assert.ok(first > 0.001 && second > 0.001 && first !== second);
  assert.ok(Math.abs(both - first - second) < 1e-6, `${both}, ${first} and ${second}`);
});

test("a loss on features says which layer it misses, and whose", () => {
  const [logitsOf, flat] = [matrix(logits("student")), matrix(logits("teacher"))];
  const [sp] = termsOf([{ type: "sp", student: "own", teacher: "seen" }]) as [Term];
  assert.deepEqual([sp.needsTeacher, sp.teacherTaps], [true, ["seen"]]);
  const of = (taps: Record<string, Tensor>, teacher?: { logits: Tensor; taps?: Record<string, Tensor> }) =>
    sp.value({
      student: { logits: logitsOf, taps },
      ...(teacher ? { teacher } : {}),
      labels: hard(),
      own: {},
    });
  const unheard = /no output of the teacher's layer seen/;
  assert.throws(() => of({ own: flat }), unheard);
  assert.throws(() => of({ own: flat }, { logits: flat }), unheard);
  assert.throws(() => of({}, { logits: flat, taps: { seen: flat } }), /the student has no layer own/);
  const same = of({ own: flat }, { logits: flat, taps: { seen: flat } });
  assert.equal(same.value.dataSync()[0], 0);
});

test("a loss with weights of its own asks for the shapes of both layers", () => {
  const vid = { type: "vid", student: "own", teacher: "seen" } as const;
  const unknown = /unknown shapes of own and seen/;
  assert.throws(() => termsOf([vid]), unknown);
  assert.throws(
    () => termsOf([vid], { shapes: { student: { own: [3] }, teacher: {} }, samples: 0 }),
    unknown,
  );
  assert.throws(
    () => termsOf([vid], { shapes: { student: {}, teacher: { seen: [3] } }, samples: 0 }),
    unknown,
  );
});

test("a loss that compares logits says that there is no teacher", () => {
  const [kd] = termsOf([{ type: "kd" }]) as [Term];
  const student = { logits: matrix(logits("student")), taps: {} };
  assert.throws(() => kd.value({ student, labels: hard(), own: {} }), /needs a teacher was given none/);
});

test("a weight goes in a straight line and stays", () => {
  const weight = { from: 1, to: 0, over: 4 };
  assert.deepEqual(
    [0, 1, 4, 9].map((step) => weightAt(weight, step)),
    [1, 0.75, 0, 0],
  );
  assert.equal(weightAt(0.3, 100), 0.3);
  assert.equal(weightAt({ from: 1, to: 0.25, over: 0 }, 0), 0.25);
});

test("shares of the weights have the sum 1 in every step, also where all weigh nothing", () => {
  const terms = termsOf([
    { type: "ce", weight: { from: 0, to: 3, over: 2 } },
    { type: "labelSmoothing", weight: { from: 0, to: 1, over: 1 } },
  ]);
  assert.deepEqual(weightsAt(terms, 1), { ce: 1.5, labelSmoothing: 1 });
  const shares = [0, 1, 2].map((step) => weightsAt(terms, step, { shared: true }));
  assert.deepEqual(shares, [
    { ce: 0.5, labelSmoothing: 0.5 },
    { ce: 0.6, labelSmoothing: 0.4 },
    { ce: 0.75, labelSmoothing: 0.25 },
  ]);
});

const mean = (values: Float32Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** softmax(z / T) of each row, in float64. */
function softened(z: Float32Array, temperature: number): number[] {
  return Array.from(z, (value, i) => {
    const row = Array.from(
      z.subarray(i - (i % classes), i - (i % classes) + classes),
      (v) => v / temperature,
    );
    const largest = Math.max(...row);
    return Math.exp(value / temperature - largest) / row.reduce((sum, v) => sum + Math.exp(v - largest), 0);
  });
}
