import assert from "node:assert/strict";
import { test } from "node:test";
import { add, type Tensor } from "@tensorflow/tfjs-core";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { at } from "../../server/engine/distill/losses/at.ts";
import { catKd } from "../../server/engine/distill/losses/catKd.ts";
import { hint } from "../../server/engine/distill/losses/hint.ts";
import { type LossSpec, termsOf } from "../../server/engine/distill/losses/losses.ts";
import { nst } from "../../server/engine/distill/losses/nst.ts";
import { pkt } from "../../server/engine/distill/losses/pkt.ts";
import { pooledTo } from "../../server/engine/distill/losses/pooledTo.ts";
import { rkd } from "../../server/engine/distill/losses/rkd.ts";
import { sp } from "../../server/engine/distill/losses/sp.ts";
import { initialRho, regression, vid } from "../../server/engine/distill/losses/vid.ts";
import { asGroup, inGroup } from "../../server/engine/distill/names.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { NamedData, Program, TensorSpec, Tensors } from "../../server/engine/program.ts";
import { projectorLayers, smallerExtents } from "../../server/nets/comparedFeatures.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, type GoldenTensors, goldenCases } from "./golden.ts";

type OneOrMore<T> = T | readonly T[];

interface FeatureCase {
  readonly name: string;
  readonly params: {
    readonly p?: number;
    readonly distanceWeight?: number;
    readonly angleWeight?: number;
    readonly initialVariance?: number;
    readonly epsilon?: number;
    readonly resolution?: number;
    readonly maxChannels?: number;
    readonly projector?: {
      readonly kind: string;
      readonly batchNorm?: boolean;
      readonly relu?: boolean;
      readonly stride?: number;
    };
  };
  readonly inputs: { readonly student: OneOrMore<GoldenTensor>; readonly teacher: OneOrMore<GoldenTensor> };
  readonly weights?: GoldenTensors;
  readonly loss: number;
  readonly parts?: Readonly<Record<string, OneOrMore<number>>>;
  readonly grads: Readonly<Record<string, OneOrMore<GoldenTensor>>>;
  readonly after?: GoldenTensors;
  readonly tol: Readonly<Record<string, number>>;
}

/** What a loss makes of the features of each pair of layers. */
interface Made {
  readonly loss: Tensor;
  /** By the names of the set. */
  readonly parts?: Tensors;
  readonly averages?: Tensors;
}

type LossOf = (
  student: readonly Tensor[],
  teacher: readonly Tensor[],
  own: Tensors,
  golden: FeatureCase,
) => Made;

const one = <T>([first]: readonly T[]): T => first as T;
const list = <T>(value: OneOrMore<T>): readonly T[] => (Array.isArray(value) ? value : [value as T]);
const shapesOf = (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, sampleShape(tensor)]));
const sampleShape = ({ shape }: { readonly shape: readonly number[] }) => shape.slice(1);

const summed = (layers: readonly Tensor[]): Made => ({
  loss: layers.reduce((total, next) => add(total, next)),
  parts: Object.fromEntries(layers.map((layer, i) => [`layers.${i}`, layer])),
});

const losses: Readonly<Record<string, LossOf>> = {
  hint(student, teacher, own, { params: { projector } }) {
    if (projector?.kind === "none") return { loss: hint(one(student), one(teacher)) };
    const kind = projector?.batchNorm === true && projector.relu === true ? "relu" : "linear";
    const shape = sampleShape(one(student));
    const net = netOf(projectorLayers(kind, shape, sampleShape(one(teacher))), shape);
    const { logits, averages } = net.apply(own, one(student), { training: true, random: {} });
    return { loss: hint(logits, one(teacher)), averages };
  },
  at: (student, teacher, _, { params: { p = 2 } }) =>
    summed(student.map((map, i) => at(map, teacher[i] as Tensor, { power: p }))),
  nst: (student, teacher) => summed(student.map((map, i) => nst(map, teacher[i] as Tensor))),
  "cat-kd": (student, teacher, _, { params: { resolution = 2 } }) =>
    summed(student.map((map, i) => catKd(map, teacher[i] as Tensor, { resolution }))),
  "review-kd": (student, teacher, own, { params }) => {
    const named = (maps: readonly Tensor[]) => Object.fromEntries(maps.map((map, i) => [`stage${i}`, map]));
    const names = student.map((_, i) => `stage${i}`);
    const [term] = termsOf([{ type: "reviewKd", student: names, teacher: names, ...params } as LossSpec], {
      shapes: { student: shapesOf(named(student)), teacher: shapesOf(named(teacher)) },
      samples: 0,
    });
    const logits = one(student);
    const { value } = (term as NonNullable<typeof term>).value({
      student: { logits, taps: named(student) },
      teacher: { logits, taps: named(teacher) },
      labels: { classes: logits },
      own: asGroup("reviewKd", own),
    });
    return { loss: value };
  },
  sp: (student, teacher) => ({ loss: sp(one(student), one(teacher)) }),
  pkt: (student, teacher) => ({ loss: pkt(one(student), one(teacher)) }),
  rkd(student, teacher, _, { params: { distanceWeight = 25, angleWeight = 50 } }) {
    const of = (distance: number, angle: number) => rkd(one(student), one(teacher), { distance, angle });
    return { loss: of(distanceWeight, angleWeight), parts: { distance: of(1, 0), angle: of(0, 1) } };
  },
  vid(student, teacher, own) {
    const extents = smallerExtents(sampleShape(one(student)), sampleShape(one(teacher)));
    const [seen, target] = [pooledTo(one(student), extents), pooledTo(one(teacher), extents)];
    const net = netOf(regression(target.shape.at(-1) as number), sampleShape(seen));
    const { logits } = net.apply(own, seen, { training: true, random: {} });
    return { loss: vid(logits, target, own["rho"] as Tensor) };
  },
};

