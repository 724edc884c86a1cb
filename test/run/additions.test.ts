import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { eventsOf, onlyRun, scene, succeed } from "./support.ts";

/*
 * One more of a kind is one new file and one row of a table. Each addition is made so in a copy of the tree, which has
 * then to know it everywhere: when it checks, completes, explains, documents and trains.
 */

interface Addition {
  /** The new file. */
  readonly file: string;
  readonly declares: string;
  /** What the table's file gains: an import at its top and a row before another. */
  readonly table: {
    readonly file: string;
    readonly import: string;
    readonly row: string;
    readonly before: string;
  };
  /** Its place in an experiment, where `HERE` stands for an object with its `type` and what is asked of it. */
  readonly place: (here: string) => string;
  readonly type: string;
  /** The key that chooses it. Absent: "type". */
  readonly tag?: string;
  readonly description: string;
  /** One of its keys. */
  readonly key: { readonly name: string; readonly description: string; readonly default: unknown };
  /** What the key may not be, and what check says of it. */
  readonly wrong: { readonly value: unknown; readonly message: RegExp };
  /** Over the experiment of `scene`, and where it stands there: with its default, once a run has resolved it. */
  readonly experiment: Readonly<Record<string, unknown>>;
  readonly set?: string;
  readonly inRun: (experiment: Experiment) => unknown;
  readonly heading: string;
}

// biome-ignore lint/suspicious/noExplicitAny: what was made up is in no type
type Experiment = any;

