import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import { setBackend, tensor2d } from "@tensorflow/tfjs-core";
import { filesIn } from "../../test/support/dataFiles.ts";
import type { Loss } from "../engine/distill/losses/loss.ts";
import { ownLossProblem } from "../engine/train/lossTrial.ts";
import { valuesOf } from "../parameters/parameter.ts";
import { loadModule } from "./load.ts";
import { makeKnown } from "./openModules.ts";

before(() => setBackend("cpu"));

/** A loss of the teacher's logits whose function has this body, in its fourth line. */
const loss = (body: string, more = "") => `import { defineLoss } from "distillery";
${more}
export default defineLoss({ description: "A loss.", reads: ["teacher"], parameters: {}, value: ({ tf, student, teacher }) => {
  ${body}
} });
`;

const distance = "return tf.mean(tf.squaredDifference(student, teacher));";

/** What is said of a module, once it is loaded and its loss tried. */
async function told(
  t: Parameters<typeof filesIn>[0],
  files: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const folder = await filesIn(t, files);
  const loaded = await loadModule(join(folder, "own.ts"));
  if ("problem" in loaded) return `${loaded.problem.code} ${loaded.problem.message}`;
  makeKnown("./own.ts", loaded);
  const found = ownLossProblem([{ type: "./own.ts", weight: 1 }], {
    classes: 3,
    shapes: { student: {}, teacher: {} },
  });
  return found && `${found.problem.code} ${found.problem.message}`;
}

const impure = (name: string, place: string, why: RegExp) =>
  new RegExp(`^module-impure own\\.ts:${place}: \`${name}\` ${why.source}`);

