import type { Net } from "../server/engine/nets/net.ts";
import { resnet } from "../server/engine/nets/presets/resnet.ts";
import type { LayerSpec } from "../server/engine/nets/shapes.ts";
import { net } from "./workloads.ts";

export interface LayoutNet {
  readonly name: string;
  readonly net: Net;
  readonly batch: number;
}

interface Options {
  readonly kernel?: number;
  readonly strides?: number;
  readonly norm?: boolean;
}

const conv = (filters: number, { kernel = 3, strides = 1, norm = false }: Options = {}): LayerSpec[] => [
  { type: "conv2d", filters, kernelSize: kernel, strides, padding: "same", useBias: !norm },
  ...(norm ? [{ type: "batchNormalization" } as const] : []),
  { type: "reLU" },
];
const depthwise = (strides = 1): LayerSpec[] => [
  { type: "depthwiseConv2d", kernelSize: 3, strides, padding: "same", useBias: false },
  { type: "batchNormalization" },
  { type: "reLU" },
];
const pool: LayerSpec = { type: "maxPooling2d", poolSize: 2 };
const head: LayerSpec[] = [{ type: "globalAveragePooling2d" }, { type: "dense", units: 10 }];
const times = (count: number, layers: readonly LayerSpec[]): LayerSpec[] =>
  Array.from({ length: count }, () => layers).flat();

/**
 * Nets to hold the rule of layouts/choose.ts to. It was made from ResNets of width 16 and 32 and from nets of two or three 3×3
 * convolutions with pools on maps of 28×28 and 32×32, batch 128: none of these is one.
 */
export function layoutNets(): readonly LayoutNet[] {
  const normed = { norm: true };
  const row = (
    name: string,
    input: readonly number[],
    batch: number,
    layers: readonly LayerSpec[],
  ): LayoutNet => ({
    name: `${name}, ${input.join("×")}, batch ${batch}`,
    net: net([...layers, ...head], input),
    batch,
  });
  return [
    row("two convolutions, 16–32", [48, 48, 3], 64, [...conv(16), pool, ...conv(32), pool]),
    row("six of 16, norm", [24, 24, 1], 128, times(6, conv(16, normed))),
    row("64–64–128", [16, 16, 3], 128, [...conv(64), ...conv(64), pool, ...conv(128)]),
    row("5×5, 16–32", [28, 28, 1], 256, [...conv(16, { kernel: 5 }), pool, ...conv(32, { kernel: 5 }), pool]),
    row("strides instead of pools, 32–64–128, norm", [64, 64, 3], 32, [
      ...conv(32, { strides: 2, norm: true }),
      ...conv(64, { strides: 2, norm: true }),
      ...conv(128, { strides: 2, norm: true }),
    ]),
    row("bottlenecks 64–16–64, norm", [16, 16, 3], 64, [
      ...conv(64, normed),
      ...times(2, [
        ...conv(16, { kernel: 1, norm: true }),
        ...conv(16, normed),
        ...conv(64, { kernel: 1, norm: true }),
      ]),
    ]),
    row("depthwise separable, 32–64–128, norm", [32, 32, 3], 64, [
      ...conv(32, normed),
      ...depthwise(),
      ...conv(64, { kernel: 1, norm: true }),
      ...depthwise(2),
      ...conv(128, { kernel: 1, norm: true }),
    ]),
    row("32–64, few samples", [32, 32, 3], 8, [...conv(32), pool, ...conv(64), pool]),
    row("16–32–32", [96, 96, 3], 16, [...conv(16), pool, ...conv(32), pool, ...conv(32), pool]),
    row("20–40–40, which fill no block", [32, 32, 3], 128, [...conv(20), pool, ...conv(40), ...conv(40)]),
    row("20–40, which fill no block, few samples", [32, 32, 3], 8, [...conv(20), pool, ...conv(40), pool]),
    row("12–24, which fill no block, large maps", [96, 96, 3], 16, [...conv(12), pool, ...conv(24), pool]),
    row("depthwise separable, 24–48, no norm, few samples", [28, 28, 1], 4, [
      ...conv(24),
      { type: "depthwiseConv2d", kernelSize: 3, padding: "same" },
      ...conv(48, { kernel: 1 }),
    ]),
    row("64–64 on small maps", [8, 8, 16], 512, [...conv(64), ...conv(64)]),
    row("12–48–48, norm", [40, 40, 3], 64, [
      ...conv(12, normed),
      pool,
      ...conv(48, normed),
      pool,
      ...conv(48, normed),
    ]),
    { name: "ResNet-14, 24×24×3, batch 32", net: net(resnet({ depth: 14 }, 10), [24, 24, 3]), batch: 32 },
    {
      name: "ResNet-8, width 24, 32×32×3, batch 64",
      net: net(resnet({ depth: 8, width: 24 }, 10), [32, 32, 3]),
      batch: 64,
    },
  ];
}
