import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Ajv } from "ajv";
import type { Experiment } from "../../../schemas/experiment.gen.ts";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import type { RunResult } from "../../../schemas/run-event.gen.ts";
import { type MemoryWorld, memoryWorld } from "../../../test/support/memoryWorld.ts";
import { resolve } from "../../language/resolve.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { isShown, pairedDifference } from "../../statistics/pairedDifference.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { modelFiles } from "../nets/modelJson.ts";
import { buildNet, type LayeredNet } from "../nets/net.ts";
import type { LoadProgram } from "../program.ts";
import type { StoredTensors } from "./context.ts";
import { distil } from "./distil.ts";
import { canRemember } from "./rememberedTargets.ts";

const folder = await mkdtemp(join(tmpdir(), "distil-"));
after(() => rm(folder, { recursive: true, force: true }));

const columns = 5;
await writeFile(join(folder, "train.csv"), table(90, 1));
await writeFile(join(folder, "other.csv"), table(60, 2));
await writeFile(join(folder, "test.csv"), table(45, 3));

const source = (path: string) => ({ type: "csv" as const, path, label: "label" });
const dense = (units: number, activation?: "relu" | "softmax") => ({
  type: "dense" as const,
  units,
  ...(activation ? { activation } : {}),
});
const teacher = {
  type: "layers" as const,
  layers: [dense(16, "relu"), dense(3)],
  train: { epochs: 2 },
};
const base: Experiment = {
  data: {
    train: source("train.csv"),
    validation: { split: 0.2 },
    test: source("test.csv"),
    batchSize: 16,
  },
  teacher,
  student: { layers: [dense(6, "relu"), { type: "dropout", rate: 0.2 }, dense(3)] },
  temperature: 2,
  alpha: 0.5,
  optimizer: { type: "adamw", learningRate: 0.01 },
  training: { epochs: 2, evaluateEvery: 3 },
  baselines: { studentAlone: true },
  seed: 4,
};

type Teachers = Map<string, StoredTensors>;

function world(more: { name?: string; teachers?: Teachers } = {}): MemoryWorld {
  const { name = "cache", teachers } = more;
  const made = memoryWorld({ load: loadOnnxRuntime, folder, ...(teachers ? { teachers } : {}) });
  return { ...made, context: { ...made.context, cacheDirectory: join(folder, name) } };
}

async function run(experiment: Experiment, made = world()): Promise<RunResult> {
  const ended = await distil(resolve(experiment), made.context);
  return ended.ending === "completed" ? ended.result : assert.fail(JSON.stringify(ended));
}

async function failure(experiment: Experiment) {
  const ended = await distil(resolve(experiment), world().context);
  return ended.ending === "failed" ? ended : assert.fail(JSON.stringify(ended));
}

test("stopped wherever it can be and resumed, an experiment ends the same", async () => {
  const whole = world({ name: "whole" });
  const expected = await run(base, whole);

  const pieces = world({ name: "pieces" });
  const stopped: number[] = [];
  for (;;) {
    const ended = await distil(resolve(base), {
      ...pieces.context,
      resumed: stopped.length > 0,
      stopRequested: () => true,
    });
    if (ended.ending === "completed") {
      assert.deepEqual(timeless(ended.result), timeless(expected));
      break;
    }
    // Asked for at once and always, a stop leaves the cache no time: it is filled by a life without one.
    if (ended.ending !== "stopped") assert.fail(JSON.stringify(ended));
    if (stopped.at(-1) === ended.step && ended.step === 0 && hasTeacher(pieces.events))
      await fillCache(pieces);
    stopped.push(ended.step);
  }
  assert.deepEqual(lossesOf(pieces.events, "student"), lossesOf(whole.events, "student"));
  assert.deepEqual(lossesOf(pieces.events, "studentAlone"), lossesOf(whole.events, "studentAlone"));
  assert.deepEqual(lossesOf(pieces.events, "teacher"), lossesOf(whole.events, "teacher"));
  const steps = (lossesOf(whole.events, "student").length ?? 0) as number;
  assert.ok(stopped.includes(1) && stopped.includes(steps - 1), "the student was stopped after each step");
  assert.ok(
    stopped.every((step, i) => step >= (stopped[i - 1] ?? 0)),
    "the student's steps, whoever trained",
  );
});

