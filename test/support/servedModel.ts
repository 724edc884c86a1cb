import assert from "node:assert/strict";
import { describeSavedModel } from "../../server/data/descriptions/savedModel.ts";
import { openSavedModel } from "../../server/engine/native/tensorflow/savedModel.ts";
import { type TestTarget, testThreads } from "./tensorflow.ts";

interface Fed {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What TensorFlow gives for `input`, by the signature of the SavedModel in a folder. */
export async function onTensorflow(
  { engine, device }: TestTarget,
  { folder, output, fed }: { readonly folder: string; readonly output: string; readonly fed: readonly Fed[] },
): Promise<readonly Float32Array[]> {
  const described = await describeSavedModel(folder);
  assert.ok("kind" in described && described.kind === "model", JSON.stringify(described));
  const model = openSavedModel({ addon: engine.addon, device }, { ...described, folder }, testThreads);
  const given: Float32Array[] = [];
  for (const input of fed) given.push((await model.run({ input }, [output]))[0]?.data as Float32Array);
  await model.dispose();
  return given;
}
