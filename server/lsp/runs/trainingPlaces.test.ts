import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineSettings, trainingPlaces } from "./trainingPlaces.ts";

const words = (facts: Parameters<typeof trainingPlaces>[0], experiment: EngineSettings = {}): string[] =>
  trainingPlaces(facts, experiment).map(
    ({ engine, device, isCurrent, obstacle, installable }) =>
      `${engine} ${device}${isCurrent ? " now" : ""}${obstacle ? " –" : ""}${installable ? ` ${installable}` : ""}`,
  );

test("without TensorFlow and a card, the built-in engine; the other can be installed", () => {
  assert.deepEqual(words({ tensorflow: [] }), [
    "auto auto now",
    "onnxruntime cpu",
    "onnxruntime webgpu",
    "tensorflow gpu –",
    "tensorflow cpu – cpu",
  ]);
});

test("a card and TensorFlow for it", () => {
  assert.deepEqual(
    words({ tensorflow: ["gpu"], card: "NVIDIA H100" }, { engine: "onnxruntime", device: "cpu" }),
    ["onnxruntime cpu now", "auto auto", "tensorflow gpu", "tensorflow cpu", "onnxruntime webgpu"],
  );
  assert.equal(trainingPlaces({ tensorflow: ["gpu"], card: "NVIDIA H100" }, {})[2]?.card, "NVIDIA H100");
});

test("a card without TensorFlow for it", () => {
  assert.ok(words({ tensorflow: ["cpu"], card: "NVIDIA H100" }).includes("tensorflow gpu – gpu"));
});

test("what the built-in engine cannot do is said of it, though the run asks for it", () => {
  const places = words(
    { tensorflow: ["cpu"] },
    { engine: "onnxruntime", device: "cpu", training: { precision: "bfloat16" } },
  );
  assert.deepEqual(places, [
    "onnxruntime cpu now –",
    "auto auto",
    "tensorflow cpu",
    "tensorflow gpu –",
    "onnxruntime webgpu –",
  ]);
});