/** A student that is compared with the teacher layer by layer. */
const tapped: Experiment = {
  ...without(base, "temperature", "alpha"),
  student: { layers: [{ ...dense(6, "relu"), name: "own" }, dense(3)] },
  teacher: { ...teacher, layers: [{ ...dense(16, "relu"), name: "hidden" }, dense(3)] },
  losses: [
    { type: "ce" },
    { type: "vid", student: "own", teacher: "hidden" },
    { type: "hint", student: "own", teacher: "hidden", projector: "relu", weight: 1 },
    { type: "sp", student: "own", teacher: "hidden", weight: 10 },
    { type: "crd", student: "own", teacher: "hidden", negatives: 5, dimension: 4, weight: 0.01 },
  ],
};

test("a student learns from the teacher's layers; what belongs to the losses stays in its checkpoints", async () => {
  const whole = world({ name: "tapped" });
  const result = await run(tapped, whole);
  const steps = whole.events.flatMap((event) =>
    event.type === "step" && event.subject === undefined ? [event] : [],
  );
  assert.deepEqual(Object.keys(steps[0]?.terms ?? {}), ["ce", "vid", "hint", "sp", "crd"]);
  assert.ok((steps.at(-1)?.loss ?? 0) < (steps[0]?.loss ?? 0));
  const started = whole.events.find((event) => event.type === "started");
  assert.match(
    started?.engineReason ?? "",
    /`vid`, `hint`, `sp`, and `crd` read the teacher's layers: its outputs there are cached/,
  );
  const saved = Object.keys((await whole.store("student").readWeights("best")) ?? {});
  assert.deepEqual(saved.toSorted(), ["dense_1.bias", "dense_1.kernel", "own.bias", "own.kernel"]);
  const { tensors } = (await whole.store("student").latestCheckpoint()) ?? {};
  assert.ok(tensors?.["losses/vid/rho"] && tensors["optimizer/v/hint/dense.kernel"]);
  assert.ok(tensors["losses/crd/student.bank"] && !tensors["optimizer/v/crd/student.bank"]);

  const pieces = world({ name: "tapped" });
  let lives = 0;
  for (;;) {
    const before = (await pieces.store("student").latestCheckpoint())?.progress.step ?? 0;
    const stopRequested = () => lossesOf(pieces.events, "student").some(([step]) => step > before);
    const ended = await distil(resolve(tapped), { ...pieces.context, resumed: lives > 0, stopRequested });
    lives += 1;
    if (ended.ending !== "stopped") {
      assert.ok(ended.ending === "completed", JSON.stringify(ended));
      assert.deepEqual(timeless(ended.result), timeless(result));
      break;
    }
  }
  assert.ok(lives > 5, `${lives} lives`);
  assert.deepEqual(
    await pieces.store("student").readWeights("final"),
    await whole.store("student").readWeights("final"),
  );
});

test("what a teacher says in its layers is remembered, and what augmentation changes is asked anew", async () => {
  const asked = async (name: string, experiment: Experiment) => {
    const made = world({ name });
    let batches = 0;
    const load: typeof made.context.load = async (program, initial, options) => {
      const executor = await made.context.load(program, initial, options);
      return {
        ...executor,
        run(entry, feeds, times) {
          return executor.run(entry, feeds, times).then((outputs) => {
            if ("tap/hidden" in outputs) batches += 1;
            return outputs;
          });
        },
        read: (names) => executor.read(names),
        write: (state) => executor.write(state),
        dispose: () => executor.dispose(),
      };
    };
    await run(experiment, { ...made, context: { ...made.context, load } });
    return batches;
  };
  const layers = { ...tapped, training: { epochs: 4 } };
  // Each split in batches of 64: 72, 18 and 45 samples.
  assert.equal(await asked("remembered", layers), 2 + 1 + 1);
  const augment = [{ type: "noise" as const, std: 0.1 }];
  // 4 epochs of 5 batches, the two splits that are measured, and the training samples as they are and augmented.
  assert.equal(
    await asked("asked anew", { ...layers, data: { ...layers.data, augment } }),
    20 + 1 + 1 + 2 * 2,
  );
});

