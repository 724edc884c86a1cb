import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { grads, mul, setBackend, sum, type Tensor, tensor, tidy, variableGrads } from "@tensorflow/tfjs-core";
import { layers as kerasLayers } from "@tensorflow/tfjs-layers";
import { fillNormal, fillUniform } from "../../server/data/random.ts";
import { differentiate } from "../../server/engine/distill/differentiate.ts";
import { asGroup, inGroup } from "../../server/engine/distill/names.ts";
import { camelCase } from "../../server/engine/nets/modelJson/kerasLayers.ts";
import type { NamedData, Program, TensorSpec, Tensors } from "../../server/engine/program.ts";
import { isMismatch, type LayerShape } from "../../server/nets/layers/layer.ts";
import { type LayerTypeName, layerType } from "../../server/nets/layerTypes.ts";
import { resolveParameter } from "../../server/parameters/parameter.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { loadEager } from "../support/eager.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { type LayerCase, layerCases } from "./layerCases.ts";

/*
 * Every layer type, in three ways: shapes, values and gradients are those of tf.layers; gradients are what finite
 * differences give; every runtime computes what the eager one does.
 */

const batch = 3;

for (const [type, cases] of Object.entries(layerCases) as [LayerTypeName, readonly LayerCase[]][]) {
  for (const layerCase of cases) {
    const name = `${type} ${JSON.stringify(layerCase.args)} on ${layerCase.inputs.map((shape) => `[${shape}]`).join(", ")}`;
    const probe = probeOf(type, layerCase);
    const unlike = unlikeKeras(type, probe);
    if (unlike === undefined) test(`${name}: as tf.layers`, () => compareWithKeras(type, probe));
    else test(`${name}: output shape (tf.layers: ${unlike})`, () => checkShape(probe));
    test(`${name}: gradients by finite differences`, () => checkByDifferences(probe));
    for (const [engine, load] of Object.entries(executors)) {
      if (load === loadEager) continue;
      test(`${name}: as eager (${engine})`, async () => {
        const expected = await runProbe(probe, probe.feeds);
        const executor = await load(probe.program, {});
        for (const entry of ["train", "infer"]) {
          const found = await executor.run(entry, entryFeeds(probe, entry, probe.feeds));
          for (const [output, values] of Object.entries(expected[entry] as NamedData)) {
            assertClose(found[output], values, 1e-5 * scaleOf(values), `${entry}: ${output}`);
          }
        }
        await executor.dispose();
      });
    }
  }
}

test("normalising an axis in the middle is normalising the last one of what is permuted", async () => {
  const middle = probeOf("batchNormalization", { args: { axis: 1 }, inputs: [[2, 3, 4]] });
  const last = probeOf("batchNormalization", { args: {}, inputs: [[3, 4, 2]] });
  const moved = (values: Float32Array, [height, width, channels]: readonly [number, number, number]) =>
    values.map((_, i) => {
      const [rest, c] = [Math.floor(i / height), i % height]; // the place in [batch, width, channels, height]
      const [sample, place] = [Math.floor(rest / (width * channels)), rest % (width * channels)];
      return values[(sample * height + c) * width * channels + place] as number;
    });
  const shape = [2, 3, 4] as const;
  const feeds = {
    ...middle.feeds,
    "x/0": moved(middle.feeds["x/0"] as Float32Array, shape),
    cotangent: moved(middle.feeds["cotangent"] as Float32Array, shape),
  };
  const [one, other] = [await runProbe(middle, middle.feeds), await runProbe(last, feeds)];
  assertClose(
    other["infer"]?.["output"],
    moved(one["infer"]?.["output"] as Float32Array, shape),
    1e-6,
    "inference",
  );
  for (const name of ["output", "gradient/x/0"]) {
    assertClose(other["train"]?.[name], moved(one["train"]?.[name] as Float32Array, shape), 1e-5, name);
  }
});