const additions: readonly Addition[] = [
  {
    file: "server/nets/layers/amplify.ts",
    declares: `
      import { number } from "../../parameters/parameter.ts";
      import { layer } from "./layer.ts";

      export const amplify = layer({
        description: "Multiplies every value by a number.",
        keras: { className: "Amplify" },
        arguments: {
          factor: number("What values are multiplied by.", { exclusiveMinimum: 0, default: 2, examples: [3] }),
        },
        shape: (input) => ({ output: input }),
        forward: ({ tf, x }, { factor }) => tf.mul(x, factor),
      });
    `,
    table: {
      file: "server/nets/layerTypes.ts",
      import: 'import { amplify } from "./layers/amplify.ts";',
      row: "  amplify,",
      before: "  dense,",
    },
    place: (here) => `{ "student": { "layers": [${here}] } }`,
    type: "amplify",
    description: "Multiplies every value by a number.",
    key: { name: "factor", description: "What values are multiplied by.", default: 2 },
    wrong: { value: 0, message: /a number > 0/ },
    experiment: {
      student: { layers: [{ type: "dense", units: 12 }, { type: "amplify" }, { type: "dense", units: 3 }] },
    },
    inRun: ({ student }) => student.layers[1],
    heading: "### Layer `amplify`",
  },
  {
    file: "server/engine/distill/optimizers/signSgd.ts",
    declares: `
      import { mul, sign, sub } from "@tensorflow/tfjs-core";
      import { number } from "../../../parameters/parameter.ts";
      import { learningRate } from "./arguments.ts";
      import { optimizer, required } from "./optimizer.ts";

      export const signSgd = optimizer({
        description: "Every weight moves by the same.",
        parameters: {
          learningRate: learningRate(1e-3, [1e-5, 0.1]),
          stretch: number("What each move is multiplied by.", { exclusiveMinimum: 0, default: 2, examples: [3] }),
        },
        rule: ({ stretch }) => ({
          slots: [],
          scalars: (_, learningRate) => ({ move: stretch * learningRate }),
          update: ({ value, gradient }, scalars) => ({
            value: sub(value, mul(sign(gradient), required(scalars, "move"))),
            slots: {},
          }),
        }),
      });
    `,
    table: {
      file: "server/engine/distill/optimizers/optimizers.ts",
      import: 'import { signSgd } from "./signSgd.ts";',
      row: "  signSgd,",
      before: "  sgd,",
    },
    place: (here) => `{ "optimizer": ${here} }`,
    type: "signSgd",
    description: "Every weight moves by the same.",
    key: { name: "stretch", description: "What each move is multiplied by.", default: 2 },
    wrong: { value: 0, message: /a number > 0/ },
    experiment: { optimizer: { type: "signSgd" } },
    inRun: ({ optimizer }) => optimizer,
    heading: "### Optimizer `signSgd`",
  },
  {
    file: "server/data/augmentations/brighten.ts",
    declares: `
      import { number } from "../../parameters/parameter.ts";
      import { generator } from "../random.ts";
      import { blend } from "./augmentation.ts";
      import { forEachPart } from "./change.ts";

      export const brighten = blend({
        description: "Adds one random number to all values of a sample.",
        hint: "Adds one random number to all values of a sample.",
        parameters: {
          most: number("The largest number that is added.", { exclusiveMinimum: 0, default: 0.5, examples: [0.2] }),
        },
        change: ({ most }, use, shape) => ({
          type: "noise",
          draws: { noise: { shape, dtype: "float32" } },
          draw({ rows, seed, step }, { noise }) {
            forEachPart(noise as Float32Array, rows.length, (part, i) => {
              part.fill((most * generator({ seed, step, use }, rows[i])()) / 2 ** 32);
            });
          },
          apply({ values }, { noise }) {
            for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) + (noise?.[k] as number);
          },
        }),
      });
    `,
    table: {
      file: "server/data/augmentations/augmentations.ts",
      import: 'import { brighten } from "./brighten.ts";',
      row: "  brighten,",
      before: "  shift,",
    },
    place: (here) => `{ "data": { "augment": [${here}] } }`,
    type: "brighten",
    description: "Adds one random number to all values of a sample.",
    key: { name: "most", description: "The largest number that is added.", default: 0.5 },
    wrong: { value: 0, message: /a number > 0/ },
    experiment: {},
    set: 'data.augment=[{"type":"brighten"}]',
    inRun: ({ data }) => data.augment[0],
    heading: "### Augmentation `brighten`",
  },
  {
    file: "server/data/sources/ramp.ts",
    declares: `
      import { integer } from "../../parameters/parameter.ts";
      import { hashed } from "../samples.ts";
      import type { SourceType } from "./source.ts";

      const declared = {
        description: "Samples that are made up.",
        hint: "Samples that are made up.",
        parameters: {
          count: integer("How many samples there are.", { minimum: 1, unit: "samples", default: 60, examples: [30] }),
        },
      };

      export const ramp: SourceType<never> = {
        ...declared,
        unlabelled: declared,
        async load({ count }: { readonly count: number }) {
          const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
          const storage = Float32Array.from({ length: 6 * count }, (_, i) => (labels[Math.floor(i / 6)] ?? 0) + i / 1000);
          return hashed({ count, shape: [6], classes: 3, labels, storage });
        },
      };
    `,
    table: {
      file: "server/data/sources/sources.ts",
      import: 'import { ramp } from "./ramp.ts";',
      row: "  ramp,",
      before: "  idx,",
    },
    place: (here) => `{ "data": { "train": ${here} } }`,
    type: "ramp",
    description: "Samples that are made up.",
    key: { name: "count", description: "How many samples there are.", default: 60 },
    wrong: { value: 0, message: /an integer ≥ 1/ },
    experiment: {},
    set: 'data.train={"type":"ramp"}',
    inRun: ({ data }) => data.train,
    heading: "### Source `ramp`",
  },
  {
    file: "server/engine/distill/schedules/triangle.ts",
    declares: `
      import { number } from "../../../parameters/parameter.ts";
      import { progress, schedule } from "./schedule.ts";

      export const triangle = schedule({
        description: "Rises and falls in straight lines.",
        parameters: {
          height: number("What the learning rate is multiplied by at the top.", {
            minimum: 1,
            default: 3,
            examples: [4],
          }),
        },
        curve: ({ height }, { rate, steps }) => (step) =>
          rate * (1 + (height - 1) * (1 - Math.abs(2 * progress(step, steps) - 1))),
      });
    `,
    table: {
      file: "server/engine/distill/schedules/schedules.ts",
      import: 'import { triangle } from "./triangle.ts";',
      row: "  triangle,",
      before: "  linear,",
    },
    place: (here) => `{ "schedule": ${here} }`,
    type: "triangle",
    description: "Rises and falls in straight lines.",
    key: { name: "height", description: "What the learning rate is multiplied by at the top.", default: 3 },
    wrong: { value: 0.5, message: /a number ≥ 1/ },
    experiment: { schedule: { type: "triangle" } },
    inRun: ({ schedule }) => schedule,
    heading: "### Schedule `triangle`",
  },
  {
    file: "server/engine/distill/losses/meanSquare.ts",
    declares: `
      import { mean, mul, squaredDifference } from "@tensorflow/tfjs-core";
      import { share } from "./arguments.ts";
      import { logitLoss } from "./logitLoss.ts";

      export const meanSquareLoss = logitLoss({
        description: "The student's logits should be the teacher's.",
        formula: "a · mean of (z_s − z_t)²",
        weight: 0.1,
        reads: ["teacher"],
        parameters: { scale: share("What the mean is multiplied by.", 0.5) },
        value: ({ student, teacher }, { scale }) => mul(mean(squaredDifference(student, teacher)), scale),
      });
    `,
    table: {
      file: "server/engine/distill/losses/losses.ts",
      import: 'import { meanSquareLoss } from "./meanSquare.ts";',
      row: "  meanSquare: meanSquareLoss,",
      before: "  dkd: dkdLoss,",
    },
    place: (here) => `{ "teacher": { "type": "onnx", "path": "t.onnx" }, "losses": [${here}] }`,
    type: "meanSquare",
    description: "The student's logits should be the teacher's.",
    key: { name: "scale", description: "What the mean is multiplied by.", default: 0.5 },
    wrong: { value: -1, message: /a number ≥ 0/ },
    experiment: {
      temperature: undefined,
      alpha: undefined,
      losses: [{ type: "ce" }, { type: "meanSquare" }],
    },
    inRun: ({ losses }) => losses[1],
    heading: "### Loss `meanSquare`",
  },
  {
    file: "server/nets/presets/funnel.ts",
    declares: `
      import { integer } from "../../parameters/parameter.ts";
      import { preset } from "./preset.ts";

      export const funnel = preset({
        description: "Dense layers, each half as wide as the one before.",
        parameters: {
          widest: integer("Units of the first layer.", { minimum: 2, default: 16, examples: [32] }),
        },
        layers: ({ widest }, classes) => [
          { type: "flatten" },
          { type: "dense", units: widest, activation: "relu" },
          { type: "dense", units: Math.floor(widest / 2), activation: "relu" },
          { type: "dense", name: "logits", units: classes },
        ],
      });
    `,
    table: {
      file: "server/nets/presets/presets.ts",
      import: 'import { funnel } from "./funnel.ts";',
      row: "  funnel,",
      before: "  lenet,",
    },
    place: (here) => `{ "student": ${here} }`,
    type: "funnel",
    tag: "preset",
    description: "Dense layers, each half as wide as the one before.",
    key: { name: "widest", description: "Units of the first layer.", default: 16 },
    wrong: { value: 1, message: /an integer ≥ 2/ },
    experiment: {
      teacher: { type: "layers", preset: "funnel", widest: 32, train: { epochs: 1 } },
      student: { preset: "funnel" },
    },
    inRun: ({ student }) => student,
    heading: "### Student `funnel`",
  },
  {
    file: "server/engine/train/teachers/echo.ts",
    declares: `
      import { number } from "../../../parameters/parameter.ts";
      import { teacherParameters } from "./arguments.ts";
      import type { TeacherType } from "./teacherType.ts";

      export const echo: TeacherType<never> = {
        description: "The first values of a sample are its logits.",
        parameters: {
          gain: number("What the values are multiplied by.", { exclusiveMinimum: 0, default: 2, examples: [3] }),
          ...teacherParameters,
        },
        isOfLayers: false,
        async open({ gain }: { readonly gain: number }, { train: { classes } }) {
          const logits = async (samples: Float32Array, count: number) =>
            Float32Array.from({ length: count * classes }, (_, i) => {
              const row = Math.floor(i / classes);
              return gain * (samples[row * (samples.length / count) + (i % classes)] ?? 0);
            });
          return {
            ending: "completed",
            result: {
              classes,
              hash: String(gain),
              warnings: [],
              features: {},
              logits,
              forward: async (samples, count) => ({ logits: await logits(samples, count), features: {} }),
              async assertUntouched() {},
              async dispose() {},
            },
          };
        },
      };
    `,
    table: {
      file: "server/engine/train/teachers/open.ts",
      import: 'import { echo } from "./echo.ts";',
      row: "  echo,",
      before: "  tfjs: tfjsTeacher,",
    },
    place: (here) => `{ "teacher": ${here} }`,
    type: "echo",
    description: "The first values of a sample are its logits.",
    key: { name: "gain", description: "What the values are multiplied by.", default: 2 },
    wrong: { value: 0, message: /a number > 0/ },
    experiment: { teacher: { type: "echo" } },
    inRun: ({ teacher }) => teacher,
    heading: "### Teacher `echo`",
  },
];