test("a teacher that says more than there is room for is not remembered", () => {
  const teacher = { classes: 10, features: { map: [32, 32, 64] } };
  assert.equal(canRemember(teacher, 1023), true);
  assert.equal(canRemember(teacher, 1025), false); // 1024 · (65536 + 10) · 4 > 2^28
});

test("layers that cannot be compared end the run before it trains", async () => {
  const losses = (loss: NonNullable<Experiment["losses"]>[number]) => failure({ ...tapped, losses: [loss] });
  const unknown = await losses({ type: "sp", student: "own", teacher: "hiden" });
  assert.deepEqual([unknown.code, unknown.hint], ["unknown-layer", 'Its layers are "hidden", "dense_1".']);
  const absent = await losses({ type: "sp", student: "owm", teacher: "hidden" });
  assert.match(absent.message, /student has no layer "owm"/);
  const unequal = await losses({ type: "hint", student: "own", teacher: "hidden" });
  assert.equal(unequal.code, "feature-shape");
  assert.match(unequal.message, /\[6\], the teacher's \[16\]/);
  assert.match(unequal.hint ?? "", /"projector": "linear"/);
  const odd = await losses({ type: "at", student: ["own"], teacher: ["hidden", "dense_1"] });
  assert.equal(odd.code, "feature-layers");
});

/** Lets a run go on until the teacher's outputs are there. */
async function fillCache({ context }: MemoryWorld): Promise<void> {
  let training = false;
  const report = (event: NewEvent) => {
    if (event.type === "phase" && event.phase === "train") training = true;
    else context.report(event);
  };
  await distil(resolve(base), { ...context, report, store: world().store, stopRequested: () => training });
}

const hasTeacher = (events: readonly NewEvent[]) =>
  events.some((event) => event.type === "phase" && event.phase === "cache");

test("what is reported fits the schema of a run's events", async () => {
  const made = world({ name: "events" });
  const { events } = made;
  const schema = JSON.parse(
    await readFile(new URL("../../../schemas/run-event.schema.json", import.meta.url), "utf8"),
  );
  await run({ ...base, training: { epochs: 2, reportEvery: 4 } }, made);
  const valid = new Ajv({ strict: false }).compile(schema);
  events.forEach((event, seq) => {
    assert.ok(valid({ seq, time: 0, ...event }), `${JSON.stringify(event)} ${JSON.stringify(valid.errors)}`);
  });
  const { length } = events.filter((event) => event.type === "step" && event.subject === undefined);
  assert.equal(length, 3); // of 10 steps: 4, 8 and the last one
});

test("the student alone has the same start, order, budget and seed", async () => {
  const made = world();
  const { events, store } = made;
  const { baselines, test: student } = await run(
    { ...without(base, "temperature", "alpha"), losses: [{ type: "ce" }] },
    made,
  );
  // With the labels as its only loss the student is the student alone.
  assert.deepEqual(baselines?.["studentAlone"], student);
  assert.deepEqual(lossesOf(events, "studentAlone"), lossesOf(events, "student"));
  assert.deepEqual(
    (await store("studentAlone").readWeights("final"))?.["dense.kernel"]?.data,
    (await store("student").readWeights("final"))?.["dense.kernel"]?.data,
  );
});

test("the student alone trains the losses that need no teacher, and what they weigh together is 1", async () => {
  const trajectory = async (experiment: Experiment, subject: "student" | "studentAlone") => {
    const made = world();
    await run(experiment, made);
    return lossesOf(made.events, subject);
  };
  type Losses = NonNullable<Experiment["losses"]>;
  const distilled = without(base, "temperature", "alpha");
  const baseline = (
    losses: Losses,
    studentAlone: NonNullable<Experiment["baselines"]>["studentAlone"] = true,
  ) => trajectory({ ...distilled, losses, baselines: { studentAlone } }, "studentAlone");
  /** The student itself, without a teacher and with these losses. */
  const ofLabels = (losses: Losses) =>
    trajectory({ ...without(distilled, "teacher", "baselines"), losses }, "student");

  const kd = { type: "kd" as const, weight: 0.9 };
  const smoothed = { type: "labelSmoothing" as const, epsilon: 0.3 };
  assert.deepEqual(await baseline([kd, { ...smoothed, weight: 0.1 }]), await ofLabels([smoothed]));
  assert.deepEqual(
    await baseline([kd, { type: "ce", weight: 0.25 }, { ...smoothed, weight: 0.75 }]),
    await ofLabels([
      { type: "ce", weight: 0.25 },
      { ...smoothed, weight: 0.75 },
    ]),
  );
  // Weighed at each step: what the teacher leaves to the labels is all that the student alone has.
  assert.deepEqual(
    await baseline([kd, { ...smoothed, weight: { from: 0, to: 1, over: 5 } }]),
    await ofLabels([smoothed]),
  );
  const plain = await ofLabels([{ type: "ce" }]);
  assert.deepEqual(await baseline([kd]), plain, "no loss is left");
  assert.deepEqual(await baseline([kd, { ...smoothed, weight: 0 }]), plain, "one that counts nowhere");
  const own: Losses = [{ type: "ce", weight: 0.5 }];
  assert.deepEqual(
    await baseline([kd, smoothed], { losses: [{ type: "ce", weight: 0.5 }] }),
    await ofLabels(own),
  );
});

/** The part of the way from the student alone to the teacher; null where there is none. */
const gapOf = (student: number, baseline: number, teacher: number) =>
  teacher > baseline ? (student - baseline) / (teacher - baseline) : null;

/** A teacher that leads by more than chance on a few dozen samples. */
const wellTaught = { ...base, teacher: { ...teacher, train: { epochs: 40 } } };

test("the gap is said where there is one: a teacher, a split to measure on and a baseline", async () => {
  const whole = await run(wellTaught);
  const accuracy = (metrics: RunResult["test"]) => metrics?.["accuracy"] as number;
  const [s, a, t] = [
    accuracy(whole.test),
    accuracy(whole.baselines?.["studentAlone"]),
    accuracy(whole.teacher),
  ];
  assert.ok(t > a, "a teacher that knows more");
  assert.equal(whole.gapRecovered, gapOf(s, a, t));

  // This teacher has learned nothing: there is no gap to recover.
  const untrained = {
    ...teacher,
    train: { steps: 1, optimizer: { type: "sgd" as const, learningRate: 1e-9 } },
  };
  const worse = await run({ ...base, teacher: untrained, training: { epochs: 20 } });
  assert.ok(accuracy(worse.teacher) <= accuracy(worse.baselines?.["studentAlone"]));
  assert.equal(worse.gapRecovered, null);

  const { test: _, ...unmeasured } = base.data;
  const blind = await run({ ...wellTaught, data: unmeasured });
  assert.equal(blind.test, undefined);
  const onValidation = [
    accuracy(blind.best?.metrics),
    accuracy(blind.baselines?.["studentAlone"]),
    accuracy(blind.teacher),
  ] as const;
  assert.equal(blind.gapRecovered, gapOf(...onValidation), "compared on validation");
  const { validation: __, ...unjudged } = unmeasured;
  const unknown = await run({ ...base, data: unjudged });
  assert.deepEqual(
    [unknown.best, unknown.teacher, unknown.baselines, unknown.gapRecovered],
    [undefined, undefined, undefined, undefined],
  );
  assert.equal("gapRecovered" in (await run(without(base, "baselines"))), false);
});

test("validation and test are compared apart", async () => {
  const made = world();
  const { best, validation, test, teacher, baselines } = await run(wellTaught, made);
  const accuracy = (metrics: RunResult["test"]) => metrics?.["accuracy"] as number;
  // Of the student alone its best checkpoint counts, as of the student.
  const baselineBest = made.events.findLast(
    (event) => event.type === "evaluation" && event.subject === "studentAlone" && event.best === true,
  );
  assert.ok(baselineBest?.type === "evaluation");
  assert.deepEqual(validation?.baselines?.["studentAlone"], baselineBest.metrics);
  const ofTeacher = made.events.flatMap((event) =>
    event.type === "evaluation" && event.subject === "teacher" ? [[event.split, event.metrics]] : [],
  );
  assert.deepEqual(ofTeacher, [
    ["validation", validation?.teacher],
    ["test", teacher],
  ]);
  assert.equal(
    validation?.gapRecovered,
    gapOf(accuracy(best?.metrics), accuracy(baselineBest.metrics), accuracy(validation?.teacher)),
  );
  assert.notDeepEqual([best?.metrics, validation?.teacher], [test, teacher]);
  assert.notDeepEqual(validation?.baselines, baselines);
});

test("a test split that is held is not read, and is read later as if it had been at once", async () => {
  const expected = await run(base, world({ name: "at-once" }));
  const made = world({ name: "held" });
  const held = await distil(resolve(base), { ...made.context, isTestWithheld: true });
  assert.ok(held.ending === "completed");
  const { test: _, teacher: __, baselines: ___, gapRecovered: ____, validation, ...rest } = expected;
  assert.deepEqual(timeless(held.result), timeless({ ...rest, ...validation }));
  const splits = () => made.events.flatMap((event) => (event.type === "evaluation" ? [event.split] : []));
  assert.deepEqual([...new Set(splits())], ["validation"]);
  const trained = made.events.length;
  assert.deepEqual(
    timeless(await run(base, { ...made, context: { ...made.context, resumed: true } })),
    timeless(expected),
  );
  const later = made.events.slice(trained);
  assert.deepEqual(
    later.filter(({ type }) => type === "step"),
    [],
    "nothing is trained again",
  );
});

/** A student that has too few labels, and a teacher that had more. */
const scarce: Experiment = {
  ...base,
  data: { ...base.data, train: { ...source("train.csv"), take: 12 }, validation: source("other.csv") },
  teacher: { ...teacher, train: { epochs: 60, data: source("train.csv") } },
  alpha: 1,
  training: { epochs: 40 },
};

test("what is gained is compared sample by sample, with how sure that is", async () => {
  for (const split of ["test", "validation"] as const) {
    const { test: _, ...unmeasured } = scarce.data;
    const made = world({ name: `gain on ${split}` });
    const result = await run({ ...scarce, data: split === "test" ? scarce.data : unmeasured }, made);
    const accuracy = (metrics: RunResult["test"]) => metrics?.["accuracy"] as number;
    const own = accuracy(split === "test" ? result.test : result.best?.metrics);
    const [baseline, teacherAccuracy] = [
      accuracy(result.baselines?.["studentAlone"]),
      accuracy(result.teacher),
    ];

    const [kept, ...others] = made.answers;
    assert.ok(kept && others.length === 0);
    assert.deepEqual([kept.split, kept.classes, kept.labels.length], [split, 3, split === "test" ? 45 : 60]);
    const right = (answers: ArrayLike<number> | undefined) =>
      kept.labels.filter((label, i) => answers?.[i] === label).length / kept.labels.length;
    const { student, studentAlone, teacher } = kept.answers;
    assert.deepEqual([right(student), right(studentAlone), right(teacher)], [own, baseline, teacherAccuracy]);

    const { gain } = result;
    assert.ok(
      gain && gain.difference !== 0 && own !== baseline && baseline < teacherAccuracy,
      "there is something to tell",
    );
    const only = (one: ArrayLike<number> | undefined, other: ArrayLike<number> | undefined) =>
      kept.labels.filter((label, i) => one?.[i] === label && other?.[i] !== label).length;
    assert.deepEqual(
      [gain.split, gain.samples, gain.mcnemar?.b, gain.mcnemar?.c],
      [split, kept.labels.length, only(student, studentAlone), only(studentAlone, student)],
    );
    assert.ok(Math.abs(gain.difference - (own - baseline)) < 1e-12);
    assert.ok(gain.interval[0] <= gain.difference && gain.difference <= gain.interval[1]);
    const lead = pairedDifference(kept.labels, teacher as Int32Array, studentAlone as Int32Array);
    assert.ok(!isShown(lead) && teacherAccuracy > baseline, "a lead within chance");
    assert.equal(result.gapRecovered, null);
  }
});

test("answers are kept of what there is, and none where nothing is measured", async () => {
  const made = world();
  const result = await run(without(base, "baselines"), made);
  assert.deepEqual(Object.keys(made.answers[0]?.answers ?? {}), ["student", "teacher"]);
  assert.equal(result.gain, undefined);
  const blind = world();
  const { test: _, validation: __, ...data } = base.data;
  assert.equal((await run({ ...base, data }, blind)).gain, undefined);
  assert.deepEqual(blind.answers, []);
});

test("without a teacher, without validation: the last weights count", async () => {
  const { validation: _, ...data } = base.data;
  const made = world();
  const result = await run(
    { ...without(base, "teacher", "temperature", "alpha"), data, losses: [{ type: "labelSmoothing" }] },
    made,
  );
  assert.deepEqual([result.best, result.teacher, result.gapRecovered], [undefined, undefined, undefined]);
  const { readWeights } = made.store("student");
  assert.deepEqual(await readWeights("best"), await readWeights("final"));

  const needy = await failure(without(base, "teacher"));
  assert.equal(needy.code, "no-teacher");
});

test("fewer samples than a batch are one batch; a remainder that is left out may leave none", async () => {
  const few = await run({ ...base, data: { ...base.data, batchSize: 500 } });
  assert.deepEqual([few.steps, few.epochs], [2, 2]);
  const none = await failure({ ...base, data: { ...base.data, batchSize: 500, dropRemainder: true } });
  assert.equal(none.code, "batch-too-large");
  const steps = await run({ ...base, training: { steps: 7 } });
  assert.deepEqual([steps.steps, steps.epochs], [7, 7 / 5]);
});

test("samples of one class, and a split that leaves a side empty, end the run before it trains", async () => {
  await writeFile(join(folder, "one.csv"), "a,b,c,d,e,label\n1,2,3,4,5,x\n2,3,4,5,6,x\n");
  const one = await failure({ ...base, data: { train: source("one.csv") } });
  assert.equal(one.code, "one-class");
  for (const [split, side] of [
    [0.02, "validation"],
    [0.99, "training"],
  ] as const) {
    const train = { ...source("train.csv"), take: 4 };
    const empty = await failure({ ...base, data: { train, validation: { split } } });
    assert.equal(empty.code, "empty-split");
    assert.match(empty.message, new RegExp(`of 4 samples leaves none for ${side}`));
  }
});

test("a described teacher is trained once for all experiments that describe it", async () => {
  const teachers: Teachers = new Map();
  const trained = async (experiment: Experiment) => {
    const made = world({ teachers });
    await run(experiment, made);
    return lossesOf(made.events, "teacher").length;
  };
  assert.equal(await trained(base), 10);
  assert.equal(
    await trained({ ...base, student: { preset: "mlp", hidden: [4] }, training: { steps: 3 } }),
    0,
  );
  const differ: Experiment[] = [
    { ...base, teacher: { ...teacher, train: { ...teacher.train, seed: 9 } } },
    { ...base, teacher: { ...teacher, train: { ...teacher.train, data: source("other.csv") } } },
    { ...base, teacher: { ...teacher, normalize: { scale: 2 } } },
    { ...base, teacher: { ...teacher, layers: [dense(17, "relu"), dense(3)] } },
  ];
  for (const experiment of differ)
    assert.ok((await trained(experiment)) > 0, JSON.stringify(experiment.teacher));
  assert.equal(teachers.size, 5);
});

test("a teacher has the threads of all while others wait for it, and its share where a step asks it", async () => {
  const given = async (experiment: Experiment, name: string) => {
    const made = world({ name, teachers: new Map() });
    const seen: (number | undefined)[] = [];
    const load: LoadProgram = (program, initial, options) => {
      seen.push(options?.threads);
      return made.context.load(program, initial, options);
    };
    await run(experiment, { ...made, context: { ...made.context, load, threads: 1, teacherThreads: 3 } });
    return seen;
  };
  const [trains, answers, ...students] = await given(base, "alone");
  assert.deepEqual([trains, answers], [3, 3]);
  assert.deepEqual(new Set(students), new Set([1]));
  const augmented = { ...base, data: { ...base.data, augment: [{ type: "noise" as const, std: 0.1 }] } };
  const [trainsToo, ...asked] = await given(augmented, "asked");
  assert.equal(trainsToo, 3);
  assert.deepEqual(new Set(asked), new Set([1]));
});

test("a run that goes on on another engine keeps the teacher that it began with", async () => {
  const teachers: Teachers = new Map();
  const life = async (engine: string, teacherEngine?: string) => {
    const made = world({ teachers });
    const facts: Record<string, unknown> = {};
    const record = async (more: object) => void Object.assign(facts, more);
    const ended = await distil(resolve(base), { ...made.context, engine, teacherEngine, record });
    assert.equal(ended.ending, "completed");
    return { teacherSteps: lossesOf(made.events, "teacher").length, teacherEngine: facts["teacherEngine"] };
  };
  assert.deepEqual(await life("first"), { teacherSteps: 10, teacherEngine: "first" });
  assert.deepEqual(await life("second", "first"), { teacherSteps: 0, teacherEngine: "first" });
  assert.deepEqual(await life("second"), { teacherSteps: 10, teacherEngine: "second" });
  assert.deepEqual(await life("second", "gone"), { teacherSteps: 0, teacherEngine: "second" });
});

test("what the teacher says is kept by data, teacher and preprocessing, and computed again when damaged", async () => {
  const name = "outputs";
  const cache = join(folder, name);
  await mkdir(cache);
  const teachers: Teachers = new Map();
  const files = async () => (await readdir(cache)).sort();
  const progress = ({ events }: MemoryWorld) =>
    events.some((event) => event.type === "progress" && event.phase === "cache");
  const first = world({ name, teachers });
  const expected = await run(base, first);
  assert.ok(progress(first));
  const kept = await files();
  assert.equal(kept.length, 3); // train, validation, test

  const again = world({ name, teachers });
  assert.deepEqual(timeless(await run(base, again)), timeless(expected));
  assert.equal(progress(again), false);

  for (const file of kept) {
    const bytes = await readFile(join(cache, file));
    bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60);
    await writeFile(join(cache, file), bytes);
  }
  const repaired = world({ name, teachers });
  assert.deepEqual(timeless(await run(base, repaired)), timeless(expected));
  assert.ok(progress(repaired));
  assert.deepEqual(await files(), kept);

  const other = { ...teacher, normalize: { scale: 0.5 } };
  await run({ ...base, teacher: other }, world({ name, teachers }));
  await run({ ...base, seed: 5 }, world({ name, teachers })); // another split of the data, another teacher
  assert.ok((await files()).length >= 8);
});

