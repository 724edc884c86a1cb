import { averageGroup, weightsGroup } from "../distill/names.ts";
import type { Net } from "../nets/net.ts";
import { savedFiles } from "../nets/savedNet.ts";
import type { NamedData } from "../program.ts";
import type { StoredTensors } from "./context.ts";
import type { Fit } from "./fitConfig.ts";

/** What is evaluated and saved: the weights, or their moving average where there is one. */
export const savedGroup = ({ training }: Fit) => (training.ema === undefined ? weightsGroup : averageGroup);
export const savedNames = (config: Fit) =>
  Object.keys(config.net.parameters).map((name) => `${savedGroup(config)}/${name}`);

export const stored = (weights: NamedData, net: Net): StoredTensors =>
  Object.fromEntries(
    Object.entries(net.parameters).map(([name, { shape }]) => [
      name,
      { dtype: "float32", shape, data: weights[name] as Float32Array },
    ]),
  );

export const dataOf = (tensors: StoredTensors): NamedData =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));

/** The same weights as a model, which reads back as `student.model`. */
export function modelFilesOf(
  { net, normalize, train: { classNames } }: Fit,
  weights: NamedData,
): Record<string, Uint8Array | string> {
  const card = {
    ...(classNames ? { classNames } : {}),
    output: "logits",
    normalize: { ...normalize, inside: false },
  } as const;
  return savedFiles(net, weights, card);
}