const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = await mkdtemp(join(tmpdir(), "additions-"));
after(() => rm(copy, { recursive: true, force: true }));

const before = new Map<string, string>();
for (const folder of ["server", "schemas", "scripts", "test/support"])
  await cp(join(root, folder), join(copy, folder), { recursive: true });
for (const file of ["package.json", "tsconfig.json"]) await cp(join(root, file), join(copy, file));
await symlink(join(root, "node_modules"), join(copy, "node_modules"));
await run("scripts/generate.ts");
for (const file of await sources()) before.set(file, await readFile(join(copy, file), "utf8"));
for (const { file, declares, table } of additions) {
  await writeFile(join(copy, file), declares);
  const text = await readFile(join(copy, table.file), "utf8");
  const withRow = text.replace(`\n${table.before}\n`, `\n${table.row}\n${table.before}\n`);
  await writeFile(join(copy, table.file), `${table.import}\n${withRow}`);
}
await run("scripts/generate.ts");

test("the copy has one new file and one new row for each, and is sound", { timeout: 600_000 }, async () => {
  const changes: Record<string, readonly string[]> = {};
  for (const file of await sources()) {
    const lines = before.get(file)?.split("\n");
    const found = (await readFile(join(copy, file), "utf8")).split("\n");
    const added = lines ? found.filter((line) => !lines.includes(line)) : ["a file"];
    if (added.length > 0) changes[file] = added;
  }
  const expected: Record<string, string[]> = {};
  for (const { file, table } of additions) {
    expected[file] = ["a file"];
    expected[table.file] = [...(expected[table.file] ?? []), table.import, table.row];
  }
  assert.deepEqual(changes, expected);
  await writeFile(
    join(copy, "tsconfig.additions.json"),
    JSON.stringify({
      extends: "./tsconfig.json",
      include: ["server", "schemas", "scripts"],
      exclude: ["**/*.test.ts", "node_modules"],
    }),
  );
  await run("node_modules/typescript/bin/tsc", "-p", "tsconfig.additions.json");
});