test("kept outputs are what the teacher would say: the losses are those of a teacher in the loop", async () => {
  const teachers: Teachers = new Map();
  const lossesWith = async (more: Partial<Experiment["data"]>) => {
    const made = world({ teachers });
    await run(
      {
        ...base,
        teacher: { ...teacher, normalize: { scale: 3, mean: 0.5 } },
        data: { ...base.data, ...more },
      },
      made,
    );
    return lossesOf(made.events, "student").map(([, loss]) => loss as number);
  };
  const cached = await lossesWith({});
  // Noise that is too small to be seen, for which the teacher has to be asked anew at each step.
  const live = await lossesWith({ augment: [{ type: "noise", std: 1e-12 }] });
  cached.forEach((loss, i) => {
    assert.ok(Math.abs(loss - (live[i] as number)) < 1e-5 * loss, `step ${i}: ${loss}, ${live[i]}`);
  });
});

test("a student learns from kept views what it learns from a teacher that sees them, each epoch one", async () => {
  const lossesWith = async (losses: NonNullable<Experiment["losses"]>) => {
    const made = world();
    const data = { ...base.data, augment: [{ type: "noise" as const, std: 1 }], views: 3 };
    await run({ ...tapped, data, losses, training: { epochs: 5 } }, made);
    return lossesOf(made.events, "student").map(([, loss]) => loss as number);
  };
  const kd = { type: "kd" as const };
  const kept = await lossesWith([kd]);
  // A loss of layers, for which the teacher is asked in each step.
  const live = await lossesWith([kd, { type: "sp", student: "own", teacher: "hidden", weight: 1e-12 }]);
  assert.ok(kept.length > 10);
  kept.forEach((loss, i) => {
    assert.ok(Math.abs(loss - (live[i] as number)) < 1e-4 * loss, `step ${i}: ${loss}, ${live[i]}`);
  });
});