for (const [name, loss] of Object.entries(losses)) {
  for (const golden of await goldenCases<FeatureCase>(`losses/${name}`)) {
    for (const [engine, load] of Object.entries(executors)) {
      test(`${name}, ${golden.name}: value and gradients (${engine})`, async () => {
        const { program, initial, feeds } = lossProgram(loss, golden);
        const executor = await load(program, initial);
        const found = await executor.run("loss", feeds);
        assertClose(found["value"], [golden.loss], tolerance(golden, "loss"), "loss");
        for (const [weight, expected] of Object.entries(golden.grads)) {
          list(expected).forEach((tensor, i) => {
            const what = weight === "student" ? `student.${i}` : weight;
            assertClose(found[`gradient/${what}`], tensor.data, tolerance(golden, weight), what);
          });
        }
        for (const [part, expected] of Object.entries(golden.parts ?? {})) {
          list(expected).forEach((value, i) => {
            const what = Array.isArray(expected) ? `${part}.${i}` : part;
            assertClose(found[`part/${what}`], [value], tolerance(golden, "loss"), what);
          });
        }
        for (const [average, { data }] of Object.entries(golden.after ?? {})) {
          const expected = average.endsWith("movingVariance") ? biased(data, golden) : data;
          assertClose(found[`average/${average}`], expected, 1e-5, average);
        }
        await executor.dispose();
      });
    }
  }
}

test("the variance begins where the set's does", async () => {
  for (const { params } of await goldenCases<FeatureCase>("losses/vid")) {
    const { initialVariance = 5, epsilon = 1e-5 } = params;
    assert.ok(Math.abs(Math.log1p(Math.exp(initialRho)) + epsilon - initialVariance) < 1e-12);
  }
});

/** PyTorch's moving variance takes the unbiased one of the batch, Keras's and ours the biased one. */
function biased(data: readonly number[], { inputs, weights }: FeatureCase): readonly number[] {
  const teacher = one(list(inputs.teacher));
  const count = teacher.shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const before = weights?.["bn.movingVariance"]?.data;
  return data.map((value, i) => {
    const kept = 0.9 * (before?.[i] ?? 1);
    return kept + ((value - kept) * (count - 1)) / count;
  });
}

function tolerance({ tol }: FeatureCase, what: string): number {
  const found = tol[what];
  if (found === undefined) throw new Error(`The case has no tolerance for ${what}`);
  return found;
}

function lossProgram(
  loss: LossOf,
  golden: FeatureCase,
): { program: Program; initial: NamedData; feeds: NamedData } {
  const { inputs, weights = {}, grads } = golden;
  // The set leaves out where the running statistics begin: mean 0, variance 1.
  const moving = Object.fromEntries(
    Object.entries(weights).flatMap(([name, gamma]) => {
      const norm = name.endsWith(".gamma") ? name.slice(0, -".gamma".length) : undefined;
      return norm === undefined
        ? []
        : [
            [`${norm}.movingMean`, gamma],
            [`${norm}.movingVariance`, gamma],
          ];
    }),
  );
  const own: GoldenTensors = { ...moving, ...weights };
  const spec = ({ shape }: GoldenTensor): TensorSpec => ({ shape, dtype: "float32" });
  const sides = { student: list(inputs.student), teacher: list(inputs.teacher) };
  const each = <T>(f: (tensor: GoldenTensor) => T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(sides).flatMap(([side, tensors]) =>
        tensors.map((tensor, i) => [`${side}.${i}`, f(tensor)]),
      ),
    );
  const program: Program = {
    state: Object.fromEntries(Object.entries(own).map(([name, tensor]) => [name, spec(tensor)])),
    entries: [
      {
        name: "loss",
        inputs: each(spec),
        run(state, given) {
          const of = (side: string, tensors: readonly GoldenTensor[]) =>
            tensors.map((_, i) => given[`${side}.${i}`] as Tensor);
          const student = of("student", sides.student);
          const trained = Object.fromEntries(
            Object.entries(state).filter(([name]) => Object.hasOwn(grads, name)),
          );
          const by = Object.fromEntries(student.map((tensor, i) => [`student.${i}`, tensor]));
          const { value, gradients, beside } = differentiate({ ...by, ...trained }, () => {
            const made = loss(student, of("teacher", sides.teacher), state, golden);
            return {
              value: made.loss,
              beside: { ...asGroup("part", made.parts ?? {}), ...asGroup("average", made.averages ?? {}) },
            };
          });
          return {
            state: {},
            outputs: {
              value,
              ...asGroup("gradient", gradients),
              ...asGroup("part", inGroup("part", beside)),
              ...asGroup("average", inGroup("average", beside)),
            },
          };
        },
      },
    ],
  };
  const start = Object.entries(own).map(([name, tensor]): [string, Float32Array] => {
    const began = weights[name] === undefined;
    return [name, began ? floats(tensor).fill(name.endsWith(".movingMean") ? 0 : 1) : floats(tensor)];
  });
  return { program, initial: Object.fromEntries(start), feeds: each(floats) };
}

function netOf(layers: readonly LayerSpec[] | undefined, shape: readonly number[]): Net {
  assert.ok(layers, "there is a projector");
  const net = buildNet(layers, shape);
  assert.ok(!("problems" in net), JSON.stringify(net));
  return net;
}