const wrong: Readonly<Record<string, readonly [source: string, said: RegExp]>> = {
  "nothing to see": ["const a = 1;", /^module-default own\.ts: it has no default export\.$/],
  "something else": [
    "export default () => 1;",
    /^module-default own\.ts: its default export is a function, /,
  ],
  "a throw": ['const a: number = 1;\nthrow new Error("no luck");', /^module-throws own\.ts:2:7: no luck\.$/],
  "types that have to be compiled": [
    "const a = 1;\nenum B { C }",
    /^module-syntax own\.ts:2: TypeScript enum is not supported/,
  ],
  "no TypeScript": ["const a = ;", /^module-syntax own\.ts:1: Expression expected\.$/],
  "Node's own": [
    '\nimport { readFileSync } from "node:fs";',
    /^module-import own\.ts:2: "node:fs" cannot be imported/,
  ],
  tfjs: [
    'import * as tf from "@tensorflow/tfjs";',
    /^module-import own\.ts:1: "@tensorflow\/tfjs" cannot be imported/,
  ],
  "outside of the folder": [
    'import "../other.ts";',
    /^module-import own\.ts:1: "\.\.\/other\.ts" is outside of the module's folder/,
  ],
  "a file that is not there": ['import "./other.ts";', /^module-missing other\.ts: There is no such file\.$/],
  "no description": [
    'import { defineLoss } from "distillery";\nexport default defineLoss({} as any);',
    /^module-declaration own\.ts:2:16: the loss has no description/,
  ],
  "a parameter that is a number": [
    'import { defineLoss } from "distillery";\nexport default defineLoss({ description: "A", reads: [], parameters: { gamma: 2 } as any, value: ({ tf }) => tf.scalar(1) });',
    /^module-declaration own\.ts:2:16: the parameter "gamma" is not made by `number`/,
  ],
  "a key that every loss has": [
    'import { defineLoss, number } from "distillery";\nexport default defineLoss({ description: "A", reads: [], parameters: { weight: number("w") }, value: ({ tf }) => tf.scalar(1) });',
    /^module-declaration own\.ts:2:16: every loss has the key "weight"/,
  ],
  "random numbers of JavaScript": [
    loss(`const r = Math.random(); ${distance}`),
    impure("Math.random", "4:18", /draws random numbers/),
  ],
  "random numbers of tfjs": [
    loss(`const r = tf.randomNormal([2]); ${distance}`),
    impure("tf.randomNormal", "4:16", /draws random numbers/),
  ],
  "random numbers when it is loaded": [
    loss(distance, "const r = Math.random();"),
    impure("Math.random", "2:16", /draws random numbers/),
  ],
  "the time": [loss(`const t = Date.now(); ${distance}`), impure("Date.now", "4:18", /depends on the time/)],
  "the time as a date": [
    loss(`const t = new Date(2024, 0).getTime() + new Date().getTime(); ${distance}`),
    impure("new Date\\(\\)", "4:43", /depends on the time/),
  ],
  "random numbers that a list is made of": [
    loss(`const r = Array.from({ length: 3 }, Math.random); ${distance}`),
    impure("Math.random", "4:19", /draws random numbers/),
  ],
  "what the shell has set": [
    loss(`const t = typeof process === "object" ? Number(process.env.TEMPERATURE) : 1; ${distance}`),
    impure("process.env", "4:58", /depends on where it runs/),
  ],
  "what the shell has set when it is loaded": [
    loss(distance, "const { TEMPERATURE } = process.env;"),
    impure("process.env", "2:33", /depends on where it runs/),
  ],
  "a file by Node's back door": [
    loss(distance, 'const { readFileSync } = process.getBuiltinModule("node:fs");'),
    impure("process.getBuiltinModule", "2:34", /depends on where it runs/),
  ],
  "a file that is imported later": [
    loss(distance, 'const { readFileSync } = await import("node:fs");'),
    /^module-import own\.ts:2: "node:fs" cannot be imported/,
  ],
  "another computer": [
    loss(distance, 'const weights = await (await fetch("http://localhost:1/")).json();'),
    impure("fetch", "2:30", /depends on what another computer answers/),
  ],
  "a timer": [loss(`setTimeout(() => {}, 1); ${distance}`), impure("setTimeout", "4:3", /computes later/)],
  "a variable": [
    loss(`const v = tf.variable(student); ${distance}`),
    impure("tf.variable", "4:16", /keeps state/),
  ],
  "a value": [
    loss("return tf.scalar(tf.mean(student).dataSync()[0]);"),
    impure("Tensor.dataSync", "4:37", /reads a value/),
  ],
  "a value that is promised": [
    loss(`student.data(); ${distance}`),
    impure("Tensor.data", "4:11", /reads a value/),
  ],
  "another engine": [
    loss(`tf.setBackend("cpu"); ${distance}`),
    impure("tf.setBackend", "4:6", /changes the engine/),
  ],
  "a function that waits": [
    loss(distance).replace("value: (", "value: async ("),
    /^module-impure own\.ts:3:\d+: the function is asynchronous/,
  ],
  "an operation that there is not": [
    loss("return tf.cumprod(student);"),
    /^module-operation own\.ts:4:13: the engine has no Cumprod\.$/,
  ],
  "a name that tfjs has not": [
    loss("return tf.meen(student);"),
    /^module-throws own\.ts:4:13: TensorFlow\.js has no operation `meen`\.$/,
  ],
  "shapes that do not fit": [
    loss("return tf.mean(tf.add(student, tf.tensor1d([1, 2])));"),
    /^module-throws own\.ts:4:21: .*broadcast/,
  ],
  "no scalar": [
    loss("return tf.mul(student, teacher);"),
    /^module-throws own\.ts:3:\d+: `value` must give one number, a scalar; it gave \[2, 3\]/,
  ],
  nothing: [
    loss("tf.mean(student);"),
    /^module-throws own\.ts:3:\d+: `value` must give a tensor; it gave nothing\.$/,
  ],
};

for (const [what, [source, said]] of Object.entries(wrong))
  test(`a module is refused, with the line: ${what}`, async (t) => {
    assert.match((await told(t, { "own.ts": source })) ?? "nothing", said);
  });