test("saved models end in a softmax or not: as a teacher and as the start of a student they give logits", async () => {
  const net = built([dense(7, "relu"), dense(3)]);
  const weights = net.initial(8);
  await save("logits", net, weights);
  await save("softmax", built([dense(7, "relu"), dense(3, "softmax")]), weights);
  await save("layer", built([dense(7, "relu"), dense(3), { type: "softmax" }]), weights);
  const distilledFrom = async (path: string, outputs?: "probabilities") => {
    const made = world();
    const { teacher } = await run(
      { ...base, teacher: { type: "tfjs", path: `${path}/model.json`, ...(outputs ? { outputs } : {}) } },
      made,
    );
    return { teacher, losses: lossesOf(made.events, "student"), warnings: warningsOf(made.events) };
  };
  const expected = await distilledFrom("logits");
  assert.deepEqual(expected.warnings, ["teacher-chance", "student-chance"]); // its weights are as they were drawn
  for (const path of ["softmax", "layer"]) {
    const { warnings, ...found } = await distilledFrom(path);
    assert.deepEqual({ ...found, warnings: expected.warnings }, expected, path);
    assert.deepEqual(warnings, ["softmax-output", "teacher-chance", "student-chance"]);
  }
  assert.deepEqual(await distilledFrom("softmax", "probabilities"), expected);

  const begun = async (path: string) => {
    const made = world();
    await run({ ...base, student: { model: `${path}/model.json` } }, made);
    return lossesOf(made.events, "student");
  };
  assert.deepEqual(await begun("softmax"), await begun("logits"));
});

