import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildNet, type Net } from "../server/engine/nets/net.ts";
import { readGraphNet } from "../server/engine/nets/savedNet.ts";
import type { NamedData } from "../server/engine/program.ts";
import { presetLayers } from "../server/nets/presets/presets.ts";
import type { LayerSpec } from "../server/nets/shapes.ts";
import { depthwiseNet, resnet18 } from "./nets.ts";
import type { Peer } from "./peer.ts";

/** A student, its teacher and their input, as in peer.py. */
export interface Workload {
  readonly name: string;
  readonly student: Net;
  readonly teacher: Net;
  /** The student's weights, where it is a file; absent: drawn. */
  readonly weights?: NamedData;
  /** What it is called in peer.py; absent: the same. */
  readonly peer?: string;
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
    name: "mlp16",
    student: net(presetLayers({ preset: "mlp", hidden: [16] }, 10), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.5 },
  },
  {
    name: "mlp64",
    student: net(presetLayers({ preset: "mlp", hidden: [64] }, 10), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.6, tensorflow: 1 },
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
    targets: { onnxruntime: 0.35, tensorflow: 0.7 },
  },
  {
    name: "conv32-64",
    student: net(conv(32, 64), digits),
    teacher: net(conv(32, 64), digits),
    targets: { onnxruntime: 0.4, tensorflow: 0.7 },
  },
  {
    name: "lenet",
    student: net(presetLayers({ preset: "lenet" }, 10), digits),
    teacher: net(conv(32, 64), digits),
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

/** The student of `resnet18` as PyTorch itself exports it to ONNX, with batch norms that train. */
export async function fileWorkload(peer: Peer): Promise<Workload> {
  const folder = await mkdtemp(join(tmpdir(), "bench-student-"));
  try {
    const path = join(folder, "resnet18.onnx");
    await peer.ask({ do: "export", workload: "resnet18", path });
    const read = await readGraphNet(path, { sample: [64, 64, 3] });
    if ("problem" in read) throw new Error(JSON.stringify(read.problem));
    return {
      name: "resnet18-onnx",
      peer: "resnet18",
      student: read.net,
      weights: read.weights,
      teacher: net(resnet18(10), [64, 64, 3]),
      batch: 32,
      targets: { onnxruntime: 1 },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function net(layers: readonly LayerSpec[], inputShape: readonly number[]): Net {
  const built = buildNet(layers, inputShape);
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  return built;
}