/** A layer as a program: `train` gives output, averages and the gradient of Σ output · cotangent; `infer` the output. */
interface Probe {
  readonly args: Readonly<Record<string, unknown>>;
  readonly layerCase: LayerCase;
  readonly shape: LayerShape;
  readonly program: Program;
  readonly feeds: NamedData;
}

function probeOf(type: LayerTypeName, layerCase: LayerCase): Probe {
  const { arguments: known, shape: shapeRule, forward } = layerType(type);
  const args = Object.fromEntries(
    Object.entries(known).map(([key, argument]) => {
      const resolved = resolveParameter(argument, layerCase.args[key]);
      assert.ok(resolved, `${type}.${key}`);
      return [key, resolved.value];
    }),
  );
  const shape = shapeRule(layerCase.inputs, args);
  assert.ok(!isMismatch(shape), JSON.stringify(shape));

  const float = (extents: readonly number[]): TensorSpec => ({ shape: extents, dtype: "float32" });
  const differentiable = {
    ...asGroup(
      "x",
      Object.fromEntries(layerCase.inputs.map((extents, i) => [i, float([batch, ...extents])])),
    ),
    ...asGroup(
      "weights",
      Object.fromEntries(
        Object.entries(shape.parameters ?? {}).map(([name, spec]) => [name, float(spec.shape)]),
      ),
    ),
  };
  const random = shape.random ? { random: float([batch, ...shape.random.shape]) } : {};
  const cotangent = float([batch, ...shape.output]);

  const apply = (inputs: Tensors, training: boolean) => {
    const given = Object.values(inGroup("x", inputs));
    const result = forward(
      {
        tf,
        x: given[0] as Tensor,
        inputs: given,
        weights: inGroup("weights", inputs),
        training,
        outputShape: [batch, ...shape.output],
        ...(training && inputs["random"] ? { random: inputs["random"] } : {}),
      },
      args,
    );
    return "averages" in result ? result : { output: result, averages: {} };
  };
  const program: Program = {
    state: {},
    entries: [
      {
        name: "train",
        inputs: { ...differentiable, ...random, cotangent },
        run: (_, inputs) => {
          const wanted = Object.fromEntries(
            Object.keys(differentiable)
              .filter((name) => !isAverage(shape, name) && !(layerCase.below && name.startsWith("x/")))
              .map((name) => [name, inputs[name] as Tensor]),
          );
          const { gradients, beside } = differentiate(wanted, () => {
            const { output, averages } = apply(inputs, true);
            return {
              value: sum(mul(output, inputs["cotangent"] as Tensor)),
              beside: { output, ...asGroup("averages", averages) },
            };
          });
          return { state: {}, outputs: { ...beside, ...asGroup("gradient", gradients) } };
        },
      },
      {
        name: "infer",
        inputs: differentiable,
        run: (_, inputs) => ({ state: {}, outputs: { output: apply(inputs, false).output } }),
      },
    ],
  };
  return { args, layerCase, shape, program, feeds: feedsOf(program, layerCase, shape) };
}

/** Random values without ties, and away from the kinks of piecewise functions. */
function feedsOf(program: Program, { below }: LayerCase, { random }: LayerShape): NamedData {
  const entry = program.entries[0];
  assert.ok(entry);
  return Object.fromEntries(
    Object.entries(entry.inputs).map(([use, { shape }]) => {
      const values = new Float32Array(sizeOf(shape));
      const key = { seed: 7, step: 0, use };
      if (use === "random" && random?.distribution === "normal") fillNormal(values, key);
      else fillUniform(values, key);
      if (use === "random") return [use, values];
      if (below && use.startsWith("x/")) return [use, values.map((value) => Math.floor(value * below))];
      if (use.endsWith("movingVariance")) return [use, values.map((value) => value + 0.5)];
      const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
      // Inputs of a merge get different values.
      const offset = use.startsWith("x/") ? 0.4 * Number(use.slice(2)) : 0;
      // Evenly spread over [−1.2, 1.2], in random order: neighbours are further apart than a difference step.
      const spread = new Float32Array(values.length);
      order.forEach((place, i) => {
        spread[place] = 1.2 * ((2 * i + 1.37 + offset) / (values.length + 0.37) - 1);
      });
      return [use, spread];
    }),
  );
}