for (const it of additions) {
  const { type, tag = "type", key, wrong } = it;
  const at = (here: string) => it.place(`{ ${here} }`);

  test(`${type}: completion offers it and its keys`, async () => {
    const { completions } = await copied<typeof import("../support/cursor.ts")>("test/support/cursor.ts");
    const labels = (marked: string) => completions(marked).map(({ label }) => label);
    assert.ok(labels(at(`"${tag}": "|"`)).includes(type));
    assert.ok(labels(at(`"${tag}": "${type}", |`)).includes(key.name));
  });

  test(`${type}: hovering explains it and its keys`, async () => {
    const { hover } =
      await copied<typeof import("../../server/language/hover.ts")>("server/language/hover.ts");
    const { atCursor } = await copied<typeof import("../support/cursor.ts")>("test/support/cursor.ts");
    const { nothingKnown } =
      await copied<typeof import("../../server/language/facts.ts")>("server/language/facts.ts");
    const explained = (marked: string) => {
      const { parsed, offset } = atCursor(marked);
      return JSON.stringify(hover(parsed, offset, nothingKnown));
    };
    const others = `"${key.name}": ${JSON.stringify(key.default)}`;
    assert.ok(
      explained(at(`"${tag}": "${type.slice(0, 2)}|${type.slice(2)}", ${others}`)).includes(it.description),
    );
    assert.ok(explained(at(`"${tag}": "${type}", "|${others.slice(1)}`)).includes(key.description));
  });

  test(`${type}: check knows it, and what its keys may be`, async () => {
    const { checkText } =
      await copied<typeof import("../../server/language/check.ts")>("server/language/check.ts");
    const findings = (value: unknown) =>
      checkText(at(`"${tag}": "${type}", "${key.name}": ${JSON.stringify(value)}`));
    const spoken = findings(wrong.value).filter(({ message }) => wrong.message.test(message));
    assert.equal(spoken.length, 1, JSON.stringify(findings(wrong.value)));
    assert.deepEqual(
      findings(key.default).filter(({ message }) => message.includes(type) || message.includes(key.name)),
      [],
    );
  });

  test(`${type}: the reference has a section on it`, async () => {
    const page = await readFile(join(copy, "schemas/REFERENCE.md"), "utf8");
    const [, section = ""] = page.split(`\n${it.heading}\n`);
    const [own = ""] = section.split("\n#");
    assert.ok(own.includes(it.description), own);
    assert.match(own, new RegExp(`\`${key.name}\`.*${JSON.stringify(key.default)}.*${key.description}`));
  });

  test(`${type}: a run trains with it`, { timeout: 600_000 }, async (context) => {
    const made = await scene(context, { steps: 5, with: it.experiment });
    const words = ["run", made.file, ...(it.set === undefined ? [] : ["--set", it.set])];
    await succeed(words, {
      cwd: made.folder,
      cli: join(copy, "server/cli.ts"),
    });
    const directory = await onlyRun(made);
    assert.equal((await eventsOf(directory)).at(-1)?.type, "completed");
    const experiment = JSON.parse(await readFile(join(directory, "experiment.json"), "utf8"));
    assert.partialDeepStrictEqual(it.inRun(experiment), { [tag]: type, [key.name]: key.default });
  });
}

