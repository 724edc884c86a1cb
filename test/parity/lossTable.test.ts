import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { setBackend, type Tensor, tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import type { Loss } from "../../schemas/experiment.gen.ts";
import { type LossSpec, termsOf, weightsAt } from "../../server/engine/distill/losses/losses.ts";
import { resolve } from "../../server/language/resolve.ts";
import { assertClose } from "./closeness.ts";
import { type GoldenTensor, goldenCases } from "./golden.ts";

/** As people reach losses: written in a file, resolved, and looked up in the table. The functions themselves are tested beside. */

interface TableCase {
  readonly name: string;
  readonly params: Readonly<Record<string, number | string>>;
  readonly inputs: {
    readonly student: GoldenTensor;
    readonly teacher?: GoldenTensor;
    readonly labels?: readonly number[];
  };
  readonly loss: number;
  readonly tol: { readonly loss: number };
}

/** A case's parameters as a file says them; undefined where no file can. */
type Written = (params: TableCase["params"]) => Loss | undefined;

const layers = { student: "layer", teacher: "layer" };
const of = (params: TableCase["params"], ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, params[name] as number]));

const written: Readonly<Record<string, Written>> = {
  kd: (params) => ({ type: "kd", ...of(params, "temperature") }),
  "reverse-kl": (params) => ({ type: "reverseKl", ...of(params, "temperature") }),
  jsd: (params) => ({ type: "jsd", ...of(params, "temperature", "beta") }),
  dkd: (params) => ({
    type: "dkd",
    ...of(params, "temperature", "alpha", "beta"),
    weight: params["warmup"] as number,
  }),
  "logit-std": (params) =>
    params["base"] === "dkd"
      ? { type: "dkd", standardize: true, ...of(params, "temperature", "alpha", "beta") }
      : { type: "kd", standardize: true, ...of(params, "temperature") },
  dist: (params) => ({ type: "dist", ...of(params, "temperature", "beta", "gamma"), weight: 1 }),
  mlkd: (params) => ({ type: "mlkd", ...of(params, "temperatures", "instance", "batch", "class") }),
  rkd: ({ distanceWeight, angleWeight }) => ({
    type: "rkd",
    ...layers,
    distance: distanceWeight as number,
    angle: angleWeight as number,
  }),
  ce: ({ classWeights, ...others }) =>
    Object.keys(others).length === 0
      ? { type: "ce", ...(classWeights ? { classWeights: classWeights as unknown as number[] } : {}) }
      : undefined,
  "label-smoothing": ({ labelSmoothing: epsilon, ...others }) =>
    Object.keys(others).length === 0 && (epsilon as number) < 1
      ? { type: "labelSmoothing", epsilon: epsilon as number }
      : undefined,
};

test.before(() => setBackend("cpu"));

const resolvedLoss = (loss: Loss): LossSpec =>
  resolve({
    data: { train: { type: "npz", path: "x.npz", features: "x", labels: "y" } },
    student: { preset: "mlp", hidden: [4] },
    losses: [loss],
  }).losses[0] as LossSpec;

function computed(spec: LossSpec, { student, teacher, labels }: TableCase["inputs"]): number {
  return tidy(() => {
    const made = ({ data, shape }: GoldenTensor) => tensor([...data], [...shape], "float32");
    const shape = student.shape.slice(1);
    const terms = termsOf([spec], {
      shapes: { student: { layer: shape }, teacher: { layer: teacher?.shape.slice(1) ?? [] } },
      samples: 0,
    });
    const outputs = (logits: Tensor) => ({ logits, taps: { layer: logits } });
    const { value } = (terms[0] as (typeof terms)[number]).value({
      student: outputs(made(student)),
      ...(teacher ? { teacher: outputs(made(teacher)) } : {}),
      labels: { classes: tensor1d([...(labels ?? [])], "int32") },
      own: {},
    });
    return (value.dataSync()[0] as number) * (Object.values(weightsAt(terms, 0))[0] as number);
  });
}

for (const [name, write] of Object.entries(written)) {
  for (const golden of await goldenCases<TableCase>(`losses/${name}`)) {
    const loss = write(golden.params);
    if (loss === undefined) continue;
    test(`${name}, ${golden.name}: what the file says is what is computed`, () => {
      const value = computed(resolvedLoss(loss), golden.inputs);
      assertClose(Float32Array.of(value), [golden.loss], golden.tol.loss, "loss");
    });
  }
}

const defaults: readonly Loss[] = [
  { type: "kd" },
  { type: "reverseKl" },
  { type: "jsd" },
  { type: "dkd" },
  { type: "dist" },
  { type: "mlkd" },
  { type: "rkd", ...layers },
  { type: "at", ...layers },
  { type: "labelSmoothing" },
];

/** What papers or their authors' code take; where they take nothing in common, T is 3. */
test("what a file leaves out has the documented default", () => {
  assert.deepEqual(defaults.map(resolvedLoss), [
    { type: "kd", temperature: 3, standardize: false, weight: 1 },
    { type: "reverseKl", temperature: 3, weight: 1 },
    { type: "jsd", temperature: 3, beta: 0.5, weight: 1 },
    { type: "dkd", temperature: 4, alpha: 1, beta: 8, standardize: false, weight: 1 },
    { type: "dist", temperature: 4, beta: 1, gamma: 1, weight: 2 },
    { type: "mlkd", temperatures: [2, 3, 4, 5, 6], instance: 1, batch: 1, class: 1, weight: 1 },
    { type: "rkd", ...layers, distance: 25, angle: 50, weight: 1 },
    { type: "at", ...layers, power: 2, weight: 1000 },
    { type: "labelSmoothing", epsilon: 0.1, weight: 1 },
  ]);
});

test("a loss that says nothing is computed with the defaults that are documented", () => {
  const student = { shape: [3, 2, 2, 2], data: Array.from({ length: 24 }, (_, i) => Math.sin(3 * i)) };
  const teacher = { shape: [3, 2, 2, 2], data: student.data.map((value, i) => 2 * value + Math.cos(i)) };
  const flat = ({ data }: GoldenTensor) => ({ shape: [6, 4], data });
  for (const loss of defaults) {
    const inputs =
      loss.type === "at" ? { student, teacher } : { student: flat(student), teacher: flat(teacher) };
    const labelled = { ...inputs, labels: [0, 3, 1, 1, 2, 0] };
    const { weight: _, ...resolved } = resolvedLoss(loss);
    assert.equal(computed(loss as LossSpec, labelled), computed(resolved as LossSpec, labelled), loss.type);
  }
});
