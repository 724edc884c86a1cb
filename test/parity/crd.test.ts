import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { crdLoss, unset } from "../../server/engine/distill/losses/crd.ts";
import { asGroup, inGroup } from "../../server/engine/distill/names.ts";
import type { NamedData, Program, TensorSpec } from "../../server/engine/program.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, type GoldenTensors, goldenCases } from "./golden.ts";

interface CrdCase {
  readonly name: string;
  readonly params: {
    readonly temperature: number;
    readonly momentum: number;
    readonly negatives: number;
    readonly dim: number;
    readonly dataCount: number;
    /** null: the first batch sets them. */
    readonly zS: number | null;
    readonly zT: number | null;
  };
  readonly inputs: {
    readonly student: GoldenTensor;
    readonly teacher: GoldenTensor;
    readonly indices: readonly number[];
    /** [batch][1 + negatives]: the first is the sample itself. */
    readonly contrastIndices: readonly (readonly number[])[];
  };
  readonly weights: GoldenTensors;
  readonly loss: number;
  readonly grads: GoldenTensors;
  readonly after: {
    readonly zS: number;
    readonly zT: number;
    readonly bankS: GoldenTensor;
    readonly bankT: GoldenTensor;
  };
  readonly tol: Readonly<Record<string, number>>;
}

/** The set's names of the loss's own weights, and ours. */
const names = {
  "embedS.kernel": "crd/student.kernel",
  "embedS.bias": "crd/student.bias",
  "embedT.kernel": "crd/teacher.kernel",
  "embedT.bias": "crd/teacher.bias",
  bankS: "crd/student.bank",
  bankT: "crd/teacher.bank",
} as const;

for (const golden of await goldenCases<CrdCase>("losses/crd")) {
  for (const [engine, load] of Object.entries(executors)) {
    test(`crd, ${golden.name}: value, gradients and banks (${engine})`, async () => {
      const { program, initial, feeds } = lossProgram(golden);
      const executor = await load(program, initial);
      const found = await executor.run("loss", feeds);
      const { tol, grads, after } = golden;
      assertClose(found["value"], [golden.loss], tol["loss"] as number, "loss");
      for (const [weight, { data }] of Object.entries(grads)) {
        const ours = weight === "student" ? weight : names[weight as keyof typeof names];
        const largest = Math.max(...data.map(Math.abs));
        // Of the largest element, as all gradients are held to; the set's own bound where that is the tighter one.
        const allowed = Math.min(tol[weight] as number, Math.max(5e-6 * largest, 1e-7));
        assertClose(found[`gradient/${ours}`], data, allowed, weight);
      }
      const state = await executor.read();
      for (const bank of ["bankS", "bankT"] as const)
        assertClose(state[names[bank]], after[bank].data, 1e-5, bank);
      for (const [z, ours] of [
        ["zS", "crd/student.logNormalizer"],
        ["zT", "crd/teacher.logNormalizer"],
      ] as const)
        assertClose([Math.exp(state[ours]?.[0] as number)], [after[z]], 1e-5 * after[z], z);
      await executor.dispose();
    });
  }
}

function lossProgram({ params, inputs, weights }: CrdCase): {
  readonly program: Program;
  readonly initial: NamedData;
  readonly feeds: NamedData;
} {
  const { student, teacher, indices, contrastIndices } = inputs;
  const shapes = { student: { layer: student.shape.slice(1) }, teacher: { layer: teacher.shape.slice(1) } };
  const loss = crdLoss.build(
    {
      student: "layer",
      teacher: "layer",
      dimension: params.dim,
      temperature: params.temperature,
      momentum: params.momentum,
      negatives: params.negatives,
      negativesFrom: "otherClasses",
    },
    { term: "crd", shapes, samples: params.dataCount, task: "classification" },
  );
  const parameters = loss.own?.parameters ?? {};
  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: "float32" });
  const program: Program = {
    state: Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, float(shape)])),
    entries: [
      {
        name: "loss",
        inputs: {
          student: float(student.shape),
          teacher: float(teacher.shape),
          rows: { shape: [indices.length], dtype: "int32" },
          negatives: { shape: [indices.length, params.negatives], dtype: "int32" },
        },
        run(state, given) {
          const { student, teacher, rows, negatives } = given as Record<
            "student" | "teacher" | "rows" | "negatives",
            Tensor
          >;
          const trained = Object.fromEntries(
            Object.entries(state).filter(([name]) => parameters[name]?.trainable),
          );
          const { value, gradients, beside } = differentiate({ student, ...trained }, () => {
            const { value, averages = {} } = loss.value({
              student: { logits: student, taps: { layer: student } },
              teacher: { logits: teacher, taps: { layer: teacher } },
              labels: { classes: rows },
              own: state,
              sampled: { rows, negatives },
            });
            return { value, beside: asGroup("average", averages) };
          });
          return {
            state: inGroup("average", beside),
            outputs: { value, ...asGroup("gradient", gradients) },
          };
        },
      },
    ],
  };
  const logOf = (z: number | null) => Float32Array.of(z === null ? unset : Math.log(z));
  return {
    program,
    initial: {
      ...Object.fromEntries(
        Object.entries(names).map(([golden, ours]) => [ours, floats(weights[golden] as GoldenTensor)]),
      ),
      "crd/student.logNormalizer": logOf(params.zS),
      "crd/teacher.logNormalizer": logOf(params.zT),
    },
    feeds: {
      student: floats(student),
      teacher: floats(teacher),
      rows: Int32Array.from(indices),
      negatives: Int32Array.from(contrastIndices.flatMap(([, ...others]) => others)),
    },
  };
}