const isAverage = ({ parameters }: LayerShape, name: string): boolean =>
  parameters?.[name.replace("weights/", "")]?.role === "average";

function entryFeeds({ program }: Probe, entry: string, feeds: NamedData): NamedData {
  const inputs = program.entries.find(({ name }) => name === entry)?.inputs ?? {};
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => name in inputs));
}

async function runProbe(probe: Probe, feeds: NamedData): Promise<Readonly<Record<string, NamedData>>> {
  const executor = await loadEager(probe.program, {});
  const results: Record<string, NamedData> = {};
  for (const { name } of probe.program.entries)
    results[name] = await executor.run(name, entryFeeds(probe, name, feeds));
  await executor.dispose();
  return results;
}

async function checkShape(probe: Probe) {
  const { train } = await runProbe(probe, probe.feeds);
  const size = probe.shape.output.reduce((product, extent) => product * extent, batch);
  assert.equal(train?.["output"]?.length, size);
}

/** Along a random direction: (f(w + εd) − f(w − εd)) / 2ε against gradient · d, with no more than float32 can tell. */
async function checkByDifferences(probe: Probe) {
  const { train } = await runProbe(probe, probe.feeds);
  for (const [name, gradient] of Object.entries(inGroup("gradient", train as NamedData))) {
    const start = probe.feeds[name] as Float32Array;
    const direction = new Float32Array(start.length);
    fillUniform(direction, { seed: 3, step: 0, use: name });
    const signs = direction.map((value) => (value < 0.5 ? -1 : 1));
    const step = Math.min(2e-3, 0.2 / start.length);
    const valueAt = async (side: number) => {
      const moved = start.map((value, i) => value + side * step * (signs[i] as number));
      const { train: there } = await runProbe(probe, { ...probe.feeds, [name]: moved });
      // Summed here in float64: the difference of two sums in float32 would be mostly rounding.
      const output = there?.["output"] as Float32Array;
      return Array.from(output).reduce(
        (total, value, i) => total + value * (probe.feeds["cotangent"]?.[i] as number),
        0,
      );
    };
    const slope = ((await valueAt(1)) - (await valueAt(-1))) / (2 * step);
    const expected = Array.from(gradient).reduce(
      (total, value, i) => total + value * (signs[i] as number),
      0,
    );
    const size = Math.hypot(...gradient) + 1e-3;
    assert.ok(
      Math.abs(slope - expected) < 0.02 * size + 1e-3,
      `${name}: finite differences give ${slope}, the gradient ${expected} (of length ${size})`,
    );
  }
}

/** What tf.layers cannot be asked, and why. */
function unlikeKeras(type: LayerTypeName, { shape, layerCase: { args } }: Probe): string | undefined {
  if (!(type in kerasLayers)) return "has none";
  if (type === "gru") return "has its reset gate before the product";
  if (shape.random) return "draws its own random numbers";
  if (type === "elu" && args["alpha"] !== undefined) return "has no alpha";
  if (type === "softmax" && args["axis"] === 1) return "knows the last axis alone";
  if (type === "batchNormalization" && args["axis"] === 1) return "mixes features up on the cpu backend";
  const plain = args["scale"] === false || args["center"] === false;
  if (type.endsWith("Normalization") && plain) return "throws without scale or center";
  return undefined;
}