test("meanSquare: what it reads is known wherever that counts", async () => {
  const { lossModels } = await copied<typeof import("../../server/language/model/losses.ts")>(
    "server/language/model/losses.ts",
  );
  const { parse } = await copied<typeof import("../../server/language/parse.ts")>("server/language/parse.ts");
  const { root } = parse('{ "losses": [{ "type": "meanSquare" }] }');
  assert.partialDeepStrictEqual(root && lossModels(root), [
    { seesTeacher: true, needsLabels: false, compares: undefined, weight: 0.1 },
  ]);
  const { needsLabels, needsTeacher } = await copied<
    typeof import("../../server/engine/distill/losses/losses.ts")
  >("server/engine/distill/losses/losses.ts");
  const loss = { type: "meanSquare" as never };
  assert.deepEqual([needsTeacher(loss), needsLabels(loss)], [true, false]);
});

test("amplify: model.json says it as Keras would", async () => {
  const { fromKeras, toKeras } = await copied<
    typeof import("../../server/engine/nets/modelJson/kerasLayers.ts")
  >("server/engine/nets/modelJson/kerasLayers.ts");
  const saved = toKeras("amplify" as never, { factor: 3 });
  assert.deepEqual(saved, { className: "Amplify", config: { factor: 3 } });
  assert.deepEqual(fromKeras(saved.className, saved.config), { type: "amplify", factor: 3 });
});

/** Written by a person, and no test. */
async function sources(): Promise<string[]> {
  const entries = await Promise.all(
    ["server", "schemas", "scripts"].map(async (folder) =>
      (await readdir(join(copy, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  );
  return entries
    .flat()
    .filter((name) => /\.(ts|mjs|json)$/.test(name) && !/\.gen\.|\.test\.|experiment\.schema/.test(name));
}

/** A module of the copy. */
const copied = async <T>(file: string): Promise<T> =>
  (await import(pathToFileURL(join(copy, file)).href)) as T;

/** Runs a script of the copy; what it says is in the error if it fails. */
async function run(script: string, ...words: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(copy, script), ...words], { cwd: copy }).catch(
    (error: { stdout: string; stderr: string }) => assert.fail(`${script}: ${error.stdout}${error.stderr}`),
  );
}