test("a teacher of other classes is refused before it is trained", async () => {
  const made = world();
  const ended = await distil(
    resolve({ ...base, teacher: { ...teacher, layers: [dense(4)], train: { epochs: 2 } } }),
    made.context,
  );
  assert.equal(ended.ending === "failed" && ended.code, "class-mismatch");
  assert.deepEqual(lossesOf(made.events, "teacher"), []);
});

function built(layers: readonly LayerSpec[]): LayeredNet {
  const net = buildNet(layers, [columns]);
  return "problems" in net ? assert.fail(JSON.stringify(net.problems)) : net;
}

async function save(name: string, net: LayeredNet, weights: Record<string, Float32Array>): Promise<void> {
  const files = modelFiles(net, weights);
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "model.json"), files.json);
  await writeFile(join(folder, name, "weights.bin"), files.weights);
}

/** Step → loss and norm of the gradients, the last of each. */
function lossesOf(events: readonly NewEvent[], whose: string): [number, number | null, number | null][] {
  const found = new Map<number, [number, number | null, number | null]>();
  for (const event of events)
    if (event.type === "step" && (event.subject ?? "student") === whose)
      found.set(event.step, [event.step, event.loss, event.gradNorm]);
  return [...found.values()];
}

const warningsOf = (events: readonly NewEvent[]) =>
  events.flatMap((event) => (event.type === "warning" ? [event.code] : []));

const timeless = ({ latencyMs: _, costs: __, ...result }: RunResult) => result;

function without<K extends keyof Experiment>(experiment: Experiment, ...keys: K[]): Experiment {
  return Object.fromEntries(
    Object.entries(experiment).filter(([key]) => !(keys as string[]).includes(key)),
  ) as unknown as Experiment;
}

/** Rows around three centres. */
function table(count: number, seed: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const features = Array.from({ length: columns }, (_, column) => {
      const noise = Math.sin(row * 12.9898 + column * 78.233 + seed * 37.719) * 43758.5453;
      return ((column % 3 === row % 3 ? 1 : 0) + (noise - Math.floor(noise)) * 1.4).toFixed(4);
    });
    return [...features, row % 3].join(",");
  });
  return `${["a,b,c,d,e,label", ...rows].join("\n")}\n`;
}
