import { buildNet, type Net } from "../server/engine/nets/net.ts";
import { presetLayers } from "../server/nets/presets/presets.ts";
import type { LayerSpec } from "../server/nets/shapes.ts";
import { depthwiseNet, resnet18 } from "./nets.ts";

/** A student, its teacher and their input, as in peer.py. */
export interface Workload {
  readonly name: string;
  readonly student: Net;
  readonly teacher: Net;
  /** Samples of a step; 128 when absent. */
  readonly batch?: number;
  /** Goals: ratios to PyTorch's step, with cached teacher outputs. */
  readonly targets?: { readonly onnxruntime: number; readonly tensorflow?: number };
}

export const conv = (first: number, second: number): LayerSpec[] => [
  { type: "conv2d", filters: first, kernelSize: 3, activation: "relu" },
  { type: "maxPooling2d", poolSize: 2 },
  { type: "conv2d", filters: second, kernelSize: 3, activation: "relu" },
  { type: "maxPooling2d", poolSize: 2 },
  { type: "flatten" },
  { type: "dense", units: 10 },
];
const digits = [28, 28, 1];
const colours = [32, 32, 3];

export const workloads = (): readonly Workload[] => [
  {
    name: "mlp64",
    student: net(presetLayers({ preset: "mlp", hidden: [64] }, 10), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.7, tensorflow: 1 },
  },
  {
    // The student of Hinton et al. 2015, section 3: two layers of 1200, 2.4 million weights.
    name: "mlp1200",
    student: net(presetLayers({ preset: "mlp", hidden: [1200, 1200] }, 10), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 1 },
  },
  {
    name: "conv8-16",
    student: net(conv(8, 16), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.55, tensorflow: 0.7 },
  },
  {
    name: "conv32-64",
    student: net(conv(32, 64), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.5, tensorflow: 0.7 },
  },
  {
    name: "resnet20",
    student: net(presetLayers({ preset: "resnet", depth: 20 }, 10), colours),
    teacher: net(presetLayers({ preset: "resnet", depth: 56 }, 10), colours),
    targets: { onnxruntime: 0.85 },
  },
  {
    name: "depthwise",
    student: net(depthwiseNet(10), colours),
    teacher: net(presetLayers({ preset: "resnet", depth: 20 }, 10), colours),
    targets: { onnxruntime: 0.5 },
  },
  {
    name: "vit",
    student: net(presetLayers({ preset: "vit" }, 10), colours),
    teacher: net(presetLayers({ preset: "resnet", depth: 20 }, 10), colours),
    targets: { onnxruntime: 0.6 },
  },
  {
    name: "resnet18",
    student: net(resnet18(10), [64, 64, 3]),
    teacher: net(resnet18(10), [64, 64, 3]),
    batch: 32,
    targets: { onnxruntime: 1 },
  },
];

export function net(layers: readonly LayerSpec[], inputShape: readonly number[]): Net {
  const built = buildNet(layers, inputShape);
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  return built;
}