test("a module may import what is beside it, and its hash is of all its files", async (t) => {
  const files = {
    "own.ts": loss("return squares(tf, student, teacher);", 'import { squares } from "./squares.ts";'),
    "squares.ts":
      "export const squares = (tf: any, a: any, b: any): any => tf.mean(tf.squaredDifference(a, b));\n",
  };
  const load = async (given: Readonly<Record<string, string>>) => {
    const loaded = await loadModule(join(await filesIn(t, given), "own.ts"));
    return "problem" in loaded ? assert.fail(loaded.problem.message) : loaded;
  };
  const loaded = await load(files);
  assert.deepEqual(
    loaded.files.map(({ path, text }) => [path, text]),
    Object.entries(files),
  );
  assert.equal((await load(files)).hash, loaded.hash);
  const changed = { ...files, "squares.ts": `${files["squares.ts"]}\n` };
  assert.notEqual((await load(changed)).hash, loaded.hash);
});

test("a file that has changed is run as it is now, and one of the same name in another folder is another", async (t) => {
  const valueIn = async (body: string) => {
    const loaded = await loadModule(join(await filesIn(t, { "own.ts": loss(body) }), "own.ts"));
    if ("problem" in loaded) assert.fail(loaded.problem.message);
    assert.ok(loaded.definition.kind === "loss");
    const { loss: type } = loaded.definition;
    const { value }: Loss = type.build(valuesOf(type.parameters, {}), {
      term: "own",
      shapes: { student: {}, teacher: {} },
      samples: 1,
    });
    const logits = tensor2d([[1, 2]]);
    return value({
      student: { logits, taps: {} },
      teacher: { logits },
      labels: { classes: logits },
      own: {},
    }).value.dataSync()[0];
  };
  assert.equal(await valueIn("return tf.sum(student);"), 3);
  assert.equal(await valueIn("return tf.sum(tf.mul(student, 2));"), 6);
});

test("the example's loss is transformed teacher matching", async () => {
  const loaded = await loadModule(fileURLToPath(new URL("../../examples/mnist/ttm.ts", import.meta.url)));
  if ("problem" in loaded) assert.fail(loaded.problem.message);
  assert.ok(loaded.definition.kind === "loss");
  const { loss: type } = loaded.definition;
  const logits = {
    student: [
      [1, 0.5, -1],
      [0, 2, 1],
    ],
    teacher: [
      [4, 1, -2],
      [-1, 3, 3],
    ],
  };
  const softmax = (z: readonly number[], T = 1) => {
    const powers = z.map((value) => Math.exp(value / T));
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  };
  for (const weighted of [true, false]) {
    const expected = logits.teacher.map((t, row) => {
      const [p, q] = [softmax(t, 4), softmax(logits.student[row] as number[])];
      const power = weighted ? softmax(t).reduce((sum, value) => sum + value ** 0.25, 0) : 1;
      return power * p.reduce((sum, value, c) => sum + value * Math.log(value / (q[c] as number)), 0);
    });
    const context = { term: "ttm", shapes: { student: {}, teacher: {} }, samples: 2 };
    const [student, teacher] = [tensor2d(logits.student), tensor2d(logits.teacher)];
    const { value } = type.build(valuesOf(type.parameters, { weighted }), context).value({
      student: { logits: student, taps: {} },
      teacher: { logits: teacher },
      labels: { classes: student },
      own: {},
    });
    const found = value.dataSync()[0] as number;
    // float32 of numbers near 1.
    assert.ok(Math.abs(found - ((expected[0] as number) + (expected[1] as number)) / 2) < 2e-6, `${found}`);
  }
});

test("what a module is watched for works for everybody else", async (t) => {
  await told(t, { "own.ts": loss(distance) });
  assert.equal(typeof Math.random(), "number");
  assert.equal(tensor2d([[1]]).dataSync()[0], 1);
  assert.ok(Object.hasOwn(Math, "random") && !Math.random.toString().includes("original"));
});