async function compareWithKeras(type: LayerTypeName, probe: Probe) {
  const { train, infer } = await runProbe(probe, probe.feeds);
  await setBackend("cpu");
  const { args, inputs } = probe.layerCase;
  const factory = (
    type in kerasLayers ? kerasLayers[type as keyof typeof kerasLayers] : undefined
  ) as unknown;
  assert.ok(typeof factory === "function", `tf.layers has no ${type}`);
  // tf.layers takes lists where it changes them, and wants the number of units of upsampling as a list.
  const layer = factory({
    ...structuredClone(args),
    ...(type === "upSampling2d" ? { size: probe.args["size"] } : {}),
    ...(["softmax", "zeroPadding2d", "lstm"].includes(type) ? { ...structuredClone(probe.args) } : {}),
  }) as import("@tensorflow/tfjs-layers").layers.Layer;
  const batched = inputs.map((shape) => [batch, ...shape]);
  const shapes = batched.length === 1 ? (batched[0] as number[]) : batched;
  layer.build(shapes);
  assert.deepEqual(layer.computeOutputShape(shapes), [batch, ...probe.shape.output], "output shape");
  assert.deepEqual(
    layer.weights.map((weight) => weight.shape),
    Object.values(probe.shape.parameters ?? {}).map(({ shape }) => shape),
    "weights",
  );

  const dilated = probe.args["dilationRate"] as readonly number[] | undefined;
  // tf.layers' gradients of dilated convolutions throw, so do those of thresholds, and those of resized images and padded averages are wrong (the differences say).
  const wrong =
    dilated?.some((rate) => rate > 1) ||
    type === "upSampling2d" ||
    type === "thresholdedReLU" ||
    (type.startsWith("averagePooling") && args["padding"] === "same");
  const differentiable = !wrong && !probe.layerCase.below;
  tidy(() => {
    const weightName = (weight: { readonly originalName?: string; readonly name: string }) =>
      `weights/${camelCase((weight.originalName ?? weight.name).replace(/_\d+$/, ""))}`;
    for (const weight of layer.weights) {
      weight.write(tensor(probe.feeds[weightName(weight)] as Float32Array, weight.shape as number[]));
    }
    const x = batched.map((shape, i) => tensor(probe.feeds[`x/${i}`] as Float32Array, shape));
    const cotangent = tensor(probe.feeds["cotangent"] as Float32Array, [batch, ...probe.shape.output]);
    const call = (given: Tensor[], training: boolean) =>
      layer.call(given.length === 1 ? (given[0] as Tensor) : given, { training }) as Tensor;
    const check = (what: string, found: ArrayLike<number> | undefined, expected: Tensor) => {
      const values = expected.dataSync();
      assertClose(found, values, 1e-5 * scaleOf(values), what);
    };
    check("inference", infer?.["output"], call(x, false));
    const value = (...given: Tensor[]) => sum(mul(call(given, true), cotangent));
    if (differentiable) {
      for (const [i, gradient] of grads(value)(x).entries()) {
        check(`gradient of input ${i}`, train?.[`gradient/x/${i}`], gradient);
      }
    }
    if (differentiable && layer.trainableWeights.length > 0) {
      const { grads: byName } = variableGrads(() => value(...x) as never);
      for (const weight of layer.trainableWeights) {
        check(
          `gradient of ${weight.name}`,
          train?.[`gradient/${weightName(weight)}`],
          byName[weight.name] as Tensor,
        );
      }
    }
    // Moving averages go on at every training call; ours are those of the first.
    for (const weight of layer.nonTrainableWeights) {
      weight.write(tensor(probe.feeds[weightName(weight)] as Float32Array, weight.shape as number[]));
    }
    check("training", train?.["output"], call(x, true));
    for (const weight of layer.nonTrainableWeights) {
      check(weight.name, train?.[`averages/${weightName(weight).replace("weights/", "")}`], weight.read());
    }
  });
}

const scaleOf = (values: ArrayLike<number>): number =>
  Math.max(1e-2, ...Array.from(values, (value) => Math.abs(value)));
